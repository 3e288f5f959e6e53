// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/dtype.h"

#include "core/base/units.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <vector>

namespace sunflop {

namespace {

constexpr std::array formats{
    DTypeInfo{DType::F64, "fp64", 1, 8},      DTypeInfo{DType::F32, "fp32", 1, 4},
    DTypeInfo{DType::BF16, "bf16", 1, 2},     DTypeInfo{DType::F16, "fp16", 1, 2},
    DTypeInfo{DType::F8E4M3, "fp8", 1, 1},    DTypeInfo{DType::F8E5M2, "fp8_e5m2", 1, 1},
    DTypeInfo{DType::I64, "int64", 1, 8},     DTypeInfo{DType::I32, "int32", 1, 4},
    DTypeInfo{DType::I8, "int8", 1, 1},       DTypeInfo{DType::U8, "uint8", 1, 1},
    DTypeInfo{DType::Bool, "bool", 1, 1},     DTypeInfo{DType::NF4, "nf4", 64, 36},
    DTypeInfo{DType::MXFP4, "mxfp4", 32, 17}, DTypeInfo{DType::Q8_0, "q8_0", 32, 34},
    DTypeInfo{DType::Q6_K, "q6_k", 256, 210}, DTypeInfo{DType::Q5_K, "q5_k", 256, 176},
    DTypeInfo{DType::Q5_1, "q5_1", 32, 24},   DTypeInfo{DType::Q5_0, "q5_0", 32, 22},
    DTypeInfo{DType::Q4_K, "q4_k", 256, 144}, DTypeInfo{DType::Q4_1, "q4_1", 32, 20},
    DTypeInfo{DType::Q4_0, "q4_0", 32, 18},   DTypeInfo{DType::Q3_K, "q3_k", 256, 110},
    DTypeInfo{DType::Q2_K, "q2_k", 256, 84},
};

struct Alias {
    std::string_view name;
    DType dtype;
};

constexpr std::array aliases{
    Alias{"float64", DType::F64}, Alias{"double", DType::F64},           Alias{"float32", DType::F32},
    Alias{"float", DType::F32},   Alias{"bfloat16", DType::BF16},        Alias{"float16", DType::F16},
    Alias{"half", DType::F16},    Alias{"float8_e4m3fn", DType::F8E4M3}, Alias{"float8_e5m2", DType::F8E5M2},
};

} // namespace

std::span<const DTypeInfo> dtypes()
{
    return formats;
}

const DTypeInfo& info(DType dtype)
{
    const DTypeInfo& found = formats[static_cast<std::size_t>(dtype)];
    assert(found.dtype == dtype);
    return found;
}

bool isFloat(DType dtype)
{
    switch (dtype) {
    case DType::I64:
    case DType::I32:
    case DType::I8:
    case DType::U8:
    case DType::Bool: return false;
    default: return true;
    }
}

Result<DType> dtypeNamed(std::string_view name)
{
    if (name.starts_with("torch."))
        name.remove_prefix(6);
    const auto format = std::ranges::find(formats, name, &DTypeInfo::id);
    if (format != formats.end())
        return format->dtype;
    const auto alias = std::ranges::find(aliases, name, &Alias::name);
    if (alias != aliases.end())
        return alias->dtype;
    std::vector<std::string_view> ids;
    std::ranges::transform(formats, std::back_inserter(ids), &DTypeInfo::id);
    return failure(
        ErrorKind::NotFound, {},
        fmt::format("\"{}\" is no element type, expected one of {}", shortened(name), fmt::join(ids, ", ")));
}

Count byteSize(const Shape& shape, DType dtype)
{
    const DTypeInfo& format = info(dtype);
    if (format.blockElements == 1 || shape.rank() == 0)
        return shape.elements() * format.blockBytes;
    const std::int64_t row = shape.fromEnd(0).size;
    const std::int64_t blocks = (row + format.blockElements - 1) / format.blockElements;
    Shape rows = shape;
    rows.set(rows.rank() - 1, 1);
    return rows.elements() * blocks * format.blockBytes;
}

} // namespace sunflop
