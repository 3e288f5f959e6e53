// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/own_parts.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace sunflop {

namespace {

constexpr std::string_view restName = "own";

const CostNode& nodeAt(const CostTree& tree, std::int32_t node)
{
    return tree.nodes[static_cast<std::size_t>(node)];
}

/// Goes through the figures of one module's parts, those of the module for its rest.
template<typename Each>
void forFigures(Costs& a, const Costs& b, Each each)
{
    each(a.params, b.params);
    each(a.activeParams, b.activeParams);
    each(a.forward.macs, b.forward.macs);
    each(a.forward.flops, b.forward.flops);
    each(a.backward.macs, b.backward.macs);
    each(a.backward.flops, b.backward.flops);
    each(a.weightBytes, b.weightBytes);
    each(a.kvCacheBytes, b.kvCacheBytes);
    each(a.peakBytes, b.peakBytes);
    each(a.savedBytes, b.savedBytes);
    each(a.nanoseconds, b.nanoseconds);
}

/// Instances of every module that one token passes.
std::vector<Count> visitedInstances(const Trace& trace)
{
    std::vector<Count> visited(trace.modules.size(), 1);
    for (std::size_t i = 0; i < visited.size(); ++i) {
        const Module& module = trace.modules[i];
        visited[i] = (module.parent < 0 ? Count(1) : visited[static_cast<std::size_t>(module.parent)]) *
                     module.visited;
    }
    return visited;
}

/// Indices of parameters that only modules with children hold, by module.
std::vector<std::int32_t> ownTensors(const Trace& trace, const CostTree& tree)
{
    std::vector<std::int32_t> tensors;
    for (std::size_t i = 0; i < trace.parameters.size(); ++i)
        if (trace.parameters[i].tieGroup < 0 && hasChildren(tree, trace.parameters[i].module))
            tensors.push_back(static_cast<std::int32_t>(i));
    std::ranges::stable_sort(
        tensors, {}, [&](std::int32_t i) { return trace.parameters[static_cast<std::size_t>(i)].module; });
    return tensors;
}

/// The part of the module that is being written, a new one if need be.
OwnPart& partNamed(CostTree& tree, std::int32_t module, OwnKind kind, std::string_view name)
{
    for (auto i = static_cast<std::size_t>(nodeAt(tree, module).firstOwn); i < tree.own.size(); ++i)
        if (tree.own[i].kind == kind && tree.own[i].name == name)
            return tree.own[i];
    return tree.own.emplace_back(OwnPart{.module = module, .kind = kind, .name = std::string(name)});
}

/// What neither children nor parts have. Of a saturated total that is not known.
Costs restOf(const CostTree& tree, std::int32_t module)
{
    const CostNode& node = nodeAt(tree, module);
    Costs rest = node.total;
    const auto take = [](Count& left, Count taken) { left = left.isSaturated() ? left : left - taken; };
    for (std::int32_t child = module + 1; child < node.end; child = nodeAt(tree, child).end)
        forFigures(rest, nodeAt(tree, child).total, take);
    for (auto i = static_cast<std::size_t>(node.firstOwn); i < tree.own.size(); ++i)
        forFigures(rest, tree.own[i].total, take);
    forFigures(rest, node.total, [](Count& left, Count whole) {
        left = whole.isSaturated() ? Count(0) : std::max(left, Count(0));
    });
    return rest;
}

} // namespace

bool hasChildren(const CostTree& tree, std::int32_t node)
{
    return nodeAt(tree, node).end > node + 1;
}

