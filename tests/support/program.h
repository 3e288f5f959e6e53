// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Runs of the command-line program as its users see them.

#include <QString>
#include <QStringList>

namespace sunflop::test {

/// What one run printed and how it ended.
struct Outcome {
    int status = -1; ///< exit status; -1: crashed, killed or never ended
    QString out;
    QString error;
    bool isUtf8 = false; ///< both are

    /// Whether it ended like every error: one line of valid UTF-8 on standard error, "sunflop: ...", without
    /// characters that a terminal obeys, and nothing on standard output.
    bool isOneLineError() const;
    /// Everything at once, for a failing comparison.
    QString text() const;
};

/// Where a program runs and how much memory it may ask for.
struct ProgramLimits {
    QString folder;         ///< working directory; empty: the test's own
    qint64 memoryBytes = 0; ///< address space; 0 or under a sanitizer: no limit
};

/// Runs `program` to its end, at most half a minute.
Outcome runProgram(const QString& program, const QStringList& arguments, const ProgramLimits& limits = {});

} // namespace sunflop::test
