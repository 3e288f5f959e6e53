// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantisation/gguf_types.h"

#include <array>
#include <cassert>

namespace sunflop {

std::span<const GgufTypeInfo> ggufTypes()
{
    static constexpr std::array table{
        GgufTypeInfo{GgufType::F32, "f32", 1, 4},
        GgufTypeInfo{GgufType::F16, "f16", 1, 2},
        GgufTypeInfo{GgufType::BF16, "bf16", 1, 2},
        GgufTypeInfo{GgufType::Q8_0, "q8_0", 32, 34},
        GgufTypeInfo{GgufType::Q6_K, "q6_k", 256, 210},
        GgufTypeInfo{GgufType::Q5_K, "q5_k", 256, 176},
        GgufTypeInfo{GgufType::Q5_1, "q5_1", 32, 24},
        GgufTypeInfo{GgufType::Q5_0, "q5_0", 32, 22},
        GgufTypeInfo{GgufType::Q4_K, "q4_k", 256, 144},
        GgufTypeInfo{GgufType::Q4_1, "q4_1", 32, 20},
        GgufTypeInfo{GgufType::Q4_0, "q4_0", 32, 18},
        GgufTypeInfo{GgufType::Q3_K, "q3_k", 256, 110},
        GgufTypeInfo{GgufType::Q2_K, "q2_k", 256, 84},
        GgufTypeInfo{GgufType::IQ4_XS, "iq4_xs", 256, 136},
        GgufTypeInfo{GgufType::IQ4_NL, "iq4_nl", 32, 18},
        GgufTypeInfo{GgufType::IQ3_S, "iq3_s", 256, 110},
        GgufTypeInfo{GgufType::IQ3_XXS, "iq3_xxs", 256, 98},
        GgufTypeInfo{GgufType::IQ2_S, "iq2_s", 256, 82},
        GgufTypeInfo{GgufType::IQ2_XS, "iq2_xs", 256, 74},
        GgufTypeInfo{GgufType::IQ2_XXS, "iq2_xxs", 256, 66},
        GgufTypeInfo{GgufType::IQ1_M, "iq1_m", 256, 56},
        GgufTypeInfo{GgufType::IQ1_S, "iq1_s", 256, 50},
        GgufTypeInfo{GgufType::TQ2_0, "tq2_0", 256, 66},
        GgufTypeInfo{GgufType::TQ1_0, "tq1_0", 256, 54},
        GgufTypeInfo{GgufType::MXFP4, "mxfp4", 32, 17},
        GgufTypeInfo{GgufType::NVFP4, "nvfp4", 64, 36},
    };
    return table;
}

const GgufTypeInfo& info(GgufType type)
{
    const GgufTypeInfo& found = ggufTypes()[static_cast<std::size_t>(type)];
    assert(found.type == type);
    return found;
}

Count byteSize(const Shape& shape, GgufType type)
{
    const GgufTypeInfo& format = info(type);
    if (shape.rank() == 0)
        return format.blockBytes;
    Shape blocks = shape.at(0);
    const std::size_t inner = shape.rank() - 1;
    blocks.set(inner, (shape[inner] + format.blockElements - 1) / format.blockElements);
    return blocks.elements() * format.blockBytes;
}

} // namespace sunflop
