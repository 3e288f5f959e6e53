// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/odd_settings.h"

#include "core/base/units.h"
#include "core/memory/sharding.h"
#include "core/model/input_definitions.h"
#include "core/timing/kernel.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>

namespace sunflop {

namespace {

using Json = nlohmann::json;

/// The object that describes the language model: the first one, outermost first, that has the key; towers
/// have positions of their own.
const Json* objectWith(const Json& object, const char* key)
{
    if (!object.is_object())
        return nullptr;
    if (const auto own = object.find(key); own != object.end() && own->is_number_integer())
        return &object;
    for (const auto& [name, value] : object.items()) {
        const bool isTower = name.find("vis") != std::string::npos || name.find("audio") != std::string::npos;
        if (const Json* const found = isTower ? nullptr : objectWith(value, key))
            return found;
    }
    return nullptr;
}

/// Positions that a rope scaling reaches; 0 where it does not say.
double scaledPositions(const Json& scaling, double positions)
{
    if (!scaling.is_object())
        return 0;
    const auto text = [&](const char* key) {
        return scaling.contains(key) && scaling[key].is_string() ? scaling[key].get<std::string>()
                                                                 : std::string();
    };
    const auto number = [&](const char* key, double fallback) {
        return scaling.contains(key) && scaling[key].is_number() ? scaling[key].get<double>() : fallback;
    };
    const std::string type = text("rope_type").empty() ? text("type") : text("rope_type");
    constexpr std::array<std::string_view, 3> stretching{"linear", "dynamic", "yarn"};
    if (std::ranges::find(stretching, type) == stretching.end())
        return 0;
    return number("original_max_position_embeddings", positions) * number("factor", 1);
}

void addContext(const Run& run, std::vector<std::string>& notes)
{
    const auto most = contextTokens(run.source.config);
    const Workload& workload = run.workload;
    const std::int64_t tokens = workload.cachedTokens + run.trace.run.promptTokens + workload.newTokens;
    if (most && run.trace.run.promptTokens > 0 && tokens > *most)
        notes.push_back(fmt::format("A sequence of {} tokens is longer than the {} positions that the model "
                                    "was made for (max_position_embeddings, rope scaling included).",
                                    tokens, *most));
}

/// Adds what tensor parallelism does to `parts` of something: nothing where every device gets as many.
void addCut(std::int64_t devices, std::int64_t parts, std::string_view what, std::set<std::string>& notes)
{
    if (parts % devices != 0)
        notes.insert(fmt::format("tensor_parallel={} does not divide the {} {}: engines refuse such a cut; "
                                 "figures are those of the device that holds most.",
                                 devices, parts, what));
}

void addKeyHeads(std::int64_t devices, std::int64_t heads, std::set<std::string>& notes)
{
    if (devices > heads && devices % heads == 0)
        notes.insert(fmt::format("{} key heads on {} devices: each is held by {} of them, its projections, "
                                 "keys and values are replicated.",
                                 heads, devices, devices / heads));
    else
        addCut(devices, heads, "key heads", notes);
}

void addParallel(const Run& run, std::vector<std::string>& notes)
{
    const Trace& trace = run.trace;
    const std::int64_t devices = run.workload.tensorParallel;
    const std::int64_t width = headDim(trace);
    std::set<std::string> cuts;
    for (const Parameter& parameter : trace.parameters) {
        const TensorCut cut = devices > 1 ? tensorCut(trace, parameter) : TensorCut::None;
        if (parameter.isBuffer || parameter.shape.rank() < 2 || cut == TensorCut::None)
            continue;
        const GgufTensor tensor = ggufTensor(trace, parameter);
        const std::int64_t rows = parameter.shape[parameter.shape.rank() == 3 ? 1 : 0];
        if (cut == TensorCut::KeyHeads && rows % width == 0)
            addKeyHeads(devices, rows / width, cuts);
        else if (tensor == GgufTensor::AttentionQ && rows % width == 0)
            addCut(devices, rows / width, "attention heads", cuts);
        else if (tensor == GgufTensor::FfnUp || tensor == GgufTensor::FfnGate)
            addCut(devices, rows, "features of the MLP", cuts);
    }
    notes.insert(notes.end(), cuts.begin(), cuts.end());
    const std::int64_t layers = layerCount(trace);
    if (run.workload.pipelineParallel > std::max<std::int64_t>(1, layers))
        notes.push_back(fmt::format("pipeline_parallel={} is more than the {} layers: some stages have none.",
                                    run.workload.pipelineParallel, layers));
}

void addArithmetic(const Run& run, std::vector<std::string>& notes)
{
    std::set<std::string> lacking;
    for (const Op& op : run.trace.ops) {
        if (!isTiled(op.kind))
            continue;
        for (const Operand& operand : op.inputs) {
            const bool isComputed = &operand == &op.inputs.front() && isFloat(operand.dtype);
            const Precision wanted = precisionOf(operand.dtype);
            const Precision taken = run.device->peak(wanted).precision;
            // Weights of fewer bits are a way to store them, but for fp8, which tensor cores multiply.
            const bool isWidened = operand.isParameter && wanted == Precision::F8 &&
                                   wanted != precisionOf(op.inputs.front().dtype);
            if (operand.isNumber || taken == wanted || (!isComputed && !isWidened))
                continue;
            lacking.insert(
                isComputed ? fmt::format("{} has no {} arithmetic: products in it are timed at its {} rate.",
                                         run.device->name, precisionName(wanted), precisionName(taken))
                           : fmt::format("{} has no {} arithmetic: weights stored so are widened first.",
                                         run.device->name, precisionName(wanted)));
        }
    }
    notes.insert(notes.end(), lacking.begin(), lacking.end());
}

void addRelease(const Run& run, std::vector<std::string>& notes)
{
    const auto offered = std::ranges::find(run.inputs, "transformers", &Input::id);
    if (offered == run.inputs.end() || offered->isArgument)
        return;
    const Version release = run.workload.transformers;
    if (release < oldestKnownLayout)
        notes.push_back(fmt::format("transformers {} is older than {}, the oldest whose layout is known: "
                                    "modules and operators are those of {}.",
                                    release.text(), oldestKnownLayout.text(), oldestKnownLayout.text()));
    const Json& config = run.source.config.json();
    const auto named = config.find("transformers_version");
    const auto own = named != config.end() && named->is_string() ? Version::parse(named->get<std::string>())
                                                                 : Result<Version>(Version{});
    const Version oldest = fromOrdinal(offered->minimum);
    if (own && *own > Version{} && *own < oldest && release == oldest)
        notes.push_back(
            fmt::format("The config names transformers {}, older than {}, the oldest whose layout of this "
                        "model is known: modules and operators are those of {}.",
                        own->text(), oldest.text(), oldest.text()));
    if (own && *own > newestTransformers && release == newestTransformers)
        notes.push_back(
            fmt::format("The config names transformers {}, newer than {}, the newest whose layout "
                        "is known: modules and operators are those of {}.",
                        own->text(), newestTransformers.text(), newestTransformers.text()));
}

void addBatch(const Run& run, std::vector<std::string>& notes)
{
    const Workload& workload = run.workload;
    const auto batch = std::ranges::find(run.inputs, "batch", &Input::id);
    if (workload.dataParallel > 1 && (batch == run.inputs.end() || batch->isArgument))
        notes.push_back(
            fmt::format("The sizes of the arguments are those on each of {} data-parallel devices.",
                        workload.dataParallel));
    else if (workload.dataParallel > 1)
        notes.push_back(fmt::format("batch={} is that of each of {} data-parallel devices: {} in all{}.",
                                    workload.batch, workload.dataParallel, exactText(workload.globalBatch()),
                                    workload.mode == Mode::Training && workload.accumulation > 1
                                        ? fmt::format(", {} micro-batches a step", workload.accumulation)
                                        : ""));
}

} // namespace

std::optional<std::int64_t> contextTokens(const Config& config)
{
    constexpr const char* key = "max_position_embeddings";
    const Json* const object = objectWith(config.json(), key);
    if (object == nullptr)
        return std::nullopt;
    const auto own = (*object)[key].get<std::int64_t>();
    double most = static_cast<double>(own);
    for (const char* scaling : {"rope_scaling", "rope_parameters"})
        if (object->contains(scaling))
            most = std::max(most, scaledPositions((*object)[scaling], static_cast<double>(own)));
    return most < 1e18 ? static_cast<std::int64_t>(most) : own;
}

std::vector<std::string> oddSettings(const Run& run)
{
    std::vector<std::string> notes;
    addContext(run, notes);
    addParallel(run, notes);
    addArithmetic(run, notes);
    addRelease(run, notes);
    addBatch(run, notes);
    return notes;
}

} // namespace sunflop
