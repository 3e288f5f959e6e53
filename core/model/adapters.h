// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a file of peft stores beside a model: low-rank adapters of its layers, and whole tensors.

#include "core/base/dtype.h"
#include "core/base/shape.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace sunflop {

/// Two matrices beside one layer, as peft's lora.Layer holds them.
struct LowRank {
    Shape down; ///< lora_A [rank, in], of a convolution [rank, in, kh, kw]; lora_embedding_A [rank, rows]
    Shape up;   ///< lora_B [out, rank], of a convolution [out, rank, 1, 1]; lora_embedding_B [width, rank]
    DType dtype = DType::F32;
    bool isEmbedding = false;
    bool hasBias = false;      ///< of lora_B, [out]
    bool hasMagnitude = false; ///< DoRA: lora_magnitude_vector [out]

    std::int64_t rank() const { return down.rank() == 0 ? 0 : down[0]; }
    /// The same beside the same layer in another rank.
    LowRank ofRank(std::int64_t rank) const;

    friend bool operator==(const LowRank&, const LowRank&) = default;
};

/// A parameter of the model that the file stores whole.
struct WholeTensor {
    enum class Use : std::uint8_t {
        Copy,    ///< modules_to_save: a trained copy, the model's own stays beside it, frozen and idle
        Trained, ///< the model's own is trained: a bias
        Stored,  ///< only kept with the adapters: an embedding table that was resized
    } use = Use::Stored;
    Shape shape;
    DType dtype = DType::F32;

    friend bool operator==(const WholeTensor&, const WholeTensor&) = default;
};

/// By dotted paths of the base model, "model.layers.0.self_attn.q_proj" and with the parameter's name behind.
struct Adapters {
    std::map<std::string, LowRank, std::less<>> layers;
    std::map<std::string, WholeTensor, std::less<>> tensors;
    std::int64_t rank = 0; ///< of most layers: what "lora_rank" shows

    const LowRank* beside(std::string_view module) const;
    const WholeTensor* whole(std::string_view parameter) const;
    /// Whether anything below a module is trained.
    bool trainsBelow(std::string_view module) const;
    /// Whether children `a` and `b` of a list of layers have the same.
    bool areAlike(std::string_view list, std::int64_t a, std::int64_t b) const;
};

} // namespace sunflop
