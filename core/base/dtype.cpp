// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/dtype.h"

#include "core/base/nearest.h"
#include "core/base/plain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <vector>

namespace sunflop {

namespace {

constexpr std::array formats{
    DTypeInfo{DType::F64, "fp64", 1, 8},
    DTypeInfo{DType::F32, "fp32", 1, 4},
    DTypeInfo{DType::BF16, "bf16", 1, 2},
    DTypeInfo{DType::F16, "fp16", 1, 2},
    DTypeInfo{DType::F8E4M3, "fp8", 1, 1},
    DTypeInfo{DType::F8E5M2, "fp8_e5m2", 1, 1},
    DTypeInfo{DType::I64, "int64", 1, 8},
    DTypeInfo{DType::I32, "int32", 1, 4},
    DTypeInfo{DType::I8, "int8", 1, 1},
    DTypeInfo{DType::U8, "uint8", 1, 1},
    DTypeInfo{DType::Bool, "bool", 1, 1},
    DTypeInfo{DType::NF4, "nf4", 64, 36},
    DTypeInfo{DType::MXFP4, "mxfp4", 32, 17},
    DTypeInfo{DType::Q8_0, "q8_0", 32, 34},
    DTypeInfo{DType::Q6_K, "q6_k", 256, 210},
    DTypeInfo{DType::Q5_K, "q5_k", 256, 176},
    DTypeInfo{DType::Q5_1, "q5_1", 32, 24},
    DTypeInfo{DType::Q5_0, "q5_0", 32, 22},
    DTypeInfo{DType::Q4_K, "q4_k", 256, 144},
    DTypeInfo{DType::Q4_1, "q4_1", 32, 20},
    DTypeInfo{DType::Q4_0, "q4_0", 32, 18},
    DTypeInfo{DType::Q3_K, "q3_k", 256, 110},
    DTypeInfo{DType::Q2_K, "q2_k", 256, 84},
    DTypeInfo{DType::F8E4M3FNUZ, "fp8_e4m3fnuz", 1, 1},
    DTypeInfo{DType::F8E5M2FNUZ, "fp8_e5m2fnuz", 1, 1},
    DTypeInfo{DType::F8E8M0, "fp8_e8m0", 1, 1},
    DTypeInfo{DType::F6E3M2, "fp6_e3m2", 4, 3},
    DTypeInfo{DType::F6E2M3, "fp6_e2m3", 4, 3},
    DTypeInfo{DType::F4, "fp4", 2, 1},
    DTypeInfo{DType::U64, "uint64", 1, 8},
    DTypeInfo{DType::U32, "uint32", 1, 4},
    DTypeInfo{DType::U16, "uint16", 1, 2},
    DTypeInfo{DType::I16, "int16", 1, 2},
    DTypeInfo{DType::U4, "uint4", 2, 1},
    DTypeInfo{DType::U2, "uint2", 4, 1},
    DTypeInfo{DType::U1, "uint1", 8, 1},
    DTypeInfo{DType::C128, "complex128", 1, 16},
    DTypeInfo{DType::C64, "complex64", 1, 8},
    DTypeInfo{DType::C32, "complex32", 1, 4},
    DTypeInfo{DType::NVFP4, "nvfp4_ggml", 64, 36},
    DTypeInfo{DType::Q8_K, "q8_k", 256, 292},
    DTypeInfo{DType::Q8_1, "q8_1", 32, 36},
    DTypeInfo{DType::Q2_0, "q2_0", 64, 18},
    DTypeInfo{DType::Q1_0, "q1_0", 128, 18},
    DTypeInfo{DType::IQ4_XS, "iq4_xs", 256, 136},
    DTypeInfo{DType::IQ4_NL, "iq4_nl", 32, 18},
    DTypeInfo{DType::IQ3_S, "iq3_s", 256, 110},
    DTypeInfo{DType::IQ3_XXS, "iq3_xxs", 256, 98},
    DTypeInfo{DType::IQ2_S, "iq2_s", 256, 82},
    DTypeInfo{DType::IQ2_XS, "iq2_xs", 256, 74},
    DTypeInfo{DType::IQ2_XXS, "iq2_xxs", 256, 66},
    DTypeInfo{DType::IQ1_M, "iq1_m", 256, 56},
    DTypeInfo{DType::IQ1_S, "iq1_s", 256, 50},
    DTypeInfo{DType::TQ2_0, "tq2_0", 256, 66},
    DTypeInfo{DType::TQ1_0, "tq1_0", 256, 54},
};

struct Alias {
    std::string_view name;
    DType dtype;
};

constexpr std::array aliases{
    Alias{"float64", DType::F64},
    Alias{"double", DType::F64},
    Alias{"float32", DType::F32},
    Alias{"float", DType::F32},
    Alias{"bfloat16", DType::BF16},
    Alias{"float16", DType::F16},
    Alias{"half", DType::F16},
    Alias{"float8_e4m3fn", DType::F8E4M3},
    Alias{"float8_e5m2", DType::F8E5M2},
    Alias{"float8_e4m3fnuz", DType::F8E4M3FNUZ},
    Alias{"float8_e5m2fnuz", DType::F8E5M2FNUZ},
    Alias{"float8_e8m0fnu", DType::F8E8M0},
    Alias{"float4_e2m1fn_x2", DType::F4},
    Alias{"long", DType::I64},
    Alias{"int", DType::I32},
    Alias{"short", DType::I16},
    Alias{"chalf", DType::C32},
    Alias{"cfloat", DType::C64},
    Alias{"cdouble", DType::C128},
    Alias{"qint8", DType::I8},
    Alias{"quint8", DType::U8},
    Alias{"qint32", DType::I32},
    Alias{"quint4x2", DType::U4},
    Alias{"quint2x4", DType::U2},
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
    case DType::Bool:
    case DType::U64:
    case DType::U32:
    case DType::U16:
    case DType::I16:
    case DType::U4:
    case DType::U2:
    case DType::U1:
    case DType::C128:
    case DType::C64:
    case DType::C32: return false;
    default: return true;
    }
}

bool isOffered(DType dtype)
{
    return dtype < DType::F8E4M3FNUZ && (isFloat(dtype) || dtype == DType::I8);
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
    for (const DTypeInfo& known : formats)
        if (isOffered(known.dtype))
            ids.push_back(known.id);
    return failure(ErrorKind::NotFound, {},
                   fmt::format("\"{}\" is no element type, {}", shortened(name), expectedName(name, ids)));
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
