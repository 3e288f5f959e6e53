// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sunburst/sunburst_colours.h"

#include "core/cost/intensity.h"
#include "ui/text.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <array>
#include <cmath>

namespace sunflop {

namespace {

const CostNode& costsAt(const Run& run, std::int32_t node)
{
    return run.costs.nodes[static_cast<std::size_t>(node)];
}

/// The colour of the model's child that a module lies in; that of the first for the model itself.
int branchOf(const Run& run, std::int32_t node, const BranchColours& branches)
{
    while (costsAt(run, node).parent > 0)
        node = costsAt(run, node).parent;
    const auto row = static_cast<std::size_t>(costsAt(run, node).row);
    return row < branches.size() ? branches[row] : static_cast<int>(row);
}

/// From here to `most` powers of ten, FLOPs per byte: memory-bound everywhere to compute-bound everywhere.
constexpr int mostDecades = 4;

QColor heatOf(const Theme& theme, double flopsPerByte)
{
    return flopsPerByte > 0 ? theme.heat(std::log10(std::max(1.0, flopsPerByte)) / mostDecades) : theme.rest;
}

QColor depthFill(const Theme& theme, int ring, int rings)
{
    return theme.heat((ring + 0.5) / std::max(1, rings));
}

Role roleOf(const Run& run, const Slice& slice)
{
    return run.trace.modules[static_cast<std::size_t>(slice.last)].role;
}

/// Containers take the colour of their branch, the lighter the further out; what has no slices outside it,
/// that of its role.
bool hasBranchFill(const Run& run, const Slice& slice, bool isOutermost)
{
    const Module& module = run.trace.modules[static_cast<std::size_t>(slice.last)];
    const bool isContainer = module.end > slice.last + 1;
    return slice.kind == Slice::Kind::Module && isContainer && (!isOutermost || module.role == Role::Other);
}

bool isOutermost(const std::vector<Slice>& slices, std::size_t slice)
{
    return slice + 1 == slices.size() || slices[slice + 1].ring <= slices[slice].ring;
}

std::vector<QColor> intensityFills(const Run& run, const SunburstLayout& layout, const Theme& theme)
{
    const Measure& flops = measureNamed("flops");
    const std::vector<Traffic> bytes = traffic(run.trace, run.costs);
    std::vector<QColor> fills;
    for (const Slice& slice : layout.slices()) {
        const CostNode& costs = costsAt(run, slice.last);
        const Traffic& moved = bytes[static_cast<std::size_t>(slice.last)];
        const bool isOwn = slice.kind == Slice::Kind::Own;
        fills.push_back(heatOf(theme, isOwn ? intensity(ownTotal(costs, flops), moved.own)
                                            : intensity(costs.total.forward.flops, moved.total)));
    }
    return fills;
}

struct Sum {
    QColor fill;
    QString title;
    Count count;
    Hatch hatch = Hatch::None;
};

/// Tied parameters are in every role that holds them, so shares may come to more than one.
Legend sharesOf(std::vector<Sum> sums, Count whole)
{
    std::ranges::stable_sort(sums, std::ranges::greater(), &Sum::count);
    Legend legend;
    for (const Sum& sum : sums)
        if (text::fraction(sum.count, whole) >= 0.001)
            legend.entries.push_back({sum.fill, sum.title, text::share(sum.count, whole), sum.hatch});
    return legend;
}

Legend roleShares(const Run& run, const Measure& measure, const Theme& theme, std::int32_t root)
{
    std::array<Count, roleCount> counts{};
    for (std::int32_t node = root; node < costsAt(run, root).end; ++node) {
        const Role role = run.trace.modules[static_cast<std::size_t>(node)].role;
        counts[static_cast<std::size_t>(role)] += ownTotal(costsAt(run, node), measure);
    }
    std::vector<Sum> sums;
    for (std::size_t i = 0; i < roleCount; ++i)
        sums.push_back({theme.roles[i], text::roleTitle(static_cast<Role>(i)), counts[i], theme.hatches[i]});
    return sharesOf(std::move(sums), measure.of(costsAt(run, root).total));
}

Legend branchShares(const Run& run, const Measure& measure, const Theme& theme, std::int32_t root,
                    const BranchColours& branches)
{
    std::vector<Sum> sums;
    for (std::int32_t child = 1; child < costsAt(run, 0).end; child = costsAt(run, child).end)
        if (root == 0 || (child <= root && root < costsAt(run, child).end))
            sums.push_back({theme.branch(branchOf(run, child, branches), 0), text::name(run, child),
                            measure.of(costsAt(run, root == 0 ? child : root).total)});
    return sharesOf(std::move(sums), measure.of(costsAt(run, root).total));
}

} // namespace

std::vector<QColor> sliceFills(const Run& run, const SunburstLayout& layout, const Theme& theme, ColourBy by,
                               const BranchColours& branches)
{
    if (by == ColourBy::Intensity)
        return intensityFills(run, layout, theme);
    std::vector<QColor> fills;
    const auto& slices = layout.slices();
    for (std::size_t i = 0; i < slices.size(); ++i) {
        const Slice& slice = slices[i];
        if (slice.kind == Slice::Kind::Rest)
            fills.push_back(theme.rest);
        else if (by == ColourBy::Branch)
            fills.push_back(theme.branch(branchOf(run, slice.node, branches), slice.ring));
        else if (by == ColourBy::Depth)
            fills.push_back(depthFill(theme, slice.ring, layout.rings()));
        else
            fills.push_back(hasBranchFill(run, slice, isOutermost(slices, i))
                                ? theme.branch(branchOf(run, slice.node, branches), slice.ring)
                                : theme.role(roleOf(run, slice)));
    }
    return fills;
}

std::vector<Hatch> sliceHatches(const Run& run, const SunburstLayout& layout, const Theme& theme, ColourBy by)
{
    const auto& slices = layout.slices();
    std::vector<Hatch> hatches(slices.size(), Hatch::None);
    for (std::size_t i = 0; i < slices.size() && by == ColourBy::Role; ++i)
        if (slices[i].kind != Slice::Kind::Rest && !hasBranchFill(run, slices[i], isOutermost(slices, i)))
            hatches[i] = theme.hatch(roleOf(run, slices[i]));
    return hatches;
}

Legend legendOf(const Run& run, const Measure& measure, const Theme& theme, ColourBy by, std::int32_t root,
                int rings, const BranchColours& branches)
{
    Legend legend;
    switch (by) {
    case ColourBy::Role: return roleShares(run, measure, theme, root);
    case ColourBy::Branch: return branchShares(run, measure, theme, root, branches);
    case ColourBy::Depth:
        for (int ring = 0; ring < rings; ++ring)
            legend.entries.push_back({depthFill(theme, ring, rings),
                                      QCoreApplication::translate("sunburst", "Ring %1").arg(ring + 1),
                                      QString()});
        break;
    case ColourBy::Intensity:
        legend.isScale = true;
        legend.unit = QCoreApplication::translate("sunburst", "FLOPs per byte");
        for (int decade = 0; decade <= mostDecades; ++decade)
            legend.entries.push_back({heatOf(theme, std::pow(10.0, decade)),
                                      QLocale::c().toString(std::pow(10.0, decade), 'f', 0), QString()});
        break;
    }
    return legend;
}

} // namespace sunflop
