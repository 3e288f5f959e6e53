// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/fit.h"

#include "core/run/run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace sunflop {

namespace {

constexpr std::string_view imageSize = "image_size";
constexpr std::array<std::string_view, 2> sides{"image_width", "image_height"};
constexpr std::array<std::string_view, 8> fittable{"batch", "text_tokens", "images", imageSize,
                                                   "tiles", "new_tokens",  "frames", "cached_tokens"};

/// The inputs that a question sets.
std::vector<std::string_view> inputsOf(std::string_view input)
{
    if (input == imageSize)
        return {sides.begin(), sides.end()};
    return {input};
}

/// Settings that cannot stand beside the input: the image's size excludes its tiles and the reverse.
bool isExcluded(std::string_view input, std::string_view setting)
{
    const bool isSide = std::ranges::find(sides, setting) != sides.end();
    const bool setsSide = input == imageSize || std::ranges::find(sides, input) != sides.end();
    return setting == input || (isSide && (input == imageSize || input == "tiles")) ||
           (setsSide && setting == "tiles");
}

const Input* inputNamed(std::span<const Input> offered, std::string_view id)
{
    const auto found = std::ranges::find(offered, id, &Input::id);
    return found == offered.end() || found->scale == InputScale::Choice ? nullptr : &*found;
}

Result<FitRange> rangeOf(const FitQuestion& question)
{
    FitRange range{.minimum = 1, .maximum = Count::saturated().value()};
    for (const std::string_view id : inputsOf(question.input)) {
        const Input* const input = inputNamed(question.offered, id);
        if (input == nullptr)
            return failure(ErrorKind::NotFound, std::string(question.input),
                           fmt::format("no such number here, expected one of {}",
                                       fmt::join(fittableInputs(question.offered), ", ")));
        range.minimum = std::max(range.minimum, input->minimum);
        range.maximum = std::min(range.maximum, input->maximum);
        range.step = std::max(range.step, input->step);
    }
    return range;
}

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
    std::vector<std::string_view> ids;
    for (const std::string_view id : fittable)
        if (std::ranges::all_of(
                inputsOf(id), [&](std::string_view input) { return inputNamed(offered, input) != nullptr; }))
            ids.push_back(id);
    return ids;
}

std::vector<Assignment> settingsAt(const FitQuestion& question, std::int64_t value)
{
    std::vector<Assignment> settings;
    for (const Assignment& setting : question.settings)
        if (!isExcluded(question.input, setting.id))
            settings.push_back(setting);
    for (const std::string_view id : inputsOf(question.input))
        settings.push_back({std::string(id), std::to_string(value)});
    return settings;
}

Result<FitAnswer> largestThatFits(const TraceAt& traceAt, const FitQuestion& question,
                                  const std::stop_token& stop)
{
    const auto range = rangeOf(question);
    if (!range)
        return failure(range.error());
    const auto bytesAt = [&](std::int64_t value) -> Result<Count> {
        const auto workload = Workload::from(question.offered, settingsAt(question, value));
        if (!workload)
            return failure(workload.error());
        const auto traced = traceAt(*workload);
        if (!traced)
            return failure(traced.error());
        return memoryOf(*traced, *workload).parts.total();
    };
    return largestThatFits(bytesAt, *range, question.deviceBytes, stop);
}

} // namespace sunflop
