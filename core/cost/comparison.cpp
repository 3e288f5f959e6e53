// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/comparison.h"

#include "core/base/entry.h"
#include "core/cost/pairing.h"
#include "core/cost/partition.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace sunflop {

namespace {

/// Below this share of the larger total a difference is slight.
constexpr double slightShare = 0.0005;

/// Lays out the rows. While they are linked, a row is called by its module: of A by its index, of B alone by
/// its index behind all of A's.
class Rows {
public:
    Rows(const ComparisonSide& a, const ComparisonSide& b, const Pairing& pairing)
        : m_a(a.trace.modules), m_b(b.trace.modules), m_pairing(pairing), m_links(m_a.size() + m_b.size())
    {
        linkA();
        linkB(rowsNeeded(holdsAnything(b)));
    }

    Comparison laidOut()
    {
        Comparison result;
        result.rowOfA.resize(m_a.size(), -1);
        result.rowOfB.resize(m_b.size(), -1);
        for (std::int32_t key = 0; key >= 0; key = next(key, result.rows))
            append(key, result);
        for (std::size_t i = 0; i < m_b.size(); ++i)
            if (result.rowOfB[i] < 0)
                result.rowOfB[i] = at(result.rowOfB, m_b[i].parent);
        for (std::size_t i = result.rows.size(); i-- > 1;) {
            ComparedRow& outer = at(result.rows, result.rows[i].parent);
            outer.isInA = outer.isInA || result.rows[i].isInA;
            outer.isInB = outer.isInB || result.rows[i].isInB;
        }
        return result;
    }

private:
    struct Link {
        std::int32_t parent = -1;
        std::int32_t firstChild = -1;
        std::int32_t nextSibling = -1;
        std::int32_t row = -1;
    };

    std::int32_t sizeOfA() const { return static_cast<std::int32_t>(m_a.size()); }

    /// The key of the row that a module of B stands in.
    std::int32_t keyOfB(std::int32_t b) const
    {
        const std::int32_t partner = at(m_pairing.ofB, b);
        return partner >= 0 ? partner : sizeOfA() + b;
    }

    /// Whether each module of B has a row to itself. Children are asked before their parents.
    std::vector<bool> rowsNeeded(const std::vector<bool>& holds) const
    {
        std::vector<bool> needed(m_b.size());
        for (std::size_t i = m_b.size(); i-- > 1;) {
            const bool isLeaf = m_b[i].end == static_cast<std::int32_t>(i) + 1;
            needed[i] =
                at(m_pairing.ofB, static_cast<std::int32_t>(i)) < 0 && (needed[i] || isLeaf || holds[i]);
            if (needed[i])
                needed[static_cast<std::size_t>(m_b[i].parent)] = true;
        }
        return needed;
    }

    void linkA()
    {
        for (std::int32_t a = sizeOfA() - 1; a > 0; --a)
            insert(at(m_a, a).parent, -1, a);
    }

    void linkB(const std::vector<bool>& needed)
    {
        std::vector<std::int32_t> before(m_b.size(), -1); // by parent: the row that the next one follows
        for (std::int32_t b = 1; b < static_cast<std::int32_t>(m_b.size()); ++b) {
            const std::int32_t parent = at(m_b, b).parent;
            const bool isPaired = at(m_pairing.ofB, b) >= 0;
            if (!isPaired && !needed[static_cast<std::size_t>(b)])
                continue;
            const std::int32_t around = keyOfB(parent);
            if (!isPaired)
                insert(around, at(before, parent), keyOfB(b));
            if (const std::int32_t sibling = childTowards(around, keyOfB(b)); sibling >= 0)
                at(before, parent) = sibling;
        }
    }

    void insert(std::int32_t parent, std::int32_t behind, std::int32_t key)
    {
        std::int32_t& place = behind < 0 ? at(m_links, parent).firstChild : at(m_links, behind).nextSibling;
        at(m_links, key).parent = parent;
        at(m_links, key).nextSibling = std::exchange(place, key);
    }

    /// The child of `around` that is `key` or holds it; -1 if it is not near.
    std::int32_t childTowards(std::int32_t around, std::int32_t key) const
    {
        constexpr int nearby = 8; // levels: wrappers between a module of A and what it answers in B
        for (int i = 0; i < nearby && key >= 0; ++i) {
            if (at(m_links, key).parent == around)
                return key;
            key = at(m_links, key).parent;
        }
        return -1;
    }

    void append(std::int32_t key, Comparison& result)
    {
        Link& link = at(m_links, key);
        link.row = static_cast<std::int32_t>(result.rows.size());
        ComparedRow row;
        row.a = key < sizeOfA() ? key : -1;
        row.b = row.a >= 0 ? at(m_pairing.ofA, row.a) : key - sizeOfA();
        row.parent = link.parent < 0 ? -1 : at(m_links, link.parent).row;
        row.match = row.a >= 0 ? at(m_pairing.match, row.a) : Match::None;
        row.isInA = row.a >= 0;
        row.isInB = row.b >= 0;
        if (row.isInA)
            at(result.rowOfA, row.a) = link.row;
        if (row.isInB)
            at(result.rowOfB, row.b) = link.row;
        result.rows.push_back(row);
    }

    /// The key behind `key` in pre-order; -1 at the end. Closes the rows that end here.
    std::int32_t next(std::int32_t key, std::vector<ComparedRow>& rows) const
    {
        if (at(m_links, key).firstChild >= 0)
            return at(m_links, key).firstChild;
        for (; key >= 0; key = at(m_links, key).parent) {
            at(rows, at(m_links, key).row).end = static_cast<std::int32_t>(rows.size());
            if (at(m_links, key).nextSibling >= 0)
                return at(m_links, key).nextSibling;
        }
        return -1;
    }

