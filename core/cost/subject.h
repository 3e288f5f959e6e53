// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What part of a network's arithmetic a call belongs to, for whoever groups operators by what they are for.

#include "core/model/trace.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sunflop {

/// What a call, or the part of it that adds a bias, is for.
enum class Subject : std::uint8_t {
    Products,       ///< linear, convolution and recurrent layers without biases, matrix products outside of
                    ///< attention
    Biases,         ///< of linear layers and convolutions, and what a product is added to
    Attention,      ///< the fused kernel, or its products, scaling, mask and softmax one by one
    Norms,          ///< everything within a norm
    Activations,    ///< a softmax outside of attention too
    Gates,          ///< the product of an activated and a plain branch
    Rotary,         ///< tables of cosines and sines, and turning queries and keys by them
    Residuals,      ///< additions around a block
    LayerScales,    ///< products with a learned vector
    PositionTables, ///< adding learned positions
    Interpolation,  ///< of position tables to another size
    Masks,          ///< arithmetic on positions and masks
    Losses,
    Adapters, ///< scaling and adding low-rank adapters
    Inputs,   ///< no call: two runs that were asked different things
    Other,
};
inline constexpr std::size_t subjectCount = 16;

/// "norms", "rotary embedding", ...
std::string_view subjectName(Subject subject);

/// The subject of every operator of a trace, in their order; of one with a bias that of the rest.
std::vector<Subject> subjectsOf(const Trace& trace);

} // namespace sunflop
