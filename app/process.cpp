// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/process.h"

#include "app/commands/command.h"
#include "core/base/scarce_memory.h"

#include <QString>

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

namespace sunflop {

namespace {

void takeClosedStreams()
{
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(stream, F_GETFD) < 0)
            open("/dev/null",
                 stream == STDIN_FILENO ? O_WRONLY : O_RDONLY); // the lowest number is free: this one
}

/// Where there is not even memory to clean up.
[[noreturn]] void endWithoutMemory()
{
    try {
        if (const auto thrown = std::current_exception())
            std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
        constexpr std::string_view line = "sunflop: needs more memory than this process may have\n";
        [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
        _exit(1);
    } catch (...) {
    }
    std::abort();
}

QtMessageHandler usualHandler = nullptr;

/// Of a start that may fail.
struct Start {
    std::string_view what;
    std::string_view more;
    QString reason;
};
Start start;

[[noreturn]] void refuse(const std::string& line)
{
    say(line);
    std::_Exit(static_cast<int>(ExitStatus::Refused));
}

void hearTheStart(QtMsgType type, const QMessageLogContext&, const QString& text)
{
    if (start.reason.isEmpty() && type != QtDebugMsg)
        start.reason = text.simplified();
    if (type == QtFatalMsg)
        refuse(fmt::format("{}, {}{}", start.what, start.reason.toStdString(), start.more));
}

void hear(QtMsgType type, const QMessageLogContext& context, const QString& text)
{
    if (text.contains(QLatin1String("Thread creation error")))
        refuse(outOfMemory().text());
    usualHandler(type, context, text);
}

} // namespace

std::unique_ptr<QApplication> startQt(int& argc, char** argv, std::string_view what, std::string_view more)
{
    start = {what, more, {}};
    usualHandler = qInstallMessageHandler(hearTheStart);
    auto application = std::make_unique<QApplication>(argc, argv);
    qInstallMessageHandler(hear);
    return application;
}

void prepareProcess()
{
    takeClosedStreams();
    // Else the C library asks for that file again at every time that it converts: libzip has it convert one
    // of each member of an archive.
    setenv("TZ", ":/etc/localtime", 0);
    std::signal(SIGXFSZ, SIG_IGN); // writing fails instead, with a reason
    // The memory of one count is that of the next: giving it back to the system between two steps of a
    // slider would take longer than counting.
    constexpr int keptBytes = 1 << 30;
    mallopt(M_MMAP_THRESHOLD, keptBytes);
    mallopt(M_TRIM_THRESHOLD, keptBytes);
    reserveMemory();
    std::set_terminate(endWithoutMemory);
}

} // namespace sunflop
