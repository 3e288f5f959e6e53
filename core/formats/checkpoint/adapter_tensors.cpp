// SPDX-License-Identifier: GPL-3.0-or-later
// What the names and shapes of an adapter's tensors tell.

#include "core/formats/folder/adapter_folder.h"

#include "core/base/plain_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace sunflop {

namespace {

/// Removes every dotted part of this name.
void removePart(std::string& name, std::string_view part)
{
    const std::string dotted = fmt::format(".{}.", part);
    for (std::size_t at = name.find(dotted); at != std::string::npos; at = name.find(dotted))
        name.erase(at, dotted.size() - 1);
}

/// "q_proj" of "base_model.model.model.layers.0.self_attn.q_proj.base_layer.weight" and the like: the base
/// model's own name.
std::string ownName(std::string_view name)
{
    for (const std::string_view prefix : {"base_model.model.", "base_model."})
        if (name.starts_with(prefix)) {
            name.remove_prefix(prefix.size());
            break;
        }
    std::string own = "." + std::string(name);
    removePart(own, "base_layer");
    removePart(own, "modules_to_save.default");
    removePart(own, "modules_to_save");
    return own.substr(1);
}

/// Whether a parameter lies in one of modules_to_save: peft compares ends of paths of modules.
bool isSaved(std::string_view parameter, const std::vector<std::string>& modules)
{
    for (std::size_t end = parameter.rfind('.'); end != std::string_view::npos && end > 0;
         end = parameter.rfind('.', end - 1)) {
        const std::string_view module = parameter.substr(0, end);
        if (std::ranges::any_of(modules, [&](const std::string& name) { return module.ends_with(name); }))
            return true;
    }
    return false;
}

/// Puts a tensor of an adapter where its name says; false for a name that is not known.
bool place(LowRank& low, std::string_view part, const StoredTensor& tensor)
{
    // Parts of a module: "lora_A.weight", or "lora_A.default.weight" under the adapter's own name.
    const std::string_view matrix = part.substr(0, part.find('.'));
    const bool isBias = part.ends_with(".bias");
    if (matrix == "lora_A" || matrix == "lora_embedding_A") {
        low.down = tensor.shape;
        low.dtype = tensor.dtype;
        low.isEmbedding = matrix == "lora_embedding_A";
        return !isBias;
    }
    if (matrix == "lora_B" && isBias)
        low.hasBias = true;
    else if (matrix == "lora_B" || matrix == "lora_embedding_B")
        low.up = tensor.shape;
    else if (matrix == "lora_magnitude_vector")
        low.hasMagnitude = true;
    else
        return false;
    return true;
}

/// The rank of most layers, the largest of several such.
std::int64_t usualRank(const Adapters& adapters)
{
    std::map<std::int64_t, std::size_t> counts;
    for (const auto& [name, low] : adapters.layers)
        ++counts[low.rank()];
    std::int64_t usual = 0;
    for (const auto& [rank, count] : counts)
        if (usual == 0 || count >= counts[usual])
            usual = rank;
    return usual;
}

} // namespace

Result<Adapters> adaptersOf(const AdapterSettings& settings, const Stored& stored)
{
    constexpr std::string_view mark = ".lora_";
    Adapters adapters;
    for (const StoredTensor& tensor : stored.tensors) {
        const std::string name = ownName(tensor.name);
        if (const std::size_t at = name.find(mark); at != std::string::npos) {
            if (!place(adapters.layers[name.substr(0, at)], std::string_view(name).substr(at + 1), tensor))
                return failure(ErrorKind::Unsupported, shortened(tensor.name),
                               "no tensor of a low-rank adapter, expected lora_A, lora_B or "
                               "lora_magnitude_vector");
            continue;
        }
        const bool isBias = settings.trainsBiases && name.ends_with("bias");
        const bool isCopy =
            tensor.name.find("modules_to_save") != std::string::npos || isSaved(name, settings.modulesToSave);
        adapters.tensors[name] = {.use = isCopy   ? WholeTensor::Use::Copy
                                         : isBias ? WholeTensor::Use::Trained
                                                  : WholeTensor::Use::Stored,
                                  .shape = tensor.shape,
                                  .dtype = tensor.dtype};
    }
    if (adapters.layers.empty())
        return failure(ErrorKind::Malformed, {}, "no tensor named lora_A, expected low-rank adapters");
    for (const auto& [name, low] : adapters.layers) {
        const bool isWhole = low.down.rank() >= 2 && low.up.rank() == low.down.rank() &&
                             low.down[0] == low.up[1] && low.rank() > 0;
        if (!isWhole)
            return failure(ErrorKind::Malformed, shortened(name),
                           fmt::format("lora_A is {} and lora_B is {}, expected [rank, in] and [out, rank]",
                                       low.down.text(), low.up.text()));
    }
    adapters.rank = usualRank(adapters);
    return adapters;
}

} // namespace sunflop
