// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantisation/name_pattern.h"

#include "core/base/plain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace sunflop {

namespace {

using Node = NamePattern::Node;
using Sequence = NamePattern::Sequence;
using Bytes = std::bitset<256>;

constexpr std::size_t longestPattern = 1000;
constexpr int deepestGroup = 20;
constexpr std::int64_t mostRepeats = 1000;
constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

Bytes range(char first, char last)
{
    Bytes bytes;
    for (auto c = static_cast<unsigned>(static_cast<unsigned char>(first));
         c <= static_cast<unsigned char>(last); ++c)
        bytes.set(c);
    return bytes;
}

/// The class behind a backslash: \d, \w, \s, their opposites, or the character itself. Nothing: a letter or
/// digit that means something else.
std::optional<Bytes> escaped(char c)
{
    const Bytes digits = range('0', '9');
    const Bytes word = digits | range('a', 'z') | range('A', 'Z') | range('_', '_');
    const Bytes space = range('\t', '\r') | range(' ', ' ');
    switch (c) {
    case 'd': return digits;
    case 'D': return ~digits;
    case 'w': return word;
    case 'W': return ~word;
    case 's': return space;
    case 'S': return ~space;
    default: break;
    }
    return word.test(static_cast<unsigned char>(c)) ? std::nullopt : std::optional(range(c, c));
}

class Parser {
public:
    explicit Parser(std::string_view text) : m_text(text) {}

    /// Nothing where the syntax is not known.
    std::optional<std::vector<Sequence>> all()
    {
        auto read = alternatives(0);
        return read && m_at == m_text.size() ? std::move(read) : std::nullopt;
    }

private:
    bool isAtEnd() const { return m_at == m_text.size(); }
    bool takes(std::string_view text)
    {
        if (!m_text.substr(m_at).starts_with(text))
            return false;
        m_at += text.size();
        return true;
    }

    std::optional<std::vector<Sequence>> alternatives(int depth);
    std::optional<Node> item(int depth);
    std::optional<Node> group(int depth);
    std::optional<Bytes> characterClass();
    bool repeat(Node& node);
    bool counted(Node& node);

