// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>

#include <memory>
#include <string_view>

namespace sunflop {

/// What a process asks of its surroundings before it does anything. Standard streams that the caller closed
/// are taken by files that refuse to be read or written: or the next file that is opened would be one of
/// them. Memory and room for files run out in a sentence.
void prepareProcess();

/// Qt, where it can start. It ends the program where it cannot, with many words: the first of them are said,
/// between `what` and `more`, and it ends as any refusal. So it does later where no thread can be started:
/// whoever waits for that thread would wait for ever. What else Qt says goes where it went.
std::unique_ptr<QApplication> startQt(int& argc, char** argv, std::string_view what,
                                      std::string_view more = {});

} // namespace sunflop