void addOwnParts(const Trace& trace, std::vector<OwnCall> calls, CostTree& tree)
{
    std::ranges::stable_sort(calls, {}, &OwnCall::module);
    const std::vector<std::int32_t> tensors = ownTensors(trace, tree);
    const std::vector<Count> visited = visitedInstances(trace);
    auto call = calls.begin();
    auto tensor = tensors.begin();
    for (std::int32_t module = 0; module < static_cast<std::int32_t>(tree.nodes.size()); ++module) {
        if (!hasChildren(tree, module))
            continue;
        CostNode& node = tree.nodes[static_cast<std::size_t>(module)];
        node.firstOwn = static_cast<std::int32_t>(tree.own.size());
        for (; call != calls.end() && call->module == module; ++call) {
            OwnPart& part = partNamed(tree, module, OwnKind::Operator, call->name);
            part.isCounted = call->isCounted || (part.calls > Count(0) && part.isCounted);
            part.calls += call->calls;
            part.total.forward += call->forward * node.instances;
            part.total.backward += call->backward * node.instances;
        }
        for (; tensor != tensors.end(); ++tensor) {
            const Parameter& parameter = trace.parameters[static_cast<std::size_t>(*tensor)];
            if (parameter.module != module)
                break;
            Costs& total = partNamed(tree, module, OwnKind::Tensor, parameter.name).total;
            total.params += parameter.params() * node.instances;
            total.activeParams += parameter.activeParams() * visited[static_cast<std::size_t>(module)];
            total.weightBytes += byteSize(parameter.shape, parameter.dtype) * node.instances;
        }
        const Costs rest = restOf(tree, module);
        partNamed(tree, module, OwnKind::Other, restName).total = rest;
    }
}

void shareOwn(CostTree& tree, Count Costs::*figure, const std::vector<Count>& own)
{
    __extension__ typedef __int128 Wide;
    for (auto first = tree.own.begin(); first != tree.own.end();) {
        const auto last = std::find_if(first, tree.own.end(),
                                       [&](const OwnPart& part) { return part.module != first->module; });
        const Count whole = std::max(own[static_cast<std::size_t>(first->module)], Count(0));
        Wide weights = 0;
        for (auto part = first; part != last; ++part)
            weights += (part->total.*figure).value();
        int shift = 0; // saturated weights: their product with the whole must fit
        while ((weights >> shift) > std::numeric_limits<std::int64_t>::max())
            ++shift;
        weights >>= shift;
        Wide before = 0; // rounded where sums are, so that parts sum to the whole
        Wide given = 0;
        for (auto part = first; part != last; ++part) {
            before += (part->total.*figure).value();
            const Wide scaled = before >> shift;
            const Wide upTo = weights > 0 ? whole.value() * (scaled / weights) +
                                                whole.value() * (scaled % weights) / weights
                              : part + 1 == last ? Wide(whole.value())
                                                 : Wide(0);
            part->total.*figure = static_cast<std::int64_t>(upTo - given);
            given = upTo;
        }
        first = last;
    }
}

std::vector<const OwnPart*> ownRows(const CostTree& tree, std::int32_t node,
                                    std::span<const Measure* const> shown)
{
    std::vector<const OwnPart*> rows;
    for (const OwnPart& part : tree.ownOf(node))
        if (std::ranges::any_of(shown, [&](const Measure* m) { return m->of(part.total) != Count(0); }))
            rows.push_back(&part);
    return rows;
}

std::vector<const OwnPart*> ownRows(const CostTree& tree, std::int32_t node)
{
    std::vector<const Measure*> known;
    for (const Measure& measure : measures())
        if (isKnown(tree, measure))
            known.push_back(&measure);
    return ownRows(tree, node, known);
}

const OwnPart* largestOwn(const CostTree& tree, std::int32_t node, const Measure& measure)
{
    const OwnPart* largest = nullptr;
    for (const OwnPart& part : tree.ownOf(node))
        if (measure.of(part.total) > (largest == nullptr ? Count(0) : measure.of(largest->total)))
            largest = &part;
    return largest;
}

const OwnPart* ownAt(const CostTree& tree, std::int32_t node, const OwnKey& key)
{
    const auto parts = tree.ownOf(node);
    const auto found = std::ranges::find_if(parts, [&](const OwnPart& part) { return part.is(key); });
    return found == parts.end() ? nullptr : &*found;
}

std::string ownPath(const Trace& trace, const OwnPart& part)
{
    return trace.path(part.module) + std::string(ownMark) + part.name;
}

SplitPath splitPath(std::string_view path)
{
    const std::size_t at = path.find(ownMark);
    return at == std::string_view::npos ? SplitPath{path, {}}
                                        : SplitPath{path.substr(0, at), path.substr(at + ownMark.size())};
}

const OwnPart* ownNamed(const CostTree& tree, std::int32_t node, std::string_view name)
{
    const auto parts = tree.ownOf(node);
    const auto found = std::ranges::find(parts, name, &OwnPart::name);
    return found == parts.end() ? nullptr : &*found;
}

} // namespace sunflop