    std::string_view m_text;
    std::size_t m_at = 0;
};

std::optional<std::vector<Sequence>> Parser::alternatives(int depth)
{
    if (depth > deepestGroup)
        return std::nullopt;
    std::vector<Sequence> read(1);
    while (!isAtEnd() && m_text[m_at] != ')') {
        if (takes("|")) {
            read.emplace_back();
            continue;
        }
        auto node = item(depth);
        if (!node || !repeat(*node))
            return std::nullopt;
        read.back().push_back(*std::move(node));
    }
    return read;
}

std::optional<Node> Parser::item(int depth)
{
    const char c = m_text[m_at++];
    std::optional<Bytes> bytes;
    switch (c) {
    case '(': return group(depth);
    case '^': return Node{.kind = Node::Kind::Start};
    case '$': return Node{.kind = Node::Kind::End};
    case '*':
    case '+':
    case '?': return std::nullopt;
    case '.': bytes = ~range('\n', '\n'); break;
    case '[': bytes = characterClass(); break;
    case '\\': bytes = isAtEnd() ? std::nullopt : escaped(m_text[m_at++]); break;
    default: bytes = range(c, c);
    }
    return bytes ? std::optional(Node{.bytes = *bytes}) : std::nullopt;
}

std::optional<Node> Parser::group(int depth)
{
    Node node{.kind = Node::Kind::Group};
    if (takes("?=")) {
        node.kind = Node::Kind::Ahead;
    } else if (takes("?!")) {
        node.kind = Node::Kind::NotAhead;
    } else if (takes("?P<")) {
        m_at = std::min(m_text.find('>', m_at), m_text.size() - 1) + 1;
    } else if (!takes("?:") && m_text.substr(m_at).starts_with('?')) {
        return std::nullopt;
    }
    auto inner = alternatives(depth + 1);
    if (!inner || !takes(")"))
        return std::nullopt;
    node.alternatives = *std::move(inner);
    return node;
}

std::optional<Bytes> Parser::characterClass()
{
    const bool isNegated = takes("^");
    Bytes bytes;
    for (bool isFirst = true; !isAtEnd() && (isFirst || m_text[m_at] != ']'); isFirst = false) {
        const char c = m_text[m_at++];
        if (c == '\\') {
            const auto known = isAtEnd() ? std::nullopt : escaped(m_text[m_at++]);
            if (!known)
                return std::nullopt;
            bytes |= *known;
            continue;
        }
        const bool isRange = m_at + 1 < m_text.size() && m_text[m_at] == '-' && m_text[m_at + 1] != ']';
        bytes |= range(c, isRange ? m_text[m_at + 1] : c);
        m_at += isRange ? 2 : 0;
    }
    if (!takes("]"))
        return std::nullopt;
    return isNegated ? ~bytes : bytes;
}

/// What follows an item; a lazy repeat matches the same names.
bool Parser::repeat(Node& node)
{
    if (takes("*"))
        std::tie(node.least, node.most) = std::pair(std::int64_t{0}, unlimited);
    else if (takes("+"))
        node.most = unlimited;
    else if (takes("?"))
        node.least = 0;
    else if (takes("{"))
        return counted(node);
    else
        return true;
    takes("?");
    return true;
}

bool Parser::counted(Node& node)
{
    const char* end = m_text.data() + m_text.size();
    const auto number = [&](std::int64_t& value) {
        const auto read = std::from_chars(m_text.data() + m_at, end, value);
        m_at = static_cast<std::size_t>(read.ptr - m_text.data());
        return read.ec == std::errc() && value >= 0 && value <= mostRepeats;
    };
    if (!number(node.least))
        return false;
    node.most = node.least;
    if (takes(",")) {
        node.most = unlimited;
        if (!m_text.substr(m_at).starts_with('}') && !number(node.most))
            return false;
    }
    if (!takes("}") || node.most < node.least)
        return false;
    takes("?");
    return true;
}

/// By position in the name: whether a match may stand there.
using Positions = std::vector<bool>;

bool isEmpty(const Positions& positions)
{
    return std::ranges::find(positions, true) == positions.end();
}

Positions afterAny(const std::vector<Sequence>& alternatives, std::string_view name, const Positions& from);

/// Where a lookahead lets a match go on.
Positions ahead(const Node& node, std::string_view name, const Positions& from)
{
    Positions to(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (!from[i])
            continue;
        Positions here(from.size());
        here[i] = true;
        to[i] = isEmpty(afterAny(node.alternatives, name, here)) == (node.kind == Node::Kind::NotAhead);
    }
    return to;
}

Positions afterOnce(const Node& node, std::string_view name, const Positions& from)
{
    Positions to(from.size());
    switch (node.kind) {
    case Node::Kind::One:
        for (std::size_t i = 0; i < name.size(); ++i)
            to[i + 1] = from[i] && node.bytes.test(static_cast<unsigned char>(name[i]));
        return to;
    case Node::Kind::Start: to.front() = from.front(); return to;
    case Node::Kind::End: to.back() = from.back(); return to;
    case Node::Kind::Group: return afterAny(node.alternatives, name, from);
    case Node::Kind::Ahead:
    case Node::Kind::NotAhead: return ahead(node, name, from);
    }
    return to;
}

Positions after(const Node& node, std::string_view name, const Positions& from)
{
    Positions all = node.least == 0 ? from : Positions(from.size());
    Positions current = from;
    for (std::int64_t i = 1; i <= node.most; ++i) {
        current = afterOnce(node, name, current);
        if (i < node.least)
            continue;
        const Positions before = all;
        for (std::size_t k = 0; k < all.size(); ++k)
            all[k] = all[k] || current[k];
        if (isEmpty(current) || (all == before && i > node.least))
            break;
    }
    return all;
}

Positions afterAny(const std::vector<Sequence>& alternatives, std::string_view name, const Positions& from)
{
    Positions all(from.size());
    for (const Sequence& sequence : alternatives) {
        Positions current = from;
        for (const Node& node : sequence)
            current = after(node, name, current);
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] = all[i] || current[i];
    }
    return all;
}

} // namespace

Result<NamePattern> NamePattern::parse(std::string_view pattern)
{
    auto alternatives = pattern.size() <= longestPattern ? Parser(pattern).all() : std::nullopt;
    if (!alternatives)
        return failure(ErrorKind::Unsupported, {},
                       fmt::format("the regular expression \"{}\" is not understood", shortened(pattern)));
    NamePattern read;
    read.m_alternatives = *std::move(alternatives);
    return read;
}

bool NamePattern::matchesStart(std::string_view name) const
{
    Positions start(name.size() + 1);
    start.front() = true;
    return !isEmpty(afterAny(m_alternatives, name, start));
}

} // namespace sunflop
