// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/torchscript/program.h"

#include "core/base/units.h"
#include "core/formats/torchscript/arguments.h"
#include "core/formats/torchscript/baked.h"
#include "core/formats/torchscript/examples.h"
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

    Result<TorchRun> run(std::span<const Argument> values, Mode mode);
    Result<Recorded> record(std::span<const Argument> values, Mode mode);
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
Result<void> checkSignature(const TorchDescription& description, const ScriptMethod& forward)
{
    const std::size_t count = forward.parameters.size();
    bool isSame = description.inputs.size() == count;
    for (std::size_t i = 0; isSame && i < count; ++i)
        isSame = description.inputs[i].name == forward.parameters[i].name;
    if (isSame)
        return {};
    return failure(ErrorKind::Malformed, {},
                   fmt::format("forward() takes {} arguments in code/, {} when it is loaded", count,
                               description.inputs.size()));
}

Result<TorchRun> Runner::run(std::span<const Argument> values, Mode mode)
{
    const auto answer = worker.run(givenArguments(arguments, values), mode == Mode::Training);
    if (!answer)
        return failure(answer.error());
    return readRecording(*answer, numbers);
}

/// Runs a traced program at its example and at twice each dimension of it.
std::vector<std::string> Runner::lookForBakedSizes()
{
    return bakedSizes(arguments, [this](const std::vector<ScriptArgument>& given) -> Result<TorchRun> {
        const auto answer = worker.run(givenArguments(given, {}));
        return answer ? readRecording(*answer, numbers) : Result<TorchRun>(failure(answer.error()));
    });
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

Result<Recorded> Runner::record(std::span<const Argument> values, Mode mode)
{
    auto run = this->run(values, mode);
    if (!run)
        return failure(run.error());
    const std::string path =
        run->stop ? paths[std::min(static_cast<std::size_t>(run->stop->module), paths.size() - 1)]
                  : std::string();
    if (run->stop && (!run->stop->dependsOnValues || run->graph.calls.empty()))
        return failure(ErrorKind::Shape, path, run->stop->message + remedy(values));
    Recorded recorded{.graph = nullptr, .values = {}, .notes = {}, .followsMode = !isTraced};
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
    const auto run = runner.run({}, Mode::Inference);
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
    auto arguments = scriptArguments(tree.classes, tree.rootClass);
    if (!arguments)
        return failure(arguments.error());
    const auto runner = std::make_shared<Runner>(*program, file.path);
    const auto description = runner->worker.open();
    if (!description)
        return failure(description.error());
    if (const auto same = checkSignature(*description, *tree.classes.at(tree.rootClass).method("forward"));
        !same)
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
    made->record = [runner](std::span<const Argument> values, Mode mode) {
        return runner->record(values, mode);
    };
    return made;
}

} // namespace sunflop
