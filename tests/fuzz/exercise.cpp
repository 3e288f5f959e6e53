// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/exercise.h"

#include "core/exporters/exporter.h"
#include "core/model/argument.h"
#include "core/sunflop.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace sunflop::fuzz {

namespace {

/// A shape as large as each dimension may be, up to where the product is too large to ask for.
std::string largestShape(const Input& input)
{
    auto shapes = parseShapes(input.defaultValue).value_or(std::vector<Sizes>(1));
    for (std::size_t i = 0; i < input.dimensions.size() && i < shapes.front().size(); ++i)
        if (input.dimensions[i].isFree)
            shapes.front()[i] = std::min<std::int64_t>(input.dimensions[i].maximum, 4096);
    return shapesText(shapes);
}

/// Every number as large as it may be. Tiles stay the model's own: they exclude the image's size.
std::vector<Assignment> largest(const std::vector<Input>& offered)
{
    std::vector<Assignment> assignments;
    for (const Input& input : offered)
        if (input.scale == InputScale::Shape)
            assignments.push_back({std::string(input.id), largestShape(input)});
        else if (input.scale != InputScale::Choice && input.id != "tiles")
            assignments.push_back({std::string(input.id), std::to_string(input.maximum)});
    return assignments;
}

/// Figures of thousands of modules are written as those of a few, only slower.
constexpr std::size_t mostModulesWritten = 1000;

void write(const Run& run)
{
    if (run.trace.modules.size() > mostModulesWritten)
        return;
    for (const Exporter& exporter : exporters()) {
        const std::string text = exportedText(exporter, run);
        require(!text.empty(), "an exporter writes something");
        if (exporter.id == "json")
            require(nlohmann::json::accept(text), "the JSON report is JSON");
    }
}

/// Traces one run once and counts it under every convention.
void exercise(const Source& source, const std::vector<Input>& offered,
              const std::vector<Assignment>& assignments)
{
    const auto workload = Workload::from(offered, assignments);
    requireReason(workload);
    if (!workload)
        return;
    const auto traced = trace(source, *workload);
    requireReason(traced);
    if (!traced)
        return;
    for (const Convention& convention : conventions()) {
        const Run run = counted(source, offered, *workload, *traced, convention);
        const Costs& total = run.costs.root().total;
        require(std::min({total.params, total.activeParams, total.forward.macs, total.forward.flops,
                          total.backward.macs, total.backward.flops, total.weightBytes,
                          total.kvCacheBytes}) >= Count(0),
                "no total is negative");
        write(run);
    }
}

} // namespace

void exercise(const Source& source)
{
    const auto offered = inputsOf(source);
    requireReason(offered);
    if (!offered)
        return;
    require(Workload::from(*offered, {}).has_value(), "the defaults make a run");
    exercise(source, *offered, {});
    exercise(source, *offered, largest(*offered));
}

} // namespace sunflop::fuzz
