// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Storage types of tensors in a GGUF file.

#include "core/base/shape.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace sunflop {

enum class GgufType : std::uint8_t {
    F32,
    F16,
    BF16,
    Q8_0,
    Q6_K,
    Q5_K,
    Q5_1,
    Q5_0,
    Q4_K,
    Q4_1,
    Q4_0,
    Q3_K,
    Q2_K,
    IQ4_XS,
    IQ4_NL,
    IQ3_S,
    IQ3_XXS,
    IQ2_S,
    IQ2_XS,
    IQ2_XXS,
    IQ1_M,
    IQ1_S,
    TQ2_0,
    TQ1_0,
    MXFP4,
    NVFP4,
};

/// A type's name and block: `blockBytes` hold `blockElements` neighbours of a row, scales included.
/// Source: ggml-common.h.
struct GgufTypeInfo {
    GgufType type;
    std::string_view id;
    std::int64_t blockElements;
    std::int64_t blockBytes;
};

/// Every type, in the order of GgufType.
std::span<const GgufTypeInfo> ggufTypes();
const GgufTypeInfo& info(GgufType type);

/// Bytes of a tensor whose innermost dimension is quantised in blocks. Rows are padded to whole blocks.
Count byteSize(const Shape& shape, GgufType type);

} // namespace sunflop
