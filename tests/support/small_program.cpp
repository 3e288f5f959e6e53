// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/small_program.h"

#include "core/model/ops.h"
#include "core/model/setting.h"
#include "core/model/tracer.h"

#include <algorithm>

namespace sunflop::test {

namespace {

Dimension free(const std::string& id, std::int64_t minimum, std::int64_t maximum, std::int32_t symbol)
{
    return {.id = id, .minimum = minimum, .maximum = maximum, .symbol = symbol, .isFree = true};
}

Input shape(const std::string& id, std::string defaultValue, std::vector<Dimension> dimensions)
{
    return {.id = id,
            .title = id,
            .unit = "f32",
            .defaultValue = std::move(defaultValue),
            .scale = InputScale::Shape,
            .dimensions = std::move(dimensions)};
}

std::vector<Input> arguments()
{
    const Dimension eight{.minimum = 8, .maximum = 8};
    Dimension ofX = eight;
    Dimension ofY = eight;
    ofX.id = "x[2]";
    ofY.id = "y[1]";
    return {shape("x", "4x16x8", {free("x[0]", 1, 64, 0), free("x[1]", 2, 4096, 1), ofX}),
            shape("y", "4x8", {free("y[0]", 1, 64, 0), ofY}),
            shape("points", "2x3,4x3", {}),
            {.id = "mode",
             .title = "mode",
             .defaultValue = "false",
             .scale = InputScale::Choice,
             .choices = {"false", "true"}},
            {.id = "steps", .title = "steps", .minimum = -100, .maximum = 1 << 20, .defaultValue = "1"}};
}

/// The sizes of x, as values of a graph that nobody looks at.
Result<Recorded> record(std::span<const Argument> arguments, Mode)
{
    const auto steps = std::ranges::find(arguments, "steps", &Argument::id);
    if (steps->text == "13")
        return failure(ErrorKind::Unsupported, "steps", "13 steps are one too many");
    return Recorded{.graph = std::make_shared<const Recording>(),
                    .values = parseShapes(arguments.front().text)->front(),
                    .notes = {"The loop ran once."}};
}

Result<Trace> play(const Source& source, const Workload& workload)
{
    const auto recorded = source.program->record(workload.arguments, workload.mode);
    if (!recorded)
        return failure(recorded.error());
    Tracer t({.weightDType = DType::F32, .activationDType = DType::F32});
    {
        const auto model = t.module("", "Small");
        const auto layer = t.module("proj", "Linear");
        linear(t.input({recorded->values[0], recorded->values[1], 8}), t.parameter("weight", {16, 8}));
    }
    auto trace = t.finish();
    if (trace)
        trace->notes = recorded->notes;
    return trace;
}

const Family& family()
{
    static const Family entry{.id = "small", .title = "Recorded program", .modelTypes = {}, .trace = play};
    return entry;
}

} // namespace

Model smallProgram()
{
    auto program = std::make_shared<Program>();
    program->arguments = arguments();
    program->record = record;
    auto stored = std::make_shared<Stored>();
    stored->modules = {{.path = "", .className = "Small"}, {.path = "proj", .className = "Linear"}};
    stored->tensors = {{.name = "proj.weight", .shape = {16, 8}, .bytes = 16 * 8 * 4}};
    Source source{.name = "small", .place = "/nowhere/small.pt2", .notes = {"Exported by hand."}};
    source.stored = std::move(stored);
    std::vector<Input> inputs = program->arguments;
    for (Input& input : inputs)
        input.isArgument = true;
    source.program = std::move(program);
    return Model{.source = std::move(source),
                 .family = &family(),
                 .inputs = withRunInputs(std::move(inputs)),
                 .settings = {},
                 .fingerprint = {.bytes = 1, .sha256 = std::string(64, 'a')}};
}

} // namespace sunflop::test
