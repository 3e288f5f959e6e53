// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/program.h"

#include "tests/support/sanitized.h"

#include <QProcess>
#include <QStringDecoder>

#include <algorithm>

#include <sys/resource.h>

namespace sunflop::test {

namespace {

constexpr int longestMilliseconds = 30'000;

} // namespace

bool Outcome::isOneLineError() const
{
    // Of the marks of format (Cf) those of direction are obeyed; a joiner between letters belongs to them.
    const auto isControl = [](QChar c) {
        const bool isBreak =
            c.category() == QChar::Separator_Line || c.category() == QChar::Separator_Paragraph;
        const bool isJoiner = c.unicode() == 0x200c || c.unicode() == 0x200d;
        return c.category() == QChar::Other_Control || isBreak ||
               (c.category() == QChar::Other_Format && !isJoiner);
    };
    return isUtf8 && out.isEmpty() && error.startsWith(QLatin1String("sunflop: ")) &&
           error.endsWith(QLatin1Char('\n')) && std::count_if(error.begin(), error.end(), isControl) == 1;
}

QString Outcome::text() const
{
    return QString::fromUtf8("status %1\n--- standard output\n%2--- standard error\n%3")
        .arg(QString::number(status), out.left(2000), error.left(2000));
}

Outcome runProgram(const QString& program, const QStringList& arguments, const ProgramLimits& limits)
{
    QProcess process;
    process.setWorkingDirectory(limits.folder);
    if (limits.memoryBytes > 0 && !isSanitized) {
        const auto bytes = static_cast<rlim_t>(limits.memoryBytes);
        process.setChildProcessModifier([bytes] {
            const rlimit limit{bytes, bytes};
            setrlimit(RLIMIT_AS, &limit);
        });
    }
    process.start(program, arguments);
    if (!process.waitForFinished(longestMilliseconds)) {
        process.kill();
        process.waitForFinished();
    }
    const bool ended = process.exitStatus() == QProcess::NormalExit;
    QStringDecoder out(QStringDecoder::Utf8);
    QStringDecoder error(QStringDecoder::Utf8);
    Outcome outcome{ended ? process.exitCode() : -1, out(process.readAllStandardOutput()),
                    error(process.readAllStandardError())};
    outcome.isUtf8 = !out.hasError() && !error.hasError();
    return outcome;
}

} // namespace sunflop::test
