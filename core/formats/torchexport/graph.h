// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Nodes of an exported graph as recorded calls. Graphs within the graph (conditions, loops) are read into
/// it.

#include "core/base/result.h"
#include "core/formats/torchexport/modules.h"
#include "core/formats/torchexport/signature.h"
#include "core/formats/torchexport/sizes.h"
#include "core/model/recording.h"
#include "core/model/stored.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace sunflop {

/// What was read of a graph.
struct ExportedGraph {
    Recording recording;
    ExportedSizes sizes;
    ExportedModules modules;
    std::vector<StoredTensor> tensors; ///< parameters, then buffers, as the file lists them
    std::unordered_map<std::string, TensorIndex> arguments; ///< tensors that the caller gives, by value
    std::unordered_map<std::string, RecordedSize> integers; ///< numbers that the caller gives, by value
    std::vector<std::string> notes;
};

/// Reads graph_module. An error names the node, and what is missing there.
Result<ExportedGraph> readGraph(const nlohmann::json& graphModule, const std::vector<ExportedInput>& inputs);

/// The element type of a file's number; nothing for those that are unknown here.
std::optional<DType> exportedDType(std::int64_t number);

/// Roughly the multiplications of a call where all nodes of its sizes have `values`: enough to tell which of
/// two branches costs more.
double roughCost(const ExportedGraph& graph, std::span<const Number> values, const RecordedCall& call);

} // namespace sunflop
