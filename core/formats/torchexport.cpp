// SPDX-License-Identifier: GPL-3.0-or-later
// torch.export's archives (.pt2): a ZIP file with a graph of ATen operators in JSON.
//   from PyTorch 2.8 on, below one root folder: archive_format ("pt2"), models/<name>.json,
//       data/weights/<name>_weights_config.json, data/weights/weight_<n>, data/constants,
//       data/aotinductor/<name>
//   before, without a folder: serialized_exported_program.json, serialized_state_dict.pt, version
// The JSON is an ExportedProgram: {"graph_module": {"graph", "signature", "module_call_graph"},
// "range_constraints": {symbol: {"min_val", "max_val"}}, "guards_code": [text]}. Weights are never read.
// Source: torch/_export/serde/schema.py, torch/export/pt2_archive/constants.py

#include "core/base/entry.h"
#include "core/containers/archive.h"
#include "core/formats/format.h"
#include "core/formats/torchexport/arguments.h"
#include "core/formats/torchexport/graph.h"
#include "core/formats/torchexport/json.h"
#include "core/formats/torchexport/ties.h"
#include "core/model/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace sunflop::format {

namespace {

using Json = nlohmann::json;

constexpr std::uint64_t largestJson = 64 << 20;
constexpr std::string_view flatName = "serialized_exported_program.json";

/// What record() needs. Immutable.
struct Exported {
    std::shared_ptr<const Recording> recording;
    ExportedSizes sizes;
    ExportedArguments arguments;
    std::vector<bool> isSize; ///< by expression: a tensor has this size, which cannot be negative
    std::vector<std::string> notes;
};

/// "<root>/models/<name>.json"
bool isModel(std::string_view member)
{
    const std::size_t slash = member.rfind('/');
    return slash != member.npos && member.ends_with(".json") &&
           (member.substr(0, slash) == "models" || member.substr(0, slash).ends_with("/models"));
}

bool isAnyOf(std::string_view member, std::string_view file)
{
    return member == file || (member.ends_with(file) && member[member.size() - file.size() - 1] == '/');
}

/// TorchScript's archives have a data.pkl, and may carry any files besides.
bool sniff(const Bytes& bytes)
{
    if (!Archive::sniff(bytes))
        return false;
    const auto archive = Archive::open(bytes);
    return archive && archive->find("data.pkl") == nullptr &&
           std::ranges::any_of(archive->members(), [](const Archive::Member& member) {
               return isAnyOf(member.name, "archive_format") || isAnyOf(member.name, flatName) ||
                      isModel(member.name);
           });
}

/// The members that hold a graph.
std::vector<const Archive::Member*> modelsIn(const Archive& archive)
{
    std::vector<const Archive::Member*> models;
    for (const Archive::Member& member : archive.members())
        if (isModel(member.name) || isAnyOf(member.name, flatName))
            models.push_back(&member);
    return models;
}

Error withoutModel(const Archive& archive)
{
    const bool isCompiled = std::ranges::any_of(archive.members(), [](const Archive::Member& member) {
        return member.name.find("data/aotinductor/") != std::string::npos;
    });
    return {ErrorKind::Unsupported,
            {},
            isCompiled
                ? "a model compiled by AOTInductor without its graph, expected what torch.export.save() "
                  "writes"
                : "an archive without models/*.json, expected what torch.export.save() writes"};
}

Result<Json> jsonIn(const Archive& archive, const Archive::Member& member)
{
    const auto text = archive.read(member, largestJson);
    if (!text)
        return failure(text.error());
    auto json = parseJson(*text);
    if (!json)
        return failure(json.error().within(member.name));
    return json;
}

/// data/weights/<name>_weights_config.json beside models/<name>.json; null where there is none to read.
Json weightsConfig(const Archive& archive, std::string_view model)
{
    const std::string_view name = model.substr(model.rfind('/') + 1);
    const std::string wanted =
        fmt::format("data/weights/{}_weights_config.json", name.substr(0, name.size() - 5));
    for (const Archive::Member& member : archive.members())
        if (isAnyOf(member.name, wanted))
            if (auto json = jsonIn(archive, member))
                return *std::move(json);
    return nullptr;
}

std::vector<bool> sizesAmong(const Recording& recording, std::size_t expressions)
{
    std::vector<bool> isSize(expressions);
    for (const RecordedTensor& tensor : recording.tensors)
        for (const RecordedSize size : tensor.sizes)
            if (size.expression >= 0)
                isSize[static_cast<std::size_t>(size.expression)] = true;
    return isSize;
}

/// Symbols whose values only a run could tell, and what is taken for them.
void noteUnknown(const ExportedGraph& graph, const ExportedArguments& arguments,
                 std::vector<std::string>& notes)
{
    constexpr std::size_t mostNamed = 8;
    const std::vector<bool> isNeeded = graph.sizes.expressions.isSymbolOf(graph.sizes.nodes);
    std::string unknown;
    std::size_t count = 0;
    for (std::size_t i = 0; i < isNeeded.size(); ++i)
        if (isNeeded[i] && !arguments.isGiven[i] && ++count <= mostNamed)
            unknown += fmt::format("{}{} = {}", unknown.empty() ? "" : ", ",
                                   graph.sizes.expressions.symbols()[i], arguments.ranges[i].usual);
    if (count > mostNamed)
        unknown += fmt::format(" and {} more", count - mostNamed);
    if (!unknown.empty())
        notes.push_back(fmt::format(
            "Some sizes depend on the values of tensors, which are not known: {} is taken.", unknown));
}

Result<Recorded> record(const Exported& exported, std::span<const Argument> values)
{
    const auto nodes = boundValues(exported.arguments, exported.sizes, values);
    if (!nodes)
        return failure(nodes.error());
    Recorded recorded{exported.recording, {}, exported.notes};
    recorded.values.reserve(exported.sizes.nodes.size());
    for (std::size_t i = 0; i < exported.sizes.nodes.size(); ++i) {
        const auto value = at(*nodes, exported.sizes.nodes[i]).whole();
        if (value ? exported.isSize[i] && (*value < 0 || *value > mostSize) : bool(exported.isSize[i]))
            return failure(ErrorKind::OutOfRange, {},
                           fmt::format("a tensor has no size at these arguments: {}: {}",
                                       exported.sizes.texts[i],
                                       value ? fmt::format("it is {}", *value) : value.error().detail));
        recorded.values.push_back(value.value_or(0));
    }
    for (const ExportedGuard& guard : exported.arguments.guards)
        if (const Number& holds = at(*nodes, guard.node); holds.isUndefined() || !holds.isTrue())
            recorded.notes.push_back(
                fmt::format("The program refuses to run at these sizes: it requires {}.", guard.text));
    return recorded;
}

/// Everything of one model but its name.
Result<Source> readModel(const Json& exported, const Json& weights, const Archive& archive)
{
    const Json* module = member(&exported, "graph_module");
    if (module == nullptr)
        return failure(ErrorKind::Malformed, {}, "found no \"graph_module\", expected an exported program");
    const std::vector<ExportedInput> inputs = inputsOf(*module);
    auto graph = readGraph(*module, inputs);
    if (!graph)
        return failure(graph.error());
    tieParameters(*graph, &weights, archive);
    Program program;
    auto arguments = readArguments(exported, *graph, inputs, program);
    if (!arguments)
        return failure(arguments.error());
    Source source{.format = "exported"};
    source.notes = graph->notes;
    noteUnknown(*graph, *arguments, source.notes);
    auto isSize = sizesAmong(graph->recording, graph->sizes.nodes.size());
    auto held = std::make_shared<const Exported>(
        Exported{std::make_shared<const Recording>(std::move(graph->recording)),
                 std::move(graph->sizes),
                 *std::move(arguments),
                 std::move(isSize),
                 {}});
    program.record = [held](std::span<const Argument> values, Mode) { return record(*held, values); };
    source.program = std::make_shared<const Program>(std::move(program));
    source.stored =
        std::make_shared<const Stored>(Stored{std::move(graph->modules).finish(), std::move(graph->tensors)});
    return source;
}

Result<Source> read(const OpenedFile& file)
{
    const auto archive = Archive::open(file.bytes);
    if (!archive)
        return failure(archive.error());
    const auto models = modelsIn(*archive);
    if (models.empty())
        return failure(withoutModel(*archive));
    const Archive::Member& model = *models.front();
    const auto json = jsonIn(*archive, model);
    if (!json)
        return failure(json.error());
    auto source = readModel(*json, weightsConfig(*archive, model.name), *archive);
    if (!source)
        return failure(source.error().within(model.name));
    source->name = file.name;
    if (models.size() > 1)
        source->notes.push_back(
            fmt::format("The archive holds {} models; this is {}.", models.size(), model.name));
    return source;
}

} // namespace

Format torchexport()
{
    return {.id = "exported",
            .title = "torch.export program",
            .suffixes = {".pt2"},
            .sniff = sniff,
            .read = read};
}

} // namespace sunflop::format
