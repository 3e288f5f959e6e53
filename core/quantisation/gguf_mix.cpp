// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantisation/gguf_mix.h"

#include "core/base/nearest.h"
#include "core/base/plain_text.h"
#include "core/base/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cctype>
#include <initializer_list>
#include <vector>

namespace sunflop {

namespace {

using File = GgufFile;
using Type = DType;

/// One tensor before the rules: where it stands and what they start from.
struct Case {
    GgufFile file;
    std::int64_t layer;
    const GgufModel& model;
    DType base;

    bool isOneOf(std::initializer_list<GgufFile> files) const { return std::ranges::count(files, file) > 0; }
    /// The first 1/parts of the layers.
    bool isEarly(std::int64_t parts) const { return layer < model.layers / parts; }
    /// The first and last eighth, and every third layer between them.
    bool getsMoreBits() const
    {
        const std::int64_t eighth = model.layers / 8;
        return layer < eighth || layer >= 7 * model.layers / 8 || (layer - eighth) % 3 == 2;
    }
    /// IQ1 and IQ2 files have rules of their own.
    bool isLowest() const
    {
        return isOneOf({File::IQ1_S, File::IQ1_M, File::IQ2_XXS, File::IQ2_XS, File::IQ2_S, File::IQ2_M});
    }
    bool isIq2SOrM() const { return isOneOf({File::IQ2_S, File::IQ2_M}); }
    bool hasEightExperts() const { return model.experts == 8; }
};

Type outputType(const Case& c, std::int64_t columns)
{
    if (c.file == File::MXFP4_MOE || columns % info(c.base).blockElements != 0)
        return Type::Q8_0;
    if (c.isLowest() || c.file == File::IQ3_XXS)
        return Type::Q5_K;
    return c.base == Type::Q8_0 ? Type::Q8_0 : Type::Q6_K;
}

Type embeddingType(const Case& c)
{
    if (c.isIq2SOrM() || c.file == File::IQ3_XXS)
        return Type::IQ3_S;
    if (c.isLowest())
        return Type::Q2_K;
    return c.isOneOf({File::TQ1_0, File::TQ2_0}) ? Type::Q4_K : c.base;
}

Type lowestType(const Case& c, GgufTensor tensor)
{
    const Type better = c.isIq2SOrM() ? Type::IQ3_S : Type::Q2_K;
    switch (tensor) {
    case GgufTensor::AttentionV:
    case GgufTensor::AttentionQkv: return c.model.sharesKeys() || c.model.experts >= 4 ? Type::Q4_K : better;
    case GgufTensor::AttentionK: return c.hasEightExperts() ? Type::Q4_K : c.base;
    case GgufTensor::FfnDown: return c.isEarly(8) ? better : c.base;
    case GgufTensor::AttentionOutput:
        if (c.hasEightExperts())
            return Type::Q5_K;
        if (c.isOneOf({File::IQ1_S, File::IQ1_M}))
            return Type::IQ2_XXS;
        return c.isIq2SOrM() ? Type::IQ3_S : c.base;
    default: return c.base;
    }
}

Type valueTypeBySize(const Case& c)
{
    const bool shares = c.model.sharesKeys();
    switch (c.file) {
    case File::Q2_K: return shares ? Type::Q4_K : Type::Q3_K;
    case File::Q2_K_S:
    case File::IQ3_XS:
    case File::IQ3_S: return shares ? Type::Q4_K : c.base;
    case File::IQ3_XXS:
        if (shares)
            return Type::Q4_K;
        return c.model.hasImportanceMatrix ? c.base : Type::IQ3_S;
    case File::IQ3_M: return Type::Q4_K;
    case File::Q3_K_M: return c.layer < 2 ? Type::Q5_K : Type::Q4_K;
    case File::Q3_K_L: return Type::Q5_K;
    case File::IQ4_NL:
    case File::IQ4_XS: return shares ? Type::Q5_K : c.base;
    case File::Q4_K_M:
    case File::Q5_K_M: return c.getsMoreBits() ? Type::Q6_K : c.base;
    case File::Q4_K_S: return c.layer < 4 ? Type::Q5_K : c.base;
    default: return c.base;
    }
}

Type valueType(const Case& c)
{
    if (c.hasEightExperts())
        return Type::Q8_0;
    const Type type = valueTypeBySize(c);
    const bool isRaised = c.model.is70B() && (type == Type::Q3_K || type == Type::Q4_K);
    return isRaised ? Type::Q5_K : type;
}

Type queryOrKeyType(const Case& c, GgufTensor tensor)
{
    if (tensor == GgufTensor::AttentionK && c.hasEightExperts())
        return Type::Q8_0;
    if (c.file == File::IQ3_XS)
        return Type::IQ3_XXS;
    return c.file == File::IQ3_XXS ? Type::IQ2_S : c.base;
}

Type fusedType(const Case& c)
{
    if (c.isOneOf({File::Q3_K_M, File::Q3_K_L, File::IQ3_M}))
        return Type::Q4_K;
    if (c.file == File::Q4_K_M)
        return Type::Q5_K;
    return c.file == File::Q5_K_M ? Type::Q6_K : c.base;
}

Type downType(const Case& c)
{
    const bool guided = c.model.hasImportanceMatrix;
    switch (c.file) {
    case File::Q2_K: return Type::Q3_K;
    case File::Q2_K_S: return c.isEarly(8) ? Type::Q4_K : c.base;
    case File::IQ3_XXS:
        if (guided)
            return c.base;
        return c.isEarly(8) ? Type::Q4_K : Type::Q3_K;
    case File::Q3_K_M: return c.isEarly(16) ? Type::Q5_K : Type::Q4_K;
    case File::Q3_K_L: return Type::Q5_K;
    case File::IQ3_M: return c.isEarly(8) || (c.hasEightExperts() && c.getsMoreBits()) ? Type::Q4_K : c.base;
    case File::Q4_K_M:
    case File::Q5_K_M: return c.getsMoreBits() ? Type::Q6_K : c.base;
    case File::IQ4_NL:
    case File::IQ4_XS: return c.isEarly(8) && !guided ? Type::Q5_K : c.base;
    case File::Q4_K_S: return c.isEarly(8) ? Type::Q5_K : c.base;
    case File::Q4_0: return c.isEarly(8) && guided ? Type::Q4_1 : c.base;
    case File::Q5_0: return c.isEarly(8) && guided ? Type::Q5_1 : c.base;
    default: return c.base;
    }
}

Type attentionOutputType(const Case& c)
{
    if (c.hasEightExperts())
        return c.isOneOf({File::Q2_K, File::IQ3_XS, File::IQ3_XXS, File::Q3_K_S, File::Q3_K_M, File::IQ4_NL,
                          File::Q4_K_S, File::Q4_K_M, File::IQ3_S, File::IQ3_M, File::IQ4_XS})
                   ? Type::Q5_K
                   : c.base;
    switch (c.file) {
    case File::Q2_K: return Type::Q3_K;
    case File::IQ3_XXS: return Type::IQ3_S;
    case File::Q3_K_M:
    case File::IQ3_M: return Type::Q4_K;
    case File::Q3_K_L: return Type::Q5_K;
    default: return c.base;
    }
}

Type upOrGateType(const Case& c)
{
    const bool isMiddle = !c.isEarly(8) && c.layer < 7 * c.model.layers / 8;
    return c.file == File::IQ3_XS && isMiddle ? Type::IQ3_XXS : c.base;
}

Type ruledType(const Case& c, GgufTensor tensor)
{
    if (c.isLowest())
        return lowestType(c, tensor);
    switch (tensor) {
    case GgufTensor::AttentionV: return valueType(c);
    case GgufTensor::AttentionQkv: return fusedType(c);
    case GgufTensor::AttentionQ:
    case GgufTensor::AttentionK: return queryOrKeyType(c, tensor);
    case GgufTensor::AttentionOutput: return attentionOutputType(c);
    case GgufTensor::FfnDown: return downType(c);
    case GgufTensor::FfnUp:
    case GgufTensor::FfnGate: return upOrGateType(c);
    default: return c.base;
    }
}

/// What rows that are no whole blocks get instead.
Type fallback(Type type, std::int64_t columns)
{
    if (columns % info(type).blockElements == 0)
        return type;
    switch (type) {
    case Type::Q6_K: type = Type::Q8_0; break;
    case Type::Q5_K: type = Type::Q5_1; break;
    case Type::Q4_K: type = Type::Q5_0; break;
    case Type::Q3_K:
    case Type::Q2_K:
    case Type::TQ1_0:
    case Type::TQ2_0: type = Type::Q4_0; break;
    default: type = info(type).blockElements == 256 ? Type::IQ4_NL : Type::F16;
    }
    return columns % info(type).blockElements == 0 ? type : Type::F16;
}

} // namespace

std::span<const GgufFileInfo> ggufFiles()
{
    static constexpr std::array table{
        GgufFileInfo{File::F32, "f32", Type::F32},
        GgufFileInfo{File::F16, "f16", Type::F16},
        GgufFileInfo{File::BF16, "bf16", Type::BF16},
        GgufFileInfo{File::Q8_0, "q8_0", Type::Q8_0},
        GgufFileInfo{File::Q6_K, "q6_k", Type::Q6_K},
        GgufFileInfo{File::Q5_K_M, "q5_k_m", Type::Q5_K},
        GgufFileInfo{File::Q5_K_S, "q5_k_s", Type::Q5_K},
        GgufFileInfo{File::Q5_1, "q5_1", Type::Q5_1},
        GgufFileInfo{File::Q5_0, "q5_0", Type::Q5_0},
        GgufFileInfo{File::Q4_K_M, "q4_k_m", Type::Q4_K},
        GgufFileInfo{File::Q4_K_S, "q4_k_s", Type::Q4_K},
        GgufFileInfo{File::Q4_1, "q4_1", Type::Q4_1},
        GgufFileInfo{File::Q4_0, "q4_0", Type::Q4_0},
        GgufFileInfo{File::Q3_K_L, "q3_k_l", Type::Q3_K},
        GgufFileInfo{File::Q3_K_M, "q3_k_m", Type::Q3_K},
        GgufFileInfo{File::Q3_K_S, "q3_k_s", Type::Q3_K},
        GgufFileInfo{File::Q2_K, "q2_k", Type::Q2_K},
        GgufFileInfo{File::Q2_K_S, "q2_k_s", Type::Q2_K},
        GgufFileInfo{File::IQ4_NL, "iq4_nl", Type::IQ4_NL},
        GgufFileInfo{File::IQ4_XS, "iq4_xs", Type::IQ4_XS},
        GgufFileInfo{File::IQ3_M, "iq3_m", Type::IQ3_S},
        GgufFileInfo{File::IQ3_S, "iq3_s", Type::IQ3_S},
        GgufFileInfo{File::IQ3_XS, "iq3_xs", Type::IQ3_S},
        GgufFileInfo{File::IQ3_XXS, "iq3_xxs", Type::IQ3_XXS},
        GgufFileInfo{File::IQ2_M, "iq2_m", Type::IQ2_S},
        GgufFileInfo{File::IQ2_S, "iq2_s", Type::IQ2_XS},
        GgufFileInfo{File::IQ2_XS, "iq2_xs", Type::IQ2_XS},
        GgufFileInfo{File::IQ2_XXS, "iq2_xxs", Type::IQ2_XXS},
        GgufFileInfo{File::IQ1_M, "iq1_m", Type::IQ1_M},
        GgufFileInfo{File::IQ1_S, "iq1_s", Type::IQ1_S},
        GgufFileInfo{File::TQ2_0, "tq2_0", Type::TQ2_0},
        GgufFileInfo{File::TQ1_0, "tq1_0", Type::TQ1_0},
        GgufFileInfo{File::MXFP4_MOE, "mxfp4_moe", Type::MXFP4},
    };
    return table;
}

const GgufFileInfo& info(GgufFile file)
{
    const GgufFileInfo& found = ggufFiles()[static_cast<std::size_t>(file)];
    assert(found.file == file);
    return found;
}

Result<GgufFile> ggufFileNamed(std::string_view name)
{
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    });
    if (const auto* const found = entryNamed(ggufFiles(), lower))
        return found->file;
    return failure(ErrorKind::NotFound, {},
                   fmt::format("\"{}\" is no GGUF file type, {}", shortened(name),
                               expectedName(name, idsOf(ggufFiles()))));
}

DType ggufType(GgufFile file, GgufTensor tensor, std::int64_t layer, std::int64_t columns,
               const GgufModel& model)
{
    if (tensor == GgufTensor::Kept)
        return Type::F32;
    const Case c{file, layer, model, info(file).base};
    if (info(c.base).blockElements == 1)
        return c.base;
    if (tensor == GgufTensor::Output || (tensor == GgufTensor::TokenEmbedding && model.tiedEmbeddings))
        return fallback(outputType(c, columns), columns);
    if (file == File::MXFP4_MOE) {
        const bool isExpert =
            model.experts > 1 &&
            (tensor == GgufTensor::FfnUp || tensor == GgufTensor::FfnGate || tensor == GgufTensor::FfnDown);
        return fallback(isExpert ? Type::MXFP4 : Type::Q8_0, columns);
    }
    return fallback(tensor == GgufTensor::TokenEmbedding ? embeddingType(c) : ruledType(c, tensor), columns);
}

} // namespace sunflop
