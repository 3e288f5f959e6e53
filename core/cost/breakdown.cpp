// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/breakdown.h"

#include <algorithm>
#include <set>

namespace sunflop {

namespace {

std::size_t index(std::int32_t node)
{
    return static_cast<std::size_t>(node);
}

/// Instances of every module that one token passes.
std::vector<Count> visitedInstances(const Trace& trace)
{
    std::vector<Count> visited(trace.modules.size(), 1);
    for (std::size_t i = 0; i < visited.size(); ++i) {
        const Module& module = trace.modules[i];
        visited[i] = (module.parent < 0 ? Count(1) : visited[index(module.parent)]) * module.visited;
    }
    return visited;
}

/// The deepest module that holds every parameter of a tie.
std::int32_t ownerOf(const Trace& trace, std::int32_t tieGroup)
{
    std::int32_t owner = -1;
    for (const Parameter& parameter : trace.parameters) {
        if (parameter.tieGroup != tieGroup)
            continue;
        if (owner < 0)
            owner = parameter.module;
        while (parameter.module < owner || parameter.module >= trace.modules[index(owner)].end)
            owner = trace.modules[index(owner)].parent;
    }
    return owner;
}

/// Adds a figure that apportion() spread. What children have in common is taken from the last of them, so
/// that parts sum to the total of `node`.
void addSpread(const CostTree& tree, std::int32_t node, Count Costs::*figure, std::vector<Costs>& parts)
{
    for (std::size_t i = 0; i < parts.size(); ++i)
        parts[i].*figure = tree.nodes[index(node) + i].total.*figure;
    for (std::size_t i = 1; i < parts.size(); ++i)
        parts[index(tree.nodes[index(node) + i].parent - node)].*figure -=
            tree.nodes[index(node) + i].total.*figure;
    for (std::size_t i = parts.size(); i-- > 0;) {
        const auto end = index(tree.nodes[index(node) + i].end - node);
        for (std::size_t last = end; last-- > i + 1 && parts[i].*figure < Count(0);) {
            const Count taken = std::min(parts[last].*figure, Count(0) - parts[i].*figure);
            parts[last].*figure -= taken;
            parts[i].*figure += taken;
        }
    }
}

/// What each module from `node` on adds to the total of `node` by itself, all instances.
std::vector<Costs> ownParts(const Trace& trace, const CostTree& tree, std::int32_t node)
{
    const std::int32_t end = tree.nodes[index(node)].end;
    std::vector<Costs> parts;
    for (std::int32_t i = node; i < end; ++i) {
        const CostNode& module = tree.nodes[index(i)];
        parts.push_back(Costs{.forward = module.self.forward,
                              .backward = module.self.backward,
                              .kvCacheBytes = module.self.kvCacheBytes} *
                        module.instances);
    }
    const std::vector<Count> visited = visitedInstances(trace);
    std::set<std::int32_t> seenTies;
    for (const Parameter& parameter : trace.parameters) {
        const bool isTied = parameter.tieGroup >= 0;
        if (parameter.module < node || parameter.module >= end ||
            (isTied && !seenTies.insert(parameter.tieGroup).second))
            continue;
        // A tied tensor exists once in each instance of the module that holds all its names.
        const std::size_t owner = index(isTied ? ownerOf(trace, parameter.tieGroup) : parameter.module);
        const Count elements = parameter.params();
        Costs& part = parts[index(parameter.module - node)];
        part.params += elements * tree.nodes[owner].instances;
        part.activeParams += parameter.activeParams() * visited[owner];
        part.weightBytes += byteSize(parameter.shape, parameter.dtype) * tree.nodes[owner].instances;
    }
    for (Count Costs::*figure : {&Costs::peakBytes, &Costs::savedBytes, &Costs::nanoseconds})
        addSpread(tree, node, figure, parts);
    // What packed weights come to is known of modules, not of single tensors.
    Count unpacked;
    for (const Costs& part : parts)
        unpacked += part.weightBytes;
    if (unpacked != tree.nodes[index(node)].total.weightBytes)
        addSpread(tree, node, &Costs::weightBytes, parts);
    return parts;
}

/// The child of `node` that holds `module`, or `node` itself.
std::int32_t branchOf(const CostTree& tree, std::int32_t node, std::int32_t module)
{
    while (module != node && tree.nodes[index(module)].parent != node)
        module = tree.nodes[index(module)].parent;
    return module;
}

Group& groupNamed(std::vector<Group>& groups, std::string_view name, const Module& module, std::int32_t node)
{
    const auto known = std::ranges::find(groups, name, &Group::name);
    if (known != groups.end() && known->node == node)
        return *known;
    return groups.emplace_back(Group{std::string(name), node, module.role, 0, {}});
}

std::vector<Group> byOperator(const Trace& trace, const CostTree& tree, const Convention& convention,
                              std::int32_t node)
{
    std::vector<Group> groups;
    for (const Op& op : trace.ops) {
        if (op.module < node || op.module >= tree.nodes[index(node)].end)
            continue;
        const Count instances = tree.nodes[index(op.module)].instances;
        Group& group = groupNamed(groups, nameOf(op), trace.modules[index(op.module)], -1);
        group.members += instances * trace.phases[index(op.phase)].steps;
        group.costs.forward += workOf(trace, op, convention).value_or(Work{}) * instances;
    }
    return groups;
}

} // namespace

std::vector<Group> breakdown(const Trace& trace, const CostTree& tree, const Convention& convention,
                             Grouping grouping, std::int32_t node)
{
    if (grouping == Grouping::Operator)
        return byOperator(trace, tree, convention, node);
    const std::vector<Costs> parts = ownParts(trace, tree, node);
    std::vector<Group> groups;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto id = node + static_cast<std::int32_t>(i);
        const Module& module = trace.modules[index(id)];
        const std::int32_t branch = grouping == Grouping::Branch ? branchOf(tree, node, id) : -1;
        const std::string name = grouping == Grouping::Role    ? std::string(roleName(module.role))
                                 : grouping == Grouping::Class ? module.className
                                 : branch == node              ? std::string()
                                                               : trace.modules[index(branch)].label();
        Group& group = groupNamed(groups, name, module, branch);
        group.members += tree.nodes[index(id)].instances;
        group.costs = group.costs + parts[i];
        group.hasBackward = tree.hasBackward;
    }
    if (grouping == Grouping::Role)
        std::ranges::stable_sort(groups, {}, &Group::role);
    return groups;
}

} // namespace sunflop
