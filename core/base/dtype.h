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
};

/// A format's name and its block: `blockBytes` hold `blockElements` neighbours of the innermost dimension,
/// scales included. Plain types have blocks of one element.
/// Sources: bitsandbytes (nf4, block 64 with one fp32 absmax), OCP MX 1.0 (mxfp4), ggml-common.h (q*).
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
bool isFloat(DType dtype);

/// The format called `name` (an id, or PyTorch's "bfloat16", "float16", "float32", ...).
Result<DType> dtypeNamed(std::string_view name);

/// Bytes of a contiguous tensor at its first step. Rows (the innermost dimension) are padded to whole blocks.
Count byteSize(const Shape& shape, DType dtype);

} // namespace sunflop
