// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/cost_tree.h"

#include "core/cost/own_parts.h"
#include "core/model/held.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sunflop {

namespace {

template<typename T>
auto& at(std::vector<T>& items, std::int32_t index)
{
    return items[static_cast<std::size_t>(index)];
}

/// What one call costs, gradients included.
struct CallCost {
    Work forward;
    Work backward;
};

CallCost atStep(const Op& op, std::int64_t step, const Convention& convention)
{
    const Op now = op.at(step);
    const Work forward = convention.count(now).value_or(Work{});
    return {forward, convention.backward(now, forward)};
}

/// Whether b at `middle` lies on the line from a at `first` to c at `last`.
bool isStraight(Count a, Count b, Count c, std::int64_t first, std::int64_t middle, std::int64_t last)
{
    __extension__ typedef __int128 Wide;
    const Wide rise = static_cast<Wide>(c.value()) - a.value();
    const Wide partialRise = static_cast<Wide>(b.value()) - a.value();
    return partialRise * (last - first) == rise * (middle - first);
}

bool isStraight(const CallCost& a, const CallCost& b, const CallCost& c, std::int64_t first,
                std::int64_t middle, std::int64_t last)
{
    const auto straight = [&](auto of) { return isStraight(of(a), of(b), of(c), first, middle, last); };
    return straight([](const CallCost& x) { return x.forward.macs; }) &&
           straight([](const CallCost& x) { return x.forward.flops; }) &&
           straight([](const CallCost& x) { return x.backward.macs; }) &&
           straight([](const CallCost& x) { return x.backward.flops; });
}

Work series(Work first, Work last, std::int64_t terms)
{
    return {arithmeticSeries(first.macs, last.macs, terms), arithmeticSeries(first.flops, last.flops, terms)};
}

/// Sum over the steps first .. last. Exact without visiting every step: the rule is sampled at both ends and
/// in between, and where it is not straight the stretch is halved.
CallCost overSteps(const Op& op, std::int64_t first, std::int64_t last, const Convention& convention)
{
    const CallCost a = atStep(op, first, convention);
    if (first == last)
        return a;
    const CallCost c = atStep(op, last, convention);
    const std::int64_t middle = first + (last - first) / 2;
    const CallCost b = atStep(op, middle, convention);
    const std::int64_t steps = last - first + 1;
    if (isStraight(a, b, c, first, middle, last))
        return {series(a.forward, c.forward, steps), series(a.backward, c.backward, steps)};
    const CallCost left = overSteps(op, first, middle, convention);
    const CallCost right = overSteps(op, middle + 1, last, convention);
    return {left.forward + right.forward, left.backward + right.backward};
}

std::optional<CallCost> overPhase(const Op& op, std::int64_t steps, const Convention& convention)
{
    if (!op.grows()) {
        const auto forward = convention.count(op);
        if (!forward)
            return std::nullopt;
        return CallCost{*forward * steps, convention.backward(op, *forward) * steps};
    }
    if (!convention.count(op.at(0)))
        return std::nullopt;
    return overSteps(op, 0, steps - 1, convention);
}

/// One tensor's share of the sums: parameters, those a token passes, and bytes.
Costs holding(const Parameter& parameter)
{
    return {.params = parameter.params(),
            .activeParams = parameter.activeParams(),
            .weightBytes = byteSize(parameter.shape, parameter.dtype)};
}

/// One entry per module and name of an operator, in module order.
std::vector<Uncounted> merged(std::vector<Uncounted> entries)
{
    const auto key = [](const Uncounted& entry) { return std::tuple(entry.module, entry.kind, entry.name); };
    std::ranges::sort(entries, {}, key);
    std::vector<Uncounted> sums;
    for (const Uncounted& entry : entries) {
        if (!sums.empty() && key(sums.back()) == key(entry))
            sums.back().calls += entry.calls;
        else
            sums.push_back(entry);
    }
    return sums;
}

/// Counts all calls; returns those of modules with children.
std::vector<OwnCall> countOps(const Trace& trace, const Convention& convention, CostTree& tree)
{
    std::vector<Uncounted> uncounted;
    std::vector<OwnCall> own;
    for (const Op& op : trace.ops) {
        const std::int64_t steps = trace.phases[static_cast<std::size_t>(op.phase)].steps;
        CostNode& node = at(tree.nodes, op.module);
        const Count calls = Count(steps) * node.instances;
        const auto work = overPhase(op, steps, convention);
        if (work) {
            node.self.forward += work->forward;
            node.self.backward += work->backward;
        } else {
            uncounted.push_back({op.module, op.kind, nameOf(op), calls});
        }
        if (hasChildren(tree, op.module))
            own.push_back({op.module, nameOf(op), calls, work.has_value(), work ? work->forward : Work{},
                           work ? work->backward : Work{}});
    }
    tree.uncounted = merged(std::move(uncounted));
    return own;
}

/// One tensor under several names, and what one instance of it costs.
struct TiedTensor {
    HeldTensor held;
    Costs costs;
};

std::vector<TiedTensor> tiedTensors(const Trace& trace)
{
    std::vector<TiedTensor> tensors;
    for (const HeldTensor& held : heldTensors(trace))
        if (!held.holders.empty())
            tensors.push_back({held, holding(trace.parameters[static_cast<std::size_t>(held.parameter)])});
    return tensors;
}

/// Shows a tied tensor in every module between its owner and its holders, once for each instance of the
/// owner.
void showTied(const TiedTensor& tensor, const std::vector<Count>& visited, CostTree& tree)
{
    Costs all = tensor.costs * at(tree.nodes, tensor.held.owner).instances;
    all.activeParams = tensor.costs.activeParams * visited[static_cast<std::size_t>(tensor.held.owner)];
    std::vector<std::int32_t> shown{tensor.held.owner};
    for (const std::int32_t holder : tensor.held.holders) {
        at(tree.nodes, holder).self = at(tree.nodes, holder).self + tensor.costs;
        for (std::int32_t id = holder; std::ranges::find(shown, id) == shown.end();
             id = at(tree.nodes, id).parent) {
            CostNode& node = at(tree.nodes, id);
            node.each = node.each + tensor.costs;
            node.total = node.total + all;
            shown.push_back(id);
        }
    }
}

/// Sums every subtree. What `tied` tensors cost joins in at their owners.
void sumUp(const Trace& trace, const std::vector<TiedTensor>& tied, CostTree& tree)
{
    for (const TiedTensor& tensor : tied)
        at(tree.nodes, tensor.held.owner).each = at(tree.nodes, tensor.held.owner).each + tensor.costs;
    for (auto id = static_cast<std::int32_t>(tree.nodes.size()) - 1; id >= 0; --id) {
        CostNode& node = at(tree.nodes, id);
        node.each = node.each + node.self;
        if (node.parent < 0)
            continue;
        Costs run = node.each * node.repeat;
        run.activeParams = node.each.activeParams * trace.modules[static_cast<std::size_t>(id)].visited;
        at(tree.nodes, node.parent).each = at(tree.nodes, node.parent).each + run;
    }
    std::vector<Count> visited(trace.modules.size(), 1);
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
        CostNode& node = tree.nodes[i];
        visited[i] = (node.parent < 0 ? Count(1) : at(visited, node.parent)) * trace.modules[i].visited;
        node.total = node.each * node.instances;
        node.total.activeParams = node.each.activeParams * visited[i];
    }
    for (const TiedTensor& tensor : tied)
        showTied(tensor, visited, tree);
}

} // namespace

