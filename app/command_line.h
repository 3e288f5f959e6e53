// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The command line: `sunflop report MODEL ...` and its siblings.

namespace sunflop {

/// Parses, runs one command and returns the exit status: 0 done, 1 input refused, 2 wrong usage. Results go
/// to standard output or a file, an error is one line on standard error.
int runCommandLine(int argc, char** argv);

} // namespace sunflop
