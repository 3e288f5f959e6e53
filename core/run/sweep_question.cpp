// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/sweep_question.h"

#include "core/base/units.h"
#include "core/run/device_costs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace sunflop {

namespace {

struct UsualRange {
    std::string_view input;
    std::int64_t from;
    std::int64_t to;
};

constexpr std::array usualRanges{
    UsualRange{"image_width", 112, 1792},  UsualRange{"image_height", 112, 1792},
    UsualRange{"text_tokens", 16, 131072}, UsualRange{"cached_tokens", 16, 131072},
    UsualRange{"new_tokens", 1, 32768},    UsualRange{"batch", 1, 256},
    UsualRange{"images", 1, 64},           UsualRange{"tiles", 1, 48},
};

/// Close enough that a step of the tiling rule looks like one.
constexpr std::size_t points = 120;

bool asksFor(const SweepQuestion& question, Basis basis)
{
    return std::ranges::any_of(question.measures,
                               [basis](const Measure* measure) { return measure->basis == basis; });
}

/// What one side costs at a value, in groups; two sides are a group each.
std::optional<std::vector<Group>> count(const SweepQuestion& question, const SweepSide& side,
                                        std::int64_t value)
{
    const Model& model = *side.model;
    const auto workload = Workload::from(model.inputs, settingsAt(question.axis, side.settings, value));
    if (!workload)
        return std::nullopt;
    const auto traced = model.family->trace(model.source, *workload);
    if (!traced)
        return std::nullopt;
    CostTree costs = cost(*traced, *side.convention);
    if (const auto method = quantisationOf(*workload))
        addWeights(costs, weightBytesOf(*traced, *method, workload->mode));
    if (asksFor(question, Basis::Memory))
        addMemory(costs, memoryOf(*traced, *workload));
    if (asksFor(question, Basis::Time))
        addTimes(costs, *traced, timingOf(*traced, *workload));
    if (!question.isComparison())
        return breakdown(*traced, costs, *side.convention, question.grouping);
    const bool isA = &side == &question.sides.front();
    return std::vector{Group{
        .name = isA ? "A" : "B", .node = 0, .costs = costs.root().total, .hasBackward = costs.hasBackward}};
}

} // namespace

bool SweepQuestion::hasSameCurve(const SweepQuestion& other) const
{
    const auto isSame = [](const SweepSide& x, const SweepSide& y) {
        return x.model == y.model && x.settings == y.settings && x.convention == y.convention;
    };
    return std::ranges::equal(sides, other.sides, isSame) && measures == other.measures &&
           grouping == other.grouping && axis == other.axis && range.from == other.range.from &&
           range.to == other.range.to;
}

bool isWide(std::int64_t from, std::int64_t to)
{
    return to > 100 * std::max<std::int64_t>(1, from);
}

SweepRange usualRange(const Axis& axis, std::optional<std::int64_t> current)
{
    SweepRange range{.from = axis.minimum,
                     .to = axis.maximum,
                     .minimum = axis.minimum,
                     .step = axis.step,
                     .points = points};
    const auto usual = std::ranges::find(usualRanges, axis.inputs.front(), &UsualRange::input);
    if (axis.usual > 0) {
        range.from = std::clamp<std::int64_t>(1, axis.minimum, axis.maximum);
        range.to = std::clamp(axis.usual, range.from, axis.maximum);
    } else if (usual != usualRanges.end()) {
        range.from = std::clamp(usual->from, axis.minimum, axis.maximum);
        range.to = std::clamp(usual->to, range.from, axis.maximum);
    }
    if (current) {
        range.from = std::min(range.from, *current);
        range.to = std::max(range.to, *current);
    }
    range.isLogarithmic = isWide(range.from, range.to);
    return range;
}

std::optional<std::int64_t> currentValue(const Axis& axis, const Run& run)
{
    const Workload& workload = run.workload;
    if (axis.id == "image_size") {
        const auto area =
            static_cast<double>(workload.imageWidth) * static_cast<double>(workload.imageHeight);
        return workload.tiles ? std::nullopt : std::optional<std::int64_t>(std::llround(std::sqrt(area)));
    }
    if (axis.inputs.front() == "tiles" && !workload.tiles)
        return run.trace.run.images ? std::optional(run.trace.run.images->tilesPerImage) : std::nullopt;
    const auto value = parseWhole(workload.text(axis.inputs.front()));
    return value ? std::optional(*value) : std::nullopt;
}

std::optional<Sweep> answer(const SweepQuestion& question, const std::stop_token& stop)
{
    const auto countAt = [&](std::int64_t value) -> std::optional<std::vector<Group>> {
        std::vector<Group> groups;
        for (const SweepSide& side : question.sides) {
            auto counted = count(question, side, value);
            if (!counted)
                return std::nullopt;
            std::ranges::move(*counted, std::back_inserter(groups));
        }
        return groups;
    };
    return sweep(sweepValues(question.range, question.current), countAt, question.measure(),
                 question.axis.step, stop);
}

} // namespace sunflop
