// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Element types of tensors, block-quantised formats included.

#include "core/base/count.h"
#include "core/base/result.h"
#include "core/base/shape.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace sunflop {

/// How one element, or one block of elements, is stored.
enum class DType : std::uint8_t {
    F64,
    F32,
    BF16,
    F16,
    F8E4M3,
    F8E5M2,
    I64,
    I32,
    I8,
    U8,
    Bool,
    NF4,
    MXFP4,
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
    // What only files hold: not offered as the type of a run's weights.
    F8E4M3FNUZ,
    F8E5M2FNUZ,
    F8E8M0,
    F6E3M2,
    F6E2M3,
    F4,
    U64,
    U32,
    U16,
    I16,
    U4,
    U2,
    U1,
    C128,
    C64,
    C32,
    NVFP4,
    Q8_K,
    Q8_1,
    Q2_0,
    Q1_0,
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
};

/// A format's name and its block: `blockBytes` hold `blockElements` neighbours of the innermost dimension,
/// scales included. Plain types have blocks of one element; those below a byte are packed without scales.
/// Sources: bitsandbytes (nf4, block 64 with one fp32 absmax), OCP MX 1.0 (mxfp4), ggml-common.h (q*, iq*,
/// tq*, nvfp4), safetensors (fp4, fp6).
struct DTypeInfo {
    DType dtype;
    std::string_view id;
    std::int64_t blockElements;
    std::int64_t blockBytes;
};

/// Every format, in the order of DType.
std::span<const DTypeInfo> dtypes();
const DTypeInfo& info(DType dtype);

inline bool isBlockFormat(DType dtype)
{
    return info(dtype).blockElements > 1;
}
/// Whether elements stand for real numbers that are no integers; complex ones are not.
bool isFloat(DType dtype);
/// Whether a run can be asked to keep weights so: the others are only found in files.
bool isOffered(DType dtype);

/// The format called `name` (an id, or PyTorch's "bfloat16", "float16", "long", ..., "torch." before it or
/// not).
Result<DType> dtypeNamed(std::string_view name);

/// Bytes of a contiguous tensor at its first step. Rows (the innermost dimension) are padded to whole blocks.
Count byteSize(const Shape& shape, DType dtype);

} // namespace sunflop
