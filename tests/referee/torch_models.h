// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Models written with LibTorch's own operators, run on tensors without data: what PyTorch multiplies.
///
/// Free of LibTorch and of anything newer than C++17, so that Qt's macros, the engine and ATen never meet in
/// one file, and clang 14, which cannot read ATen as C++20, can compile the other side.

#include <cstdint>
#include <map>
#include <string>

namespace sunflop::referee {

/// Multiply-accumulates by the path of the module whose own calls perform them; modules without any are
/// missing.
using ModuleMacs = std::map<std::string, std::int64_t>;

/// How an attention module spells its two products.
enum class Attention {
    Eager, ///< matmul, softmax and matmul in the model's Python
    Sdpa,  ///< F.scaled_dot_product_attention
};

/// One forward of Qwen2ForCausalLM with a single layer, from embedded tokens to logits.
struct DecoderForward {
    Attention attention = Attention::Eager;
    std::int64_t batch = 1;
    std::int64_t tokens = 1;
    std::int64_t cached = 0; ///< keys and values already there, per sequence
    std::int64_t hidden = 0;
    std::int64_t intermediate = 0;
    std::int64_t heads = 0;
    std::int64_t kvHeads = 0;
    std::int64_t headDim = 0;
    std::int64_t vocabulary = 0;
    std::int64_t positionRows = 1;  ///< rows of position_ids: one for all sequences, or one each
    std::int64_t headPositions = 1; ///< last positions that reach lm_head
};
ModuleMacs run(const DecoderForward& forward);

/// One forward of InternVisionModel with a single layer, from pixels to states.
struct VisionForward {
    std::int64_t images = 1;
    std::int64_t imageSize = 0; ///< pixels, square
    std::int64_t patch = 0;     ///< pixels, square
    std::int64_t hidden = 0;
    std::int64_t intermediate = 0;
    std::int64_t heads = 0;
    bool qkvBias = false;
    bool normalisesHeads = false;
};
ModuleMacs run(const VisionForward& forward);

/// One torch.nn.Conv2d called "conv" on [images, channels, height, width].
struct ConvolutionForward {
    std::int64_t images = 1;
    std::int64_t channels = 0;
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::int64_t out = 0;
    std::int64_t kernelHeight = 1;
    std::int64_t kernelWidth = 1;
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    std::int64_t groups = 1;
    bool bias = false;
};
ModuleMacs run(const ConvolutionForward& forward);

} // namespace sunflop::referee
