// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/rotary.h"

namespace sunflop {

Rotary rotaryEmbedding(Tracer& t, const RotaryStyle& style, std::int64_t rows, std::int64_t tokens)
{
    const auto scope = t.module("rotary_emb", style.className);
    if (style.tables == RotaryTables::Cached) {
        const Tensor table = t.create({rows, tokens, style.width}, t.settings().activationDType);
        return {table, table};
    }
    const Tensor frequencies = t.create({rows, style.width / 2, 1}, DType::F32);
    const Tensor positions = t.create({rows, 1, tokens}, DType::F32);
    const Tensor angles = transpose(matmul(frequencies, positions, Spelling::Operator), 1, 2);
    const Tensor both = cat(angles, angles, 2);
    Rotary rotary{cos(both), sin(both)};
    if (style.scales) {
        rotary.cos = mul(rotary.cos, t.number());
        rotary.sin = mul(rotary.sin, t.number());
    }
    return {to(rotary.cos, t.settings().activationDType), to(rotary.sin, t.settings().activationDType)};
}

Tensor rotated(const Tensor& x, const Rotary& rotary)
{
    const auto perHead = [](const Tensor& table) {
        return view(table, {table.size(0), 1, table.size(1), table.size(2)});
    };
    Shape half = x.shape();
    half.set(3, x.size(3).size / 2);
    Tensor straight = mul(x, perHead(rotary.cos));
    Tensor turned = cat(neg(slice(x, half)), slice(x, half), 3);
    turned = mul(std::move(turned), perHead(rotary.sin));
    return add(std::move(straight), std::move(turned));
}

} // namespace sunflop
