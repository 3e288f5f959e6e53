// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/fit.h"

#include "core/model/setting.h"
#include "core/run/axis.h"
#include "core/run/run.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sunflop {

namespace {

constexpr std::array<std::string_view, 8> fittable{"batch", "text_tokens", "images", "image_size",
                                                   "tiles", "new_tokens",  "frames", "cached_tokens"};

} // namespace

Result<FitAnswer> largestThatFits(const BytesAt& bytesAt, const FitRange& range, Count deviceBytes,
                                  const std::stop_token& stop, int mostCounts)
{
    const auto least = bytesAt(range.minimum);
    if (!least)
        return failure(least.error());
    FitAnswer answer{.bytes = *least, .counts = 1};
    if (*least > deviceBytes)
        return answer;
    answer.value = range.minimum;
    std::int64_t fits = 0; // in steps from the minimum
    std::int64_t fails = (range.maximum - range.minimum) / range.step + 1;
    bool looksAtMaximum = true; // a range that fits as a whole needs two counts
    while (fails - fits > 1) {
        if (stop.stop_requested() || answer.counts >= mostCounts) {
            answer.isComplete = false;
            return answer;
        }
        const std::int64_t middle =
            std::exchange(looksAtMaximum, false) ? fails - 1 : fits + (fails - fits) / 2;
        const auto bytes = bytesAt(range.minimum + middle * range.step);
        ++answer.counts;
        if (bytes && *bytes <= deviceBytes) {
            fits = middle;
            answer.value = range.minimum + middle * range.step;
            answer.bytes = *bytes;
        } else {
            fails = middle;
        }
    }
    answer.isMaximum = fits == (range.maximum - range.minimum) / range.step;
    return answer;
}

std::vector<std::string_view> fittableInputs(std::span<const Input> offered)
{
    const std::vector<Axis> axes = axesOf(offered);
    std::vector<std::string_view> ids;
    for (const std::string_view id : fittable)
        if (std::ranges::find(axes, id, &Axis::id) != axes.end())
            ids.push_back(id);
    return ids;
}

Result<FitAnswer> largestThatFits(const TraceAt& traceAt, const FitQuestion& question,
                                  const std::stop_token& stop)
{
    const auto axis = axisNamed(axesOf(question.offered), question.input);
    if (!axis)
        return failure(axis.error());
    const std::vector<Assignment> settings = withLooseShapes(question.offered, question.settings);
    const auto bytesAt = [&](std::int64_t value) -> Result<Count> {
        const auto workload = Workload::from(question.offered, settingsAt(*axis, settings, value));
        if (!workload)
            return failure(workload.error());
        const auto traced = traceAt(*workload);
        if (!traced)
            return failure(traced.error());
        return memoryOf(*traced, *workload).parts.total();
    };
    return largestThatFits(bytesAt, {axis->minimum, axis->maximum, axis->step}, question.deviceBytes, stop);
}

} // namespace sunflop
