// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/end_signals.h"

#include <QCoreApplication>
#include <QSocketNotifier>

#include <array>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace sunflop {

namespace {

constexpr std::array endSignals{SIGTERM, SIGINT, SIGHUP};

/// A handler may do hardly anything, but write(2): the event loop reads the signal's number at the other end.
std::array<int, 2> pipeEnds{-1, -1};

void pass(int number)
{
    const auto byte = static_cast<char>(number);
    [[maybe_unused]] const auto written = write(pipeEnds[1], &byte, 1);
}

} // namespace

void beforeEndSignals(std::function<void()> before)
{
    if (pipe2(pipeEnds.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    auto* notifier = new QSocketNotifier(pipeEnds[0], QSocketNotifier::Read, QCoreApplication::instance());
    QObject::connect(notifier, &QSocketNotifier::activated, notifier, [before = std::move(before)] {
        char number = 0;
        if (read(pipeEnds[0], &number, 1) != 1)
            return;
        before();
        std::signal(number, SIG_DFL);
        std::raise(number);
    });
    for (const int number : endSignals)
        std::signal(number, pass);
}

} // namespace sunflop
