// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/audit/printed_costs.h"

#include "core/audit/printed_amount.h"
#include "core/sunflop.h"

#include <algorithm>
#include <numeric>

namespace sunflop {

namespace {

/// One instance's figures, and what each may be off by.
struct RoundedCosts {
    Costs value;
    Costs error;
};

RoundedCosts roundedCosts(const PrintedFigures& figures)
{
    const Rounded params = rounded(figures.params);
    const Rounded macs = rounded(figures.macs);
    const Rounded flops = rounded(figures.flops);
    return {{.params = params.value, .forward = {macs.value, flops.value}},
            {.params = params.error, .forward = {macs.error, flops.error}}};
}

/// Instances of every printed module.
std::vector<Count> instancesOf(const PrintedReport& report)
{
    std::vector<Count> instances;
    for (const PrintedModule& printed : report.modules) {
        const Module& module = printed.module;
        const Count outer = module.parent < 0 ? 1 : instances[static_cast<std::size_t>(module.parent)];
        instances.push_back(outer * module.repeat);
    }
    return instances;
}

/// The tree of a trace, nothing counted yet.
CostTree emptied(CostTree tree)
{
    for (CostNode& node : tree.nodes) {
        node.self = node.each = node.total = Costs{};
        node.firstOwn = -1; // what a report prints is not told by calls
    }
    tree.own.clear();
    tree.uncounted.clear();
    return tree;
}

/// `traced` holds the node of every printed module; several where a run is printed one by one.
void addPrinted(const PrintedReport& report, const std::vector<std::int32_t>& traced, PrintedCosts& side)
{
    const std::vector<Count> instances = instancesOf(report);
    std::vector<CostNode>& nodes = side.run.costs.nodes;
    std::vector<bool> isKnown(nodes.size());
    for (std::size_t p = 0; p < report.modules.size(); ++p) {
        if (report.modules[p].module.isContainer)
            continue;
        const RoundedCosts one = roundedCosts(report.modules[p].figures);
        const auto node = static_cast<std::size_t>(traced[p]);
        nodes[node].total = nodes[node].total + one.value * instances[p];
        side.errors[node] = side.errors[node] + one.error * instances[p];
        isKnown[node] = true;
    }
    for (std::size_t i = nodes.size(); i-- > 1;) {
        const auto parent = static_cast<std::size_t>(nodes[i].parent);
        if (isKnown[parent])
            continue;
        nodes[parent].total = nodes[parent].total + nodes[i].total;
        side.errors[parent] = side.errors[parent] + side.errors[i];
    }
}

/// One figure of every node, from its totals: `each` and `self` per instance.
template<typename Figure>
void share(CostTree& tree, Figure figure)
{
    std::vector<Count> own;
    for (const CostNode& node : tree.nodes)
        own.push_back(figure(node.total));
    for (std::size_t i = 1; i < own.size(); ++i)
        own[static_cast<std::size_t>(tree.nodes[i].parent)] -= figure(tree.nodes[i].total);
    for (std::size_t i = 0; i < own.size(); ++i) {
        CostNode& node = tree.nodes[i];
        const auto one = [&](Count all) {
            return all.isSaturated() ? all : Count(all.value() / std::max<std::int64_t>(1, node.instances));
        };
        figure(node.each) = one(figure(node.total));
        figure(node.self) = one(std::max(own[i], Count(0)));
    }
}

/// The printed modules as a trace.
Trace asPrinted(const PrintedReport& report)
{
    Trace trace;
    for (const PrintedModule& printed : report.modules) {
        trace.modules.push_back(printed.module);
        trace.modules.back().ran = rounded(printed.figures.flops).value > Count(0);
    }
    trace.phases = {Phase{}};
    return trace;
}

} // namespace

bool isPrinted(const Measure& measure)
{
    return measure.id == "params" || measure.id == "macs" || measure.id == "flops";
}

Result<PrintedCosts> printedCosts(const Source& source)
{
    PrintedCosts side;
    auto inference = infer(source);
    if (!source.report)
        return failure(inference.error());
    const PrintedReport& report = *source.report;
    Alignment alignment;
    if (inference) {
        alignment = align(report, inference->run.trace);
        side.difference = alignment.difference;
    } else {
        side.difference = inference.error().detail;
    }
    if (side.difference.empty()) {
        side.run = inference->run;
        side.behind = *std::move(inference);
    } else {
        side.run = counted(source, {}, Workload{}, asPrinted(report), calflopsConvention());
        alignment.traced.resize(report.modules.size());
        std::iota(alignment.traced.begin(), alignment.traced.end(), 0);
    }
    side.run.costs = emptied(std::move(side.run.costs));
    side.errors.resize(side.run.costs.nodes.size());
    addPrinted(report, alignment.traced, side);
    share(
        side.run.costs, [](auto& costs) -> auto& { return costs.params; });
    share(
        side.run.costs, [](auto& costs) -> auto& { return costs.forward.macs; });
    share(
        side.run.costs, [](auto& costs) -> auto& { return costs.forward.flops; });
    return side;
}

} // namespace sunflop
