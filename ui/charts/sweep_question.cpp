// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/sweep_question.h"

#include "core/base/units.h"
#include "core/run/device_costs.h"
#include "core/run/run.h"
#include "ui/charts/chart_theme.h"
#include "ui/text.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <cmath>

namespace sunflop {

namespace {

constexpr std::string_view width = "image_width";
constexpr std::string_view height = "image_height";

/// What people ask about, far narrower than what an input takes.
struct UsualRange {
    std::string_view input;
    std::int64_t from;
    std::int64_t to;
};

constexpr std::array usualRanges{
    UsualRange{width, 112, 1792},          UsualRange{height, 112, 1792},
    UsualRange{"text_tokens", 16, 131072}, UsualRange{"cached_tokens", 16, 131072},
    UsualRange{"new_tokens", 1, 32768},    UsualRange{"batch", 1, 256},
    UsualRange{"images", 1, 64},           UsualRange{"tiles", 1, 48},
};

/// Close enough that a step of the tiling rule looks like one; few enough for a model that takes long to
/// count.
constexpr std::size_t points = 120;
constexpr std::size_t fewPoints = 17;

const Input* inputNamed(const Model& model, std::string_view id)
{
    const auto found = std::ranges::find(model.inputs, id, &Input::id);
    return found == model.inputs.end() ? nullptr : &*found;
}

SweepAxis axisOf(const Input& input)
{
    return {.id = text::from(input.id),
            .title = QCoreApplication::translate("inputs", std::string(input.title).c_str()),
            .unit = text::from(input.unit),
            .inputs = {std::string(input.id)},
            .minimum = input.minimum,
            .maximum = input.maximum,
            .step = input.step};
}

SweepRange rangeOf(const SweepAxis& axis, std::optional<std::int64_t> current)
{
    SweepRange range{.from = axis.minimum,
                     .to = axis.maximum,
                     .minimum = axis.minimum,
                     .step = axis.step,
                     .points = points};
    const auto usual = std::ranges::find(usualRanges, axis.inputs.front(), &UsualRange::input);
    if (usual != usualRanges.end()) {
        range.from = std::clamp(usual->from, axis.minimum, axis.maximum);
        range.to = std::clamp(usual->to, range.from, axis.maximum);
    }
    if (current) {
        range.from = std::min(range.from, *current);
        range.to = std::max(range.to, *current);
    }
    range.isLogarithmic = range.to > 100 * std::max<std::int64_t>(1, range.from);
    return range;
}

/// Settings with one value on the axis.
std::vector<Assignment> with(const SweepQuestion& question, std::int64_t value)
{
    std::vector<Assignment> settings = question.settings;
    for (const std::string& input : question.axis.inputs)
        settings.push_back({input, std::to_string(value)});
    return settings;
}

/// What the session would drop if the axis were set: the image's size excludes its tiles and the reverse.
bool isExcluded(const SweepAxis& axis, std::string_view input)
{
    const bool isSize = input == width || input == height;
    const auto isOnAxis = [&](std::string_view id) {
        return std::ranges::find(axis.inputs, id) != axis.inputs.end();
    };
    return isOnAxis(input) || (isSize && isOnAxis("tiles")) ||
           (input == "tiles" && (isOnAxis(width) || isOnAxis(height)));
}

} // namespace

std::vector<SweepAxis> sweepAxes(const Model& model)
{
    std::vector<SweepAxis> axes;
    const Input* first = inputNamed(model, width);
    const Input* second = inputNamed(model, height);
    if (first != nullptr && second != nullptr && first->step == second->step) {
        SweepAxis square = axisOf(*first);
        square.id = QStringLiteral("image_size");
        square.title = QCoreApplication::translate("inputs", "Image size");
        square.inputs = {std::string(width), std::string(height)};
        square.minimum = std::max(first->minimum, second->minimum);
        square.maximum = std::min(first->maximum, second->maximum);
        axes.push_back(square);
    }
    for (const Input& input : model.inputs)
        if (input.scale != InputScale::Choice && input.minimum < input.maximum)
            axes.push_back(axisOf(input));
    if (first == nullptr)
        std::ranges::stable_partition(
            axes, [](const SweepAxis& axis) { return axis.id == QLatin1String("text_tokens"); });
    return axes;
}

std::optional<std::int64_t> currentValue(const SweepAxis& axis, const Run& run)
{
    const Workload& workload = run.workload;
    if (axis.inputs.size() == 2) {
        const auto area =
            static_cast<double>(workload.imageWidth) * static_cast<double>(workload.imageHeight);
        return workload.tiles ? std::nullopt : std::optional<std::int64_t>(std::llround(std::sqrt(area)));
    }
    if (axis.inputs.front() == "tiles" && !workload.tiles)
        return run.trace.run.images ? std::optional(run.trace.run.images->tilesPerImage) : std::nullopt;
    const auto value = parseWhole(workload.text(axis.inputs.front()));
    return value ? std::optional(*value) : std::nullopt;
}

QString currentText(const SweepAxis& axis, const Run& run)
{
    const Workload& workload = run.workload;
    if (axis.inputs.size() == 2 && workload.imageWidth != workload.imageHeight)
        return text::exact(workload.imageWidth) + QStringLiteral(" × ") +
               withUnit(workload.imageHeight, axis.unit);
    return withUnit(currentValue(axis, run).value_or(0), axis.unit);
}

bool SweepQuestion::hasSameCurve(const SweepQuestion& other) const
{
    return model == other.model && settings == other.settings && convention == other.convention &&
           measure == other.measure && grouping == other.grouping && axis == other.axis &&
           range.from == other.range.from && range.to == other.range.to;
}

SweepQuestion questionOf(const Session& session, const SweepAxis& axis, Grouping grouping)
{
    SweepQuestion question{.model = session.sharedModel(),
                           .convention = session.run().convention,
                           .measure = &session.lens().measure(),
                           .grouping = grouping,
                           .axis = axis,
                           .current = currentValue(axis, session.run())};
    std::ranges::copy_if(session.settings(), std::back_inserter(question.settings),
                         [&](const Assignment& a) { return !isExcluded(axis, a.id); });
    question.range = rangeOf(axis, question.current);
    // A model that takes long to count gets a curve in a second or two.
    if (session.isLarge())
        question.range.points = fewPoints;
    return question;
}

std::optional<Sweep> answer(const SweepQuestion& question, const std::stop_token& stop)
{
    const Model& model = *question.model;
    const auto countAt = [&](std::int64_t value) -> std::optional<std::vector<Group>> {
        const auto workload = Workload::from(model.inputs, with(question, value));
        if (!workload)
            return std::nullopt;
        const auto traced = model.family->trace(model.source.config, *workload);
        if (!traced)
            return std::nullopt;
        CostTree costs = cost(*traced, *question.convention);
        if (question.measure->basis == Basis::Memory)
            addMemory(costs, memoryOf(*traced, *workload));
        if (question.measure->basis == Basis::Time)
            addTimes(costs, timingOf(*traced, *workload));
        return breakdown(*traced, costs, *question.convention, question.grouping);
    };
    return sweep(sweepValues(question.range, question.current), countAt, *question.measure,
                 question.axis.step, stop);
}

} // namespace sunflop