std::string_view ownKindName(OwnKind kind)
{
    switch (kind) {
    case OwnKind::Operator: return "operator";
    case OwnKind::Tensor: return "tensor";
    case OwnKind::Other: return "other";
    }
    return {};
}

static_assert(sizeof(Costs) == 11 * sizeof(Count), "a new member belongs in + and *");

Costs operator+(const Costs& a, const Costs& b)
{
    return {a.params + b.params,       a.activeParams + b.activeParams, a.forward + b.forward,
            a.backward + b.backward,   a.weightBytes + b.weightBytes,   a.kvCacheBytes + b.kvCacheBytes,
            a.peakBytes + b.peakBytes, a.savedBytes + b.savedBytes,     a.nanoseconds + b.nanoseconds};
}

Costs operator*(const Costs& a, Count n)
{
    return {a.params * n,       a.activeParams * n, a.forward * n,    a.backward * n,   a.weightBytes * n,
            a.kvCacheBytes * n, a.peakBytes * n,    a.savedBytes * n, a.nanoseconds * n};
}

std::vector<Uncounted> CostTree::uncountedBelow(std::int32_t node) const
{
    const std::int32_t end = nodes[static_cast<std::size_t>(node)].end;
    const auto first = std::ranges::lower_bound(uncounted, node, {}, &Uncounted::module);
    const auto last = std::ranges::lower_bound(uncounted, end, {}, &Uncounted::module);
    std::vector<Uncounted> below(first, last);
    for (Uncounted& entry : below)
        entry.module = node;
    return merged(std::move(below));
}

