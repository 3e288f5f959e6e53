// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/partition.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sunflop {

namespace {

/// A container with more than this in one child shows nothing that the child does not.
constexpr double chainShare = 0.985;

/// One piece of a slice before it is known whether it can be seen.
struct Part {
    Slice::Kind kind = Slice::Kind::Module;
    std::int32_t node = 0;
    double value = 0;
};

class Partitioner {
public:
    Partitioner(const CostTree& costs, const Measure& measure, const PartitionOptions& options)
        : m_costs(costs), m_measure(measure), m_options(options)
    {}

    Partition run()
    {
        const Slice root{.node = m_options.root, .last = m_options.root, .ring = -1, .spanTurns = 1};
        divide(root, -1);
        return std::move(m_result);
    }

private:
    const CostNode& at(std::int32_t node) const { return m_costs.nodes[static_cast<std::size_t>(node)]; }
    double value(std::int32_t node) const
    {
        return static_cast<double>(m_measure.of(at(node).total).value());
    }

    std::int32_t chainEnd(std::int32_t node) const
    {
        if (!m_options.mergesChains)
            return node;
        for (auto child = node; child >= 0; child = chainChild(m_costs, m_measure, child))
            node = child;
        return node;
    }

    /// Children of `node` except one, and what it has itself.
    void collect(std::int32_t node, std::int32_t except, std::vector<Part>& parts) const
    {
        bool hasChildren = false;
        for (std::int32_t child = node + 1; child < at(node).end; child = at(child).end) {
            const double size = value(child);
            hasChildren = hasChildren || size > 0;
            if (size > 0 && child != except)
                parts.push_back({Slice::Kind::Module, child, size});
        }
        const auto own = static_cast<double>(ownTotal(at(node), m_measure).value());
        if (hasChildren && own > 0)
            parts.push_back({Slice::Kind::Own, node, own});
    }

    void divide(const Slice& whole, std::int32_t index)
    {
        const auto ring = static_cast<std::size_t>(whole.ring + 1);
        if (ring >= m_options.smallestSpans.size())
            return;
        std::vector<Part> parts;
        collect(whole.last, -1, parts);
        const std::size_t visible = parts.size();
        // Beside the chain: never drawn as slices, but part of the whole.
        for (std::int32_t child = whole.last; child != whole.node; child = at(child).parent)
            collect(at(child).parent, child, parts);
        double sum = 0;
        for (const Part& part : parts)
            sum += part.value;
        if (sum <= 0)
            return;
        const double scale = whole.spanTurns / std::max(sum, value(whole.node));
        place(whole, index, parts, visible, scale);
    }

    void place(const Slice& whole, std::int32_t index, const std::vector<Part>& parts, std::size_t visible,
               double scale)
    {
        Slice next{
            .parent = index, .ring = whole.ring + 1, .copies = whole.copies, .startTurns = whole.startTurns};
        const double smallest = m_options.smallestSpans[static_cast<std::size_t>(next.ring)];
        std::vector<std::int32_t> thin;
        double thinSpan = 0;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const double span = parts[i].value * scale;
            if (i < visible && span >= smallest) {
                next.startTurns = draw(parts[i], next, span, smallest);
                continue;
            }
            thinSpan += span;
            if (parts[i].kind == Slice::Kind::Module)
                thin.push_back(parts[i].node);
        }
        if (!thin.empty() && thinSpan >= smallest / 2)
            gather(thin, next, whole.last, thinSpan);
    }

    /// Adds a part and all inside it; returns where the next part starts.
    double draw(const Part& part, Slice slice, double span, double smallest)
    {
        slice.kind = part.kind;
        slice.node = slice.last = part.node;
        std::int64_t members = 1;
        if (part.kind == Slice::Kind::Module) {
            slice.last = chainEnd(part.node);
            if (!m_options.foldsRepeats && span >= smallest * static_cast<double>(at(part.node).repeat))
                members = at(part.node).repeat;
        }
        slice.copies *= members;
        slice.spanTurns = span / static_cast<double>(members);
        const double start = slice.startTurns;
        for (std::int64_t i = 0; i < members; ++i) {
            slice.instance = members > 1 ? i : -1;
            slice.startTurns = start + static_cast<double>(i) * slice.spanTurns;
            const std::int32_t index = add(slice);
            if (part.kind == Slice::Kind::Module)
                divide(slice, index);
        }
        return start + span;
    }

    void gather(const std::vector<std::int32_t>& modules, Slice slice, std::int32_t node, double span)
    {
        slice.kind = Slice::Kind::Rest;
        slice.node = slice.last = node;
        slice.spanTurns = span;
        slice.firstGathered = static_cast<std::int32_t>(m_result.gathered.size());
        slice.gathered = static_cast<std::int32_t>(modules.size());
        m_result.gathered.insert(m_result.gathered.end(), modules.begin(), modules.end());
        add(slice);
    }

    std::int32_t add(const Slice& slice)
    {
        m_result.slices.push_back(slice);
        m_result.rings = std::max(m_result.rings, slice.ring + 1);
        return static_cast<std::int32_t>(m_result.slices.size()) - 1;
    }

    const CostTree& m_costs;
    const Measure& m_measure;
    const PartitionOptions& m_options;
    Partition m_result;
};

} // namespace

std::span<const std::int32_t> Partition::gatheredIn(const Slice& slice) const
{
    return std::span(gathered).subspan(static_cast<std::size_t>(slice.firstGathered),
                                       static_cast<std::size_t>(slice.gathered));
}

Partition partition(const CostTree& costs, const Measure& measure, const PartitionOptions& options)
{
    return Partitioner(costs, measure, options).run();
}

std::int32_t chainChild(const CostTree& costs, const Measure& measure, std::int32_t node)
{
    const auto at = [&](std::int32_t id) -> const CostNode& {
        return costs.nodes[static_cast<std::size_t>(id)];
    };
    const auto value = [&](std::int32_t id) { return static_cast<double>(measure.of(at(id).total).value()); };
    if (at(node).repeat != 1)
        return -1;
    std::int32_t largest = -1;
    double sum = 0;
    for (std::int32_t child = node + 1; child < at(node).end; child = at(child).end) {
        sum += value(child);
        if (largest < 0 || value(child) > value(largest))
            largest = child;
    }
    // Tied parameters: the children may hold more than the node.
    const double whole = std::max(sum, value(node));
    if (largest < 0 || whole <= 0 || value(largest) < chainShare * whole)
        return -1;
    const bool hasChildren = at(largest).end > largest + 1;
    return at(largest).repeat == 1 && hasChildren ? largest : -1;
}

Count ownTotal(const CostNode& node, const Measure& measure)
{
    const Count self = measure.of(node.self);
    const Count each = measure.of(node.each);
    const Count total = measure.of(node.total);
    if (self == Count(0) || total == each * node.instances)
        return self * node.instances;
    // Routed experts: a token does not pass every instance.
    const double visited = static_cast<double>(total.value()) / static_cast<double>(each.value());
    return std::llround(static_cast<double>(self.value()) * visited);
}

} // namespace sunflop
