// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/torchscript/baked.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace sunflop {

namespace {

const RecordedTensor& tensorAt(const Recording& recording, TensorIndex tensor)
{
    return recording.tensors[static_cast<std::size_t>(tensor.index)];
}

double elementsOf(const Recording& recording, TensorIndex tensor)
{
    double elements = tensor.index < 0 ? 0 : 1;
    if (tensor.index >= 0)
        for (const RecordedSize& size : tensorAt(recording, tensor).sizes)
            elements *= static_cast<double>(size.value);
    return elements;
}

std::vector<TensorIndex> readBy(const RecordedCall& call)
{
    std::vector<TensorIndex> tensors;
    for (const RecordedArgument& argument : call.arguments) {
        if (const auto* one = std::get_if<TensorIndex>(&argument.value))
            tensors.push_back(*one);
        else if (const auto* list = std::get_if<std::vector<TensorIndex>>(&argument.value))
            tensors.insert(tensors.end(), list->begin(), list->end());
    }
    return tensors;
}

bool isInPlace(std::string_view target)
{
    return target.substr(0, target.rfind('.')).ends_with('_');
}

/// Whether a call does nothing but look at memory that is there.
bool isView(const Recording& recording, const RecordedCall& call, const std::vector<TensorIndex>& read)
{
    const auto memory = [&](TensorIndex tensor) {
        return tensor.index < 0 ? -1 : tensorAt(recording, tensor).memory;
    };
    const auto looksAt = [&](TensorIndex result) {
        return memory(result) >= 0 && std::ranges::find(read, memory(result), memory) != read.end();
    };
    return !isInPlace(call.target) && !call.results.empty() && std::ranges::all_of(call.results, looksAt);
}

/// Elements that calls read and make: grows with every size that the work depends on, of what a call sums up
/// too.
double workOf(const Recording& recording)
{
    double work = 0;
    for (const RecordedCall& call : recording.calls) {
        const std::vector<TensorIndex> read = readBy(call);
        if (isView(recording, call, read))
            continue;
        for (const TensorIndex tensor : read)
            work += elementsOf(recording, tensor);
        for (const TensorIndex result : call.results)
            work += elementsOf(recording, result);
    }
    return work;
}

/// The first dimension of the first output; nothing where there is none.
std::optional<std::int64_t> rowsOf(const Recording& recording)
{
    for (const TensorIndex output : recording.outputs)
        if (output.index >= 0)
            if (const auto& sizes = tensorAt(recording, output).sizes; !sizes.empty())
                return sizes.front().value;
    return std::nullopt;
}

/// The steps that recurrent layers make along the first dimension of what they are given, all together.
std::int64_t stepsOf(const Recording& recording)
{
    std::int64_t steps = 0;
    for (const RecordedCall& call : recording.calls) {
        const std::string_view target = call.target;
        const bool isRecurrent = target.starts_with("aten.lstm.") || target.starts_with("aten.gru.") ||
                                 target.starts_with("aten.rnn_tanh.") || target.starts_with("aten.rnn_relu.");
        const auto order = std::ranges::find(call.arguments, "batch_first", &RecordedArgument::name);
        const bool* isBatchFirst = order == call.arguments.end() ? nullptr : std::get_if<bool>(&order->value);
        const std::vector<TensorIndex> read = readBy(call);
        if (isRecurrent && isBatchFirst != nullptr && !*isBatchFirst && !read.empty() && read[0].index >= 0)
            if (const auto& sizes = tensorAt(recording, read[0]).sizes; !sizes.empty())
                steps += sizes.front().value;
    }
    return steps;
}

/// The examples with one dimension of every tensor that has it twice as long.
std::vector<ScriptArgument> doubled(std::vector<ScriptArgument> arguments, std::size_t dimension)
{
    for (ScriptArgument* tensor : tensorsOf(arguments))
        for (Sizes& sizes : tensor->example.shapes)
            if (dimension < sizes.size())
                sizes[dimension] *= 2;
    return arguments;
}

/// What twice the first dimension shows. `second` is the run at twice the second one.
std::vector<std::string> firstDimension(const Recording& once, const Result<TorchRun>& twice,
                                        const Result<TorchRun>& second)
{
    if (!twice)
        return {};
    if (twice->stop && !twice->stop->dependsOnValues)
        return {fmt::format("The traced program has the first dimension of its example baked in: it does not "
                            "run at twice of it ({}).",
                            twice->stop->message)};
    if (workOf(twice->graph) <= workOf(once))
        return {"The traced program has the first dimension of its example baked in: twice of it is no more "
                "work."};
    // Results have as many rows as the batch. Where layers step along the first dimension, or results follow
    // the second, the first is none.
    const auto rows = rowsOf(once);
    const auto more = rowsOf(twice->graph);
    const bool isBatchSecond = second && !second->stop && rows && rowsOf(second->graph) == 2 * *rows;
    if (rows && more && *more != 2 * *rows && !isBatchSecond && stepsOf(twice->graph) <= stepsOf(once))
        return {
            fmt::format("The traced program has its batch baked in: at twice the first dimension its output "
                        "has {} rows, {} expected.",
                        *more, 2 * *rows)};
    return {};
}

} // namespace

std::vector<std::string>
bakedSizes(const std::vector<ScriptArgument>& arguments,
           const std::function<Result<TorchRun>(const std::vector<ScriptArgument>&)>& run)
{
    std::vector<ScriptArgument> examples = arguments;
    std::size_t dimensions = 0;
    for (const ScriptArgument* tensor : tensorsOf(examples))
        for (const Sizes& sizes : tensor->example.shapes)
            dimensions = std::max(dimensions, sizes.size());
    const auto once = run(examples);
    if (!once || once->stop || dimensions == 0)
        return {};
    std::vector<Result<TorchRun>> twice;
    for (std::size_t i = 0; i < std::max<std::size_t>(dimensions, 2); ++i)
        twice.push_back(run(doubled(examples, i)));
    std::vector<std::string> notes = firstDimension(once->graph, twice[0], twice[1]);
    for (std::size_t i = 1; i < dimensions; ++i)
        if (twice[i] && !twice[i]->stop && workOf(twice[i]->graph) <= workOf(once->graph))
            notes.push_back(fmt::format("The traced program has dimension {} of its example baked in: twice "
                                        "its size is no more work.",
                                        i));
    return notes;
}

} // namespace sunflop
