// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Text of strangers: of a file, of a user, of another program. What is printed of it goes through here.

#include <cstddef>
#include <string>
#include <string_view>

namespace sunflop {

/// One line of valid UTF-8 that no terminal obeys. Control characters (C0, DEL, C1), line and paragraph
/// separators, and what turns the direction of text are written as JSON escapes them, \n or \u202e; bytes
/// that are no UTF-8 become U+FFFD. Text without any of these is as it was.
std::string plainText(std::string_view text);

/// The same of a text of several lines, whose breaks stay.
std::string plainLines(std::string_view text);

/// The same of one line, as an error quotes it: of more than `longest` characters the first ones, and "...".
std::string shortened(std::string_view text, std::size_t longest = 60);

} // namespace sunflop
