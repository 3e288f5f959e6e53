// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/program.h"

#include <QProcess>

#include <algorithm>

#include <sys/resource.h>

namespace sunflop::test {

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool isSanitized = true; // the sanitizer itself maps terabytes
#else
constexpr bool isSanitized = false;
#endif

constexpr int longestMilliseconds = 30'000;

} // namespace

bool Outcome::isOneLineError() const
{
    const auto isControl = [](QChar c) { return c.category() == QChar::Other_Control; };
    return out.isEmpty() && error.startsWith(QLatin1String("sunflop: ")) &&
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
    return {ended ? process.exitCode() : -1, QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

} // namespace sunflop::test