    const std::vector<Module>& m_a;
    const std::vector<Module>& m_b;
    const Pairing& m_pairing;
    std::vector<Link> m_links;
};

/// A sum of own parts, some of which may be below zero: wide, so that their order does not matter.
struct Sum {
    __extension__ typedef __int128 Wide;
    Wide value = 0;
    bool isSaturated = false;

    void add(const Sum& other)
    {
        value += other.value;
        isSaturated = isSaturated || other.isSaturated;
    }
    Count count() const
    {
        if (isSaturated || value >= Count::saturated().value())
            return Count::saturated();
        return static_cast<std::int64_t>(value);
    }
};

Sum sumOf(Count count)
{
    return {count.value(), count.isSaturated()};
}

/// The deepest row that holds both.
std::int32_t commonRow(const std::vector<ComparedRow>& rows, std::int32_t a, std::int32_t b)
{
    while (b < a || b >= at(rows, a).end)
        a = at(rows, a).parent;
    return a;
}

/// Where what a module comes to beside its children belongs: to its row, but what ties make it come to less
/// to the deepest row that holds all of its children, which is where they would be counted again.
std::int32_t ownRow(const Comparison& comparison, const std::vector<std::int32_t>& rowOf,
                    const ComparisonSide& side, std::int32_t node, bool isLess)
{
    const std::vector<CostNode>& nodes = side.costs.nodes;
    std::int32_t child = node + 1;
    if (!isLess || child >= at(nodes, node).end)
        return at(rowOf, node);
    std::int32_t row = at(rowOf, child);
    while ((child = at(nodes, child).end) < at(nodes, node).end)
        row = commonRow(comparison.rows, row, at(rowOf, child));
    return row;
}

/// What each module of one side comes to beside its children.
std::vector<Sum> ownParts(const ComparisonSide& side, const Measure& measure)
{
    const std::vector<CostNode>& nodes = side.costs.nodes;
    std::vector<Sum> own(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Sum total = sumOf(measure.of(nodes[i].total));
        own[i].add(total.isSaturated ? sumOf(ownTotal(nodes[i], measure)) : total);
        if (i > 0 && !measure.of(at(nodes, nodes[i].parent).total).isSaturated())
            at(own, nodes[i].parent).value -= total.value;
    }
    return own;
}

/// What each row comes to on one side.
std::vector<Sum> sums(const Comparison& comparison, const std::vector<std::int32_t>& rowOf,
                      const ComparisonSide& side, const Measure& measure)
{
    assert(side.costs.nodes.size() == rowOf.size());
    const std::vector<Sum> own = ownParts(side, measure);
    std::vector<Sum> sums(comparison.rows.size());
    for (std::size_t i = 0; i < own.size(); ++i) {
        const bool isLess = own[i].value < 0;
        at(sums, ownRow(comparison, rowOf, side, static_cast<std::int32_t>(i), isLess)).add(own[i]);
    }
    for (std::size_t i = sums.size(); i-- > 1;)
        at(sums, comparison.rows[i].parent).add(sums[i]);
    return sums;
}

} // namespace

std::string_view matchName(Match match)
{
    switch (match) {
    case Match::None: return "";
    case Match::Hand: return "hand";
    case Match::Path: return "path";
    case Match::Alias: return "alias";
    case Match::Role: return "role";
    }
    return {};
}

Comparison compare(const ComparisonSide& a, const ComparisonSide& b, std::span<const PathPair> pairs)
{
    Pairing pairing = pairModules(a, b, pairs);
    Comparison result = Rows(a, b, pairing).laidOut();
    result.refused = std::move(pairing.refused);
    return result;
}

std::vector<ComparedFigure> compared(const Comparison& comparison, const ComparisonSide& a,
                                     const ComparisonSide& b, const Measure& measure)
{
    const std::vector<Sum> inA = sums(comparison, comparison.rowOfA, a, measure);
    const std::vector<Sum> inB = sums(comparison, comparison.rowOfB, b, measure);
    std::vector<ComparedFigure> figures(comparison.rows.size());
    for (std::size_t i = 0; i < figures.size(); ++i)
        figures[i] = {inA[i].count(), inB[i].count()};
    figures.front() = {measure.of(a.costs.root().total), measure.of(b.costs.root().total)};
    return figures;
}

std::optional<Count> difference(const ComparedFigure& figure)
{
    if (figure.a.isSaturated() && figure.b.isSaturated())
        return std::nullopt;
    if (figure.a.isSaturated())
        return Count(0) - Count::saturated();
    return figure.b - figure.a;
}

std::optional<double> ratio(const ComparedFigure& figure)
{
    if (figure.a <= 0 || figure.b < 0 || figure.a.isSaturated() || figure.b.isSaturated())
        return std::nullopt;
    return static_cast<double>(figure.b.value()) / static_cast<double>(figure.a.value());
}

int direction(const ComparedFigure& figure, const ComparedFigure& whole)
{
    const auto change = difference(figure);
    if (!change)
        return 0;
    const auto larger = static_cast<double>(std::max(whole.a, whole.b).value());
    if (*change == Count(0) || std::abs(static_cast<double>(change->value())) < slightShare * larger)
        return 0;
    return *change < Count(0) ? -1 : 1;
}

Change changeOf(const ComparedRow& row, const ComparedFigure& figure, const ComparedFigure& whole)
{
    if (!row.isInB)
        return Change::OnlyInA;
    if (!row.isInA)
        return Change::OnlyInB;
    const auto change = difference(figure);
    if (!change)
        return Change::Unknown;
    if (*change == Count(0))
        return Change::Same;
    const int way = direction(figure, whole);
    return way == 0 ? Change::Slight : way < 0 ? Change::Cheaper : Change::Dearer;
}

} // namespace sunflop