std::span<const OwnPart> CostTree::ownOf(std::int32_t node) const
{
    const std::int32_t first = nodes[static_cast<std::size_t>(node)].firstOwn;
    if (first < 0)
        return {};
    const auto begin = own.begin() + first;
    const auto end = std::find_if(begin, own.end(), [&](const OwnPart& part) { return part.module != node; });
    return {begin, end};
}

void apportion(CostTree& tree, Count Costs::*figure, const std::vector<Count>& totals)
{
    const auto shared = [](Count sum, Count instances) {
        return sum.isSaturated() ? sum : Count(sum.value() / instances.value());
    };
    std::vector<Count> own = totals;
    for (std::size_t i = 1; i < own.size(); ++i)
        at(own, tree.nodes[i].parent) -= totals[i];
    for (std::size_t i = 0; i < own.size(); ++i) {
        CostNode& node = tree.nodes[i];
        const Count instances = std::max<std::int64_t>(1, node.instances);
        node.total.*figure = totals[i];
        node.each.*figure = shared(totals[i], instances);
        // Children that share a tensor have more than their parent.
        node.self.*figure = shared(std::max(own[i], Count(0)), instances);
    }
    shareOwn(tree, figure, own);
}

std::optional<Work> workOf(const Trace& trace, const Op& op, const Convention& convention)
{
    const auto both = overPhase(op, trace.phases[static_cast<std::size_t>(op.phase)].steps, convention);
    return both ? std::optional(both->forward) : std::nullopt;
}

CostTree cost(const Trace& trace, const Convention& convention)
{
    CostTree tree;
    tree.nodes.resize(trace.modules.size());
    std::vector<std::int32_t> children(trace.modules.size());
    for (std::size_t i = 0; i < trace.modules.size(); ++i) {
        const Module& module = trace.modules[i];
        CostNode& node = tree.nodes[i];
        node.parent = module.parent;
        node.end = module.end;
        node.repeat = node.instances = module.repeat;
        if (module.parent >= 0) {
            node.row = at(children, module.parent)++;
            node.instances = (Count(at(tree.nodes, module.parent).instances) * module.repeat).value();
        }
    }
    for (const Parameter& parameter : trace.parameters)
        if (parameter.tieGroup < 0)
            at(tree.nodes, parameter.module).self =
                at(tree.nodes, parameter.module).self + holding(parameter);
    for (const CacheEntry& cache : trace.caches)
        at(tree.nodes, cache.module).self.kvCacheBytes += byteSize({cache.elements.value()}, cache.dtype);
    std::vector<OwnCall> ownCalls = countOps(trace, convention, tree);
    sumUp(trace, tiedTensors(trace), tree);
    addOwnParts(trace, std::move(ownCalls), tree);
    const auto hasGradient = [](const Op& op) { return op.output.requiresGradient; };
    const Work backward = tree.root().total.backward;
    tree.hasBackward =
        backward.macs > Count(0) || backward.flops > Count(0) || std::ranges::any_of(trace.ops, hasGradient);
    return tree;
}

} // namespace sunflop
