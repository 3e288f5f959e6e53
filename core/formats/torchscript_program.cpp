// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/torchscript_program.h"

#include "core/base/units.h"
#include "core/formats/torchscript_arguments.h"
#include "core/formats/torchscript_examples.h"
#include "core/worker/recording_json.h"
#include "core/worker/torch_worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sunflop {

namespace {

/// Everything that a recording needs; shared by the copies of Program::record.
struct Runner {
    Runner(std::filesystem::path program, std::filesystem::path file)
        : worker(std::move(program), std::move(file))
    {}

    Result<TorchRun> run(std::span<const Argument> values);
    Result<Recorded> record(std::span<const Argument> values);
    std::vector<std::string> lookForBakedSizes();
    std::string remedy(std::span<const Argument> values);

    TorchWorker worker;
    TorchNumbers numbers;
    std::vector<std::string> paths; ///< of Stored::modules
    std::vector<ScriptArgument> arguments;
    bool isTraced = false;
    bool isGuessed = false; ///< the file has no example of the arguments
    std::mutex mutex;       ///< of what follows
    std::optional<std::vector<std::string>> baked;
};

/// Where what a module or tensor is called stands among `known`; -1: nowhere.
template<typename Known>
std::map<std::string_view, std::int32_t> places(const Known& known, auto name)
{
    std::map<std::string_view, std::int32_t> all;
    for (const auto& one : known)
        all.try_emplace(one.*name, static_cast<std::int32_t>(all.size()));
    return all;
}

/// A module that the file does not tell of counts for the one that holds it.
std::int32_t moduleAt(const std::map<std::string_view, std::int32_t>& known, std::string_view path)
{
    for (;;) {
        if (const auto found = known.find(path); found != known.end())
            return found->second;
        if (path.empty())
            return 0;
        const std::size_t dot = path.rfind('.');
        path = path.substr(0, dot == std::string_view::npos ? 0 : dot);
    }
}

TorchNumbers numbersOf(const TorchDescription& description, const Stored& stored)
{
    const auto modules = places(stored.modules, &StoredModule::path);
    const auto tensors = places(stored.tensors, &StoredTensor::name);
    TorchNumbers numbers;
    for (const std::string& path : description.modules)
        numbers.modules.push_back(moduleAt(modules, path));
    for (const std::string& name : description.tensors) {
        const auto found = tensors.find(name);
        numbers.tensors.push_back(found == tensors.end() ? -1 : found->second);
    }
    return numbers;
}

/// The parameters of forward() must be those that LibTorch sees: the form is made from the file's text.
Result<void> checkSignature(const TorchDescription& description, const ScriptClass& type)
{
    const std::size_t count = type.forward ? type.forward->size() : 0;
    bool isSame = description.inputs.size() == count;
    for (std::size_t i = 0; isSame && i < count; ++i)
        isSame = description.inputs[i].name == (*type.forward)[i].name;
    if (isSame)
        return {};
    return failure(ErrorKind::Malformed, {},
                   fmt::format("forward() takes {} arguments in code/, {} when it is loaded", count,
                               description.inputs.size()));
}

Result<TorchRun> Runner::run(std::span<const Argument> values)
{
    const auto answer = worker.run(givenArguments(arguments, values));
    if (!answer)
        return failure(answer.error());
    return readRecording(*answer, numbers);
}

/// Elements of all results: grows with every size that the work depends on.
double workOf(const Recording& recording)
{
    double work = 0;
    for (const RecordedCall& call : recording.calls)
        for (const TensorIndex result : call.results) {
            if (result.index < 0)
                continue;
            double elements = 1;
            for (const RecordedSize& size : recording.tensors[static_cast<std::size_t>(result.index)].sizes)
                elements *= static_cast<double>(size.value);
            work += elements;
        }
    return work;
}

/// The first dimension of the first output; nothing where there is none.
std::optional<std::int64_t> rowsOf(const Recording& recording)
{
    for (const TensorIndex output : recording.outputs)
        if (output.index >= 0)
            if (const auto& sizes = recording.tensors[static_cast<std::size_t>(output.index)].sizes;
                !sizes.empty())
                return sizes.front().value;
    return std::nullopt;
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

/// What a batch of twice the size shows of a traced program.
std::vector<std::string> bakedBatch(const Recording& once, const Result<TorchRun>& twice)
{
    if (!twice)
        return {};
    if (twice->stop && !twice->stop->dependsOnValues)
        return {fmt::format("The traced program has its batch baked in: it does not run at twice the first "
                            "dimension of its example ({}).",
                            twice->stop->message)};
    if (workOf(twice->graph) < 1.5 * workOf(once))
        return {"The traced program has its batch baked in: twice the first dimension is no more work."};
    const auto rows = rowsOf(once);
    const auto more = rowsOf(twice->graph);
    if (rows && more && *more != 2 * *rows)
        return {
            fmt::format("The traced program has its batch baked in: at twice the first dimension its output "
                        "has {} rows, {} expected.",
                        *more, 2 * *rows)};
    return {};
}

/// Runs a traced program at its example and at twice each dimension of it.
std::vector<std::string> Runner::lookForBakedSizes()
{
    const auto runOn = [this](const std::vector<ScriptArgument>& given) -> Result<TorchRun> {
        const auto answer = worker.run(givenArguments(given, {}));
        return answer ? readRecording(*answer, numbers) : Result<TorchRun>(failure(answer.error()));
    };
    const auto once = runOn(arguments);
    if (!once || once->stop)
        return {};
    std::vector<std::string> notes = bakedBatch(once->graph, runOn(doubled(arguments, 0)));
    std::size_t dimensions = 0;
    for (const ScriptArgument* tensor : tensorsOf(arguments))
        for (const Sizes& sizes : tensor->example.shapes)
            dimensions = std::max(dimensions, sizes.size());
    for (std::size_t i = 1; i < dimensions; ++i) {
        const auto twice = runOn(doubled(arguments, i));
        if (twice && !twice->stop && workOf(twice->graph) <= workOf(once->graph))
            notes.push_back(fmt::format("The traced program has dimension {} of its example baked in: twice "
                                        "its size is no more work.",
                                        i));
    }
    return notes;
}

/// What to do where a program does not run with sizes that nobody has said; empty where somebody has.
std::string Runner::remedy(std::span<const Argument> values)
{
    std::string guessed;
    for (const ScriptArgument* tensor : tensorsOf(arguments)) {
        const std::string sizes = shapesText(tensor->example.shapes);
        const auto given = std::ranges::find(values, tensor->id, &Argument::id);
        if (isGuessed && !tensor->isOptional && (given == values.end() || given->text == sizes))
            guessed += fmt::format(" --set {}={}", tensor->id, sizes);
    }
    return guessed.empty()
               ? std::string()
               : fmt::format("; the file tells no sizes of its arguments, these were guessed: set those "
                             "that the program takes,{}",
                             guessed);
}

Result<Recorded> Runner::record(std::span<const Argument> values)
{
    auto run = this->run(values);
    if (!run)
        return failure(run.error());
    const std::string path =
        run->stop ? paths[std::min(static_cast<std::size_t>(run->stop->module), paths.size() - 1)]
                  : std::string();
    if (run->stop && (!run->stop->dependsOnValues || run->graph.calls.empty()))
        return failure(ErrorKind::Shape, path, run->stop->message + remedy(values));
    Recorded recorded;
    if (isTraced) {
        const std::lock_guard lock(mutex);
        if (!baked)
            baked = lookForBakedSizes();
        recorded.notes = *baked;
    }
    if (run->stop)
        recorded.notes.push_back(fmt::format(
            "The program could only be followed to {}{}{}: what comes next depends on the values of "
            "a tensor, and is not part of any figure.",
            run->stop->target, path.empty() ? "" : " in ", path));
    recorded.graph = std::make_shared<const Recording>(std::move(run->graph));
    return recorded;
}

/// How far a try came: to its end, or how many calls.
std::size_t progressOf(Runner& runner)
{
    const auto run = runner.run({});
    if (!run)
        return 0;
    const bool isWhole = !run->stop || run->stop->dependsOnValues;
    return isWhole ? std::numeric_limits<std::size_t>::max() : run->graph.calls.size() + 1;
}

void give(ScriptArgument& tensor, ExampleTensor example)
{
    // Images in a list come without a batch.
    Sizes& sizes = example.shapes.front();
    if (tensor.kind == ScriptArgument::Kind::TensorList && sizes.size() > 1)
        sizes.erase(sizes.begin());
    tensor.example = std::move(example);
}

/// Gives every tensor argument the likely example that lets the program come furthest. Stops at the first
/// that runs to its end, and after a few seconds.
void guess(Runner& runner, const std::vector<ExampleTensor>& likely)
{
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::seconds(5);
    const auto tensors = tensorsOf(runner.arguments);
    for (ScriptArgument* tensor : tensors)
        give(*tensor, likely.front());
    constexpr std::size_t whole = std::numeric_limits<std::size_t>::max();
    std::size_t furthest = progressOf(runner);
    for (int round = 0; round < 2 && furthest < whole; ++round)
        for (ScriptArgument* tensor : tensors)
            for (const ExampleTensor& example : likely) {
                if (furthest == whole || Clock::now() > end)
                    return;
                const ExampleTensor before = tensor->example;
                give(*tensor, example);
                const std::size_t progress = progressOf(runner);
                if (progress <= furthest)
                    tensor->example = before;
                furthest = std::max(furthest, progress);
            }
}

} // namespace

Result<std::shared_ptr<const Program>> openScript(const ScriptTree& tree, const ScriptFile& file)
{
    const auto program = torchProgram();
    if (!program)
        return failure(program.error());
    const auto type = tree.classes.find(tree.rootClass);
    auto arguments = scriptArguments(type == tree.classes.end() ? ScriptClass() : type->second);
    if (!arguments)
        return failure(arguments.error());
    const auto runner = std::make_shared<Runner>(*program, file.path);
    const auto description = runner->worker.open();
    if (!description)
        return failure(description.error());
    if (const auto same = checkSignature(*description, type->second); !same)
        return failure(same.error());
    runner->numbers = numbersOf(*description, tree.stored);
    for (const StoredModule& module : tree.stored.modules)
        runner->paths.push_back(module.path);
    runner->arguments = *std::move(arguments);
    runner->isTraced = file.isTraced;
    runner->isGuessed = !takeExamples(file.tracedInputs, runner->arguments);
    if (runner->isGuessed)
        guess(*runner, likelyTensors(tree.stored));
    auto made = std::make_shared<Program>();
    offerInputs(runner->arguments, *made);
    made->record = [runner](std::span<const Argument> values) { return runner->record(values); };
    return made;
}

} // namespace sunflop
