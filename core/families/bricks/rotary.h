// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Rotary position embedding (arXiv 2104.09864): tables of cosines and sines, and what turns by them.

#include "core/families/bricks/blocks.h"

namespace sunflop {

/// Where cos and sin come from: tables cached when the module was made, or a product at every forward.
enum class RotaryTables { Cached, Computed };

/// Tables that rotate queries and keys: cos and sin [positions, tokens, width].
struct Rotary {
    Tensor cos;
    Tensor sin;
};

/// How a module makes the tables of one forward.
struct RotaryStyle {
    std::string className;
    std::int64_t width = 0; ///< of a head
    RotaryTables tables = RotaryTables::Computed;
    bool scales = true; ///< cos and sin are multiplied by attention_scaling
};

/// Module `rotary_emb`: tables for `rows` rows of `tokens` positions.
Rotary rotaryEmbedding(Tracer& t, const RotaryStyle& style, std::int64_t rows, std::int64_t tokens);

/// x * cos + rotate_half(x) * sin for x [b, heads, n, width].
Tensor rotated(const Tensor& x, const Rotary& rotary);

} // namespace sunflop
