// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Regular expressions over names of modules, as quantisers write them into configs.

#include "core/base/result.h"

#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sunflop {

/// A pattern in the syntax of Python's re: literals, ".", classes, groups, "|", anchors, repeats and
/// lookahead. What needs more (lookbehind, back references, flags) is refused. Matching takes time polynomial
/// in the lengths, whatever the pattern: it follows sets of positions and never backtracks.
class NamePattern {
public:
    static Result<NamePattern> parse(std::string_view pattern);

    /// Whether the pattern matches some beginning of `name`, as re.match does.
    bool matchesStart(std::string_view name) const;

    struct Node;
    using Sequence = std::vector<Node>;

private:
    std::vector<Sequence> m_alternatives;
};

/// One item of a sequence. A group has alternatives; so have a lookahead and what is repeated.
struct NamePattern::Node {
    enum class Kind : std::uint8_t { One, Start, End, Group, Ahead, NotAhead } kind = Kind::One;
    std::bitset<256> bytes; ///< that One takes
    std::vector<Sequence> alternatives;
    std::int64_t least = 1;
    std::int64_t most = 1;
};

} // namespace sunflop
