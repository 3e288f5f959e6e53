// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a weight is to those who quantise it or cut it into shards.

#include "core/model/trace.h"
#include "core/quantisation/gguf_mix.h"

namespace sunflop {

/// Kinds that quantisation methods tell apart.
enum class WeightKind : std::uint8_t {
    Vector, ///< biases, norms, scales: fewer than two dimensions, biases of stacked experts
    Norm,
    Embedding, ///< tables that are looked up, positions
    Convolution,
    Head,   ///< the language-model head
    Router, ///< of a mixture of experts
    Expert,
    LayerMatrix, ///< any other matrix of a numbered layer of the language model
    TowerMatrix, ///< a matrix of a vision or audio tower, its own heads included
    OtherMatrix, ///< projectors and the like
};

/// The kind of `parameter` by its rank and by names, classes and roles of the modules that hold it.
WeightKind weightKind(const Trace& trace, const Parameter& parameter);

/// The numbered layer of the language model that a module is or lies in.
struct LayerPlace {
    std::int32_t module = -1; ///< the run of layers; -1: outside of all layers
    std::int64_t first = 0;   ///< number of the run's first layer
};
LayerPlace layerPlace(const Trace& trace, std::int32_t module);

/// Layers of the language model: of its longest list, one more than the last number.
std::int64_t layerCount(const Trace& trace);

/// Whether a module is or lies in a vision or audio tower.
bool isInTower(const Trace& trace, std::int32_t module);

/// What `parameter` is to llama.cpp, by the names that families give their projections.
GgufTensor ggufTensor(const Trace& trace, const Parameter& parameter);

/// Sizes of the language model that llama.cpp's rules look at, read off the tree.
GgufModel ggufModel(const Trace& trace);

} // namespace sunflop
