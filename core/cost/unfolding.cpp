// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/unfolding.h"

#include <algorithm>
#include <charconv>

namespace sunflop {

namespace {

const CostNode& nodeAt(const CostTree& tree, std::int32_t node)
{
    return tree.nodes[static_cast<std::size_t>(node)];
}

/// All runs, outer ones first.
std::vector<std::int32_t> runsByDepth(const CostTree& tree)
{
    std::vector<int> depths(tree.nodes.size());
    std::vector<std::int32_t> runs;
    for (std::size_t i = 0; i < depths.size(); ++i) {
        if (tree.nodes[i].parent >= 0)
            depths[i] = depths[static_cast<std::size_t>(tree.nodes[i].parent)] + 1;
        if (tree.nodes[i].repeat > 1)
            runs.push_back(static_cast<std::int32_t>(i));
    }
    std::ranges::stable_sort(runs, {},
                             [&](std::int32_t run) { return depths[static_cast<std::size_t>(run)]; });
    return runs;
}

std::optional<std::int64_t> numberOf(std::string_view text)
{
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// Which member of `module` is called `name`; a folded one knows its label only.
std::optional<std::int32_t> memberNamed(const Module& module, std::int32_t members, std::string_view name)
{
    if (name == module.label())
        return 0;
    const auto first = numberOf(module.name);
    const auto wanted = numberOf(name);
    if (members == 1 || !first || !wanted || *wanted < *first || *wanted - *first >= members)
        return std::nullopt;
    return static_cast<std::int32_t>(*wanted - *first);
}

std::string memberName(const Module& module, std::int32_t member)
{
    const auto first = numberOf(module.name);
    return first ? std::to_string(*first + member) : module.label();
}

/// The child that a name means, and which of its members.
std::optional<Instance> childNamed(const Trace& trace, const Unfolding& unfolding, std::int32_t parent,
                                   std::string_view name)
{
    const std::int32_t end = trace.modules[static_cast<std::size_t>(parent)].end;
    for (std::int32_t child = parent + 1; child < end;) {
        const Module& module = trace.modules[static_cast<std::size_t>(child)];
        if (const auto member = memberNamed(module, unfolding.members(child), name))
            return Instance(child, *member);
        child = module.end;
    }
    return std::nullopt;
}

/// Takes the first name off a path.
std::string_view nextName(std::string_view& path)
{
    const std::string_view name = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    return name;
}

} // namespace

Unfolding::Unfolding(const CostTree& tree, bool foldsRepeats)
    : m_foldsRepeats(foldsRepeats), m_members(tree.nodes.size(), 1), m_copies(tree.nodes.size(), 1),
      m_first(tree.nodes.size() + 1)
{
    auto rows = Count(static_cast<std::int64_t>(tree.nodes.size()));
    for (const std::int32_t run : foldsRepeats ? std::vector<std::int32_t>{} : runsByDepth(tree)) {
        const CostNode& node = nodeAt(tree, run);
        // What is inside is folded as yet, so that all of it has as many rows as the run.
        const Count more = Count(node.repeat - 1) * copies(run) * (node.end - run);
        if (rows + more > Count(mostRows))
            continue;
        rows += more;
        m_members[static_cast<std::size_t>(run)] = static_cast<std::int32_t>(node.repeat);
        for (auto inside = static_cast<std::size_t>(run); inside < static_cast<std::size_t>(node.end);
             ++inside)
            m_copies[inside] *= static_cast<std::int32_t>(node.repeat);
    }
    for (std::size_t i = 0; i < m_copies.size(); ++i)
        m_first[i + 1] = m_first[i] + static_cast<std::size_t>(m_copies[i]);
}

Costs costsOfRow(const CostTree& tree, const Unfolding& unfolding, std::int32_t node)
{
    const CostNode& costs = nodeAt(tree, node);
    const std::int32_t copies = unfolding.copies(node);
    if (copies == 1)
        return costs.total;
    // Not the total by the copies: members may share a tensor that the total has once.
    Costs row = costs.each * (costs.instances / copies);
    const auto shared = [copies](Count total) {
        return total.isSaturated() ? total : Count(total.value() / copies);
    };
    row.activeParams = shared(costs.total.activeParams);
    row.peakBytes = shared(costs.total.peakBytes);
    row.savedBytes = shared(costs.total.savedBytes);
    row.nanoseconds = shared(costs.total.nanoseconds);
    return row;
}

std::optional<Instance> rowAt(const Trace& trace, const Unfolding& unfolding, std::string_view path)
{
    Instance row(0);
    while (!path.empty()) {
        const auto child = childNamed(trace, unfolding, row.node, nextName(path));
        if (!child)
            return std::nullopt;
        row = {child->node, row.number * unfolding.members(child->node) + child->number};
    }
    return row;
}

std::vector<Instance> rowsAt(const Trace& trace, const Unfolding& unfolding, std::string_view path)
{
    std::vector<Instance> rows{Instance(0)};
    while (!path.empty()) {
        const std::string_view name = nextName(path);
        const auto child = childNamed(trace, unfolding, rows.front().node, name);
        if (!child)
            return {};
        const std::int32_t members = unfolding.members(child->node);
        const bool isLabel = name == trace.modules[static_cast<std::size_t>(child->node)].label();
        std::vector<Instance> inner;
        for (const Instance& row : rows)
            for (std::int32_t member = 0; member < members; ++member)
                if (isLabel || member == child->number)
                    inner.emplace_back(child->node, row.number * members + member);
        rows = std::move(inner);
    }
    return rows;
}

std::string pathAt(const Trace& trace, const Unfolding& unfolding, Instance row, int labelled)
{
    std::string path;
    while (row.node > 0) {
        const Module& module = trace.modules[static_cast<std::size_t>(row.node)];
        const std::int32_t members = unfolding.members(row.node);
        const bool isMember = members > 1 && labelled-- <= 0;
        const std::string name = isMember ? memberName(module, unfolding.member(row)) : module.label();
        path = path.empty() ? name : name + "." + path;
        row = unfolding.outer(row, module.parent);
    }
    return path;
}

} // namespace sunflop
