// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which tensor gets which type when llama.cpp quantises a model: the mixes behind Q4_K_M and its kin.

#include "core/base/dtype.h"
#include "core/base/result.h"

#include <span>
#include <string_view>

namespace sunflop {

/// File types of llama-quantize.
enum class GgufFile : std::uint8_t {
    F32,
    F16,
    BF16,
    Q8_0,
    Q6_K,
    Q5_K_M,
    Q5_K_S,
    Q5_1,
    Q5_0,
    Q4_K_M,
    Q4_K_S,
    Q4_1,
    Q4_0,
    Q3_K_L,
    Q3_K_M,
    Q3_K_S,
    Q2_K,
    Q2_K_S,
    IQ4_NL,
    IQ4_XS,
    IQ3_M,
    IQ3_S,
    IQ3_XS,
    IQ3_XXS,
    IQ2_M,
    IQ2_S,
    IQ2_XS,
    IQ2_XXS,
    IQ1_M,
    IQ1_S,
    TQ2_0,
    TQ1_0,
    MXFP4_MOE,
};

/// A file type, its name, and the type of tensors that no rule names.
struct GgufFileInfo {
    GgufFile file;
    std::string_view id;
    DType base;
};

/// Every file type, in the order of GgufFile.
std::span<const GgufFileInfo> ggufFiles();
const GgufFileInfo& info(GgufFile file);
/// The file type called `name`, in either case.
Result<GgufFile> ggufFileNamed(std::string_view name);

/// What a tensor is to the rules.
enum class GgufTensor : std::uint8_t {
    TokenEmbedding,
    Output,
    AttentionQ,
    AttentionK,
    AttentionV, ///< the up-projection of a latent cache (attn_kv_b) too
    AttentionQkv,
    AttentionOutput,
    FfnUp,
    FfnGate,
    FfnDown,
    OtherMatrix,
    Kept, ///< never quantised: vectors, norms, routers, positions, small convolutions; F32
};

/// What the rules look at besides the tensor itself.
struct GgufModel {
    std::int64_t layers = 0;
    std::int64_t heads = 1;
    std::int64_t kvHeads = 1;
    std::int64_t experts = 0;
    bool tiedEmbeddings = false;      ///< the embedding table is the output matrix too
    bool hasImportanceMatrix = false; ///< llama-quantize --imatrix

    bool sharesKeys() const { return heads / kvHeads >= 4; }
    /// llama.cpp's LLM_TYPE_70B.
    bool is70B() const { return layers == 80 && heads != kvHeads; }
};

/// Type of one tensor of layer `layer` with `columns` inputs.
/// Source: llama_tensor_get_type in llama.cpp's llama-quant.cpp, by the rules for fused attn_qkv before those
/// of attn_v applied to it.
DType ggufType(GgufFile file, GgufTensor tensor, std::int64_t layer, std::int64_t columns,
               const GgufModel& model);

} // namespace sunflop
