// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sunflop.h"

#include "core/base/nearest.h"
#include "core/base/plain_text.h"
#include "core/base/scarce_memory.h"
#include "core/formats/folder/folder.h"
#include "core/run/own_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace sunflop {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view hub = "hf:";

/// Whether a name ends as files of models do: then it is no other name.
bool hasSuffix(std::string_view name)
{
    return std::ranges::any_of(formats(), [&](const Format& format) {
        return std::ranges::any_of(format.suffixes,
                                   [&](std::string_view suffix) { return name.ends_with(suffix); });
    });
}

/// Why nothing is called so: what a user may have meant instead, a bundled model or one of the Hub.
Error noModel(std::string_view model)
{
    const std::size_t slash = model.rfind('/');
    const std::string_view name = model.substr(slash == std::string_view::npos ? 0 : slash + 1);
    std::vector<std::string_view> bundled;
    for (const BundledModel& known : bundledModels())
        bundled.push_back(known.name);
    if (slash == std::string_view::npos)
        return {ErrorKind::NotFound, shortened(model),
                "no bundled model, file or folder of this name, " +
                    expectedName(model, bundled, "list models")};
    std::string detail =
        fmt::format("no such file or folder; a model of the Hugging Face Hub is \"hf:{}\"", model);
    if (const auto near = mistyped(name, bundled))
        detail += fmt::format(", and \"{}\" comes with the program", *near);
    return {ErrorKind::NotFound, std::string(model), std::move(detail)};
}

/// "org/name" is no path: one slash, and no folder "org".
bool mayBeOfHub(std::string_view model)
{
    std::error_code problem;
    const std::size_t slash = model.find('/');
    return slash != std::string_view::npos && slash > 0 &&
           model.find('/', slash + 1) == std::string_view::npos && slash + 1 < model.size() &&
           model.front() != '.' && model.front() != '~' && !fs::exists(model.substr(0, slash), problem);
}

} // namespace

Result<void> locate(std::string_view model)
{
    const auto isCalledSo = [&](const BundledModel& known) { return known.name == model; };
    std::error_code problem;
    if (std::ranges::any_of(bundledModels(), isCalledSo) || fs::exists(model, problem))
        return {};
    if (model.starts_with(hub))
        return hubFolder(model.substr(hub.size())).map([](const fs::path&) {});
    const bool isName = model.find_first_of("/\\") == std::string_view::npos || mayBeOfHub(model);
    if (isName && !hasSuffix(model))
        return failure(noModel(model));
    return failure(ErrorKind::NotFound, std::string(model), "no such file or folder");
}

Result<Source> open(std::string_view model)
{
    if (auto bundled = openBundled(model))
        return *std::move(bundled);
    if (auto located = locate(model); !located)
        return failure(located.error());
    auto opened = withinMemory([&] {
        return model.starts_with(hub) ? openHub(model.substr(hub.size())) : openFile(fs::path(model));
    });
    if (!opened && opened.error().kind == ErrorKind::Memory)
        return failure(opened.error().within(std::string(model)));
    return opened;
}

namespace {

/// How errors name a source.
std::string shownPlace(const Source& source)
{
    return source.place == "bundled" ? source.name : source.place;
}

/// What a program takes goes to the program, also where a knob has the same name.
std::vector<Input> withArguments(std::vector<Input> inputs, const Source& source)
{
    if (source.program != nullptr)
        for (const Input& argument : source.program->arguments)
            if (const auto input = std::ranges::find(inputs, argument.id, &Input::id); input != inputs.end())
                input->isArgument = true;
    return inputs;
}

} // namespace

Result<std::vector<Input>> inputsOf(const Source& source)
{
    if (source.adapters != nullptr && (source.program != nullptr || !familyOf(source.config)))
        return failure(ErrorKind::Unsupported, shownPlace(source),
                       "adapters whose base is no model of a known family, expected one of \"sunflop list "
                       "families\" with its config.json");
    return familyOf(source)
        .and_then([&](const Family* family) { return family->inputs(source); })
        .map([&](std::vector<Input> inputs) {
            inputs = withRunInputs(withArguments(std::move(inputs), source));
            // An estimate of a checkpoint counts tensors as they are stored.
            if (source.program == nullptr && familyOf(source.config))
                inputs = withOwnQuantisation(std::move(inputs), source.config);
            return withOwnAdapters(std::move(inputs), source.adapters);
        })
        .map_error([&](const Error& error) { return error.within(shownPlace(source)); });
}

Result<Trace> trace(const Source& source, const Workload& workload)
{
    return withinMemory([&] {
               return familyOf(source).and_then(
                   [&](const Family* family) { return family->trace(source, workload); });
           })
        .map_error([&](const Error& error) { return error.within(shownPlace(source)); });
}

Result<Run> run(Source source, std::span<const Assignment> assignments, const Convention& convention)
{
    auto offered = inputsOf(source);
    if (!offered)
        return failure(offered.error());
    const auto workload = Workload::from(*offered, assignments);
    if (!workload)
        return failure(workload.error().within(shownPlace(source)));
    auto traced = trace(source, *workload);
    if (!traced)
        return failure(traced.error());
    return counted(std::move(source), *std::move(offered), *workload, *std::move(traced), convention);
}

} // namespace sunflop
