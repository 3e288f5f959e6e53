// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Lines for a terminal: widths in characters, colours, bars.

#include "core/exporters/exporter.h"
#include "core/model/module.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sunflop {

/// Characters of UTF-8, not bytes.
std::size_t widthOf(std::string_view text);

/// Filled with blanks to a width; longer texts stay as they are.
std::string padded(std::string_view text, std::size_t width, bool isRight = false);

/// At most `width` characters, the last of them an ellipsis where something was cut.
std::string cutTo(std::string_view text, std::size_t width);

/// A character of ASCII for each character: "u" for "\u00b5", "x" for "\u00d7", "?" where there is none
/// alike.
std::string inAscii(std::string_view text);

/// Words in lines of at most `width` characters, `indent` blanks in front of each but the first, which the
/// caller has begun with as many characters. No line end behind the last one.
std::string wrapped(std::string_view words, std::size_t indent, std::size_t width);

/// Draws what stands out. Without colours every text stays as it is.
class Pen {
public:
    explicit Pen(const ExportOptions& options) : m_colours(options.colours), m_isUnicode(options.isUnicode) {}

    std::string bold(std::string_view text) const { return escaped("1", text); }
    std::string faint(std::string_view text) const { return escaped("2", text); }
    /// Something that must not be overlooked.
    std::string warning(std::string_view text) const;
    std::string inColourOf(Role role, std::string_view text) const;

    /// A part of a bar.
    struct Part {
        Role role = Role::Other;
        double share = 0;
    };
    /// Parts side by side, `width` characters if they sum to 1; at least a trace of what is not zero. No
    /// blanks behind it.
    std::string bar(std::span<const Part> parts, std::size_t width) const;

    bool hasColours() const { return m_colours != Colours::None; }
    bool isUnicode() const { return m_isUnicode; }

private:
    std::string escaped(std::string_view code, std::string_view text) const;

    Colours m_colours;
    bool m_isUnicode;
};

} // namespace sunflop
