// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A model with very many modules, for what must stay fast on huge trees.

#include "ui/session/model.h"

namespace sunflop::test {

/// Modules of an expert and its three linear layers.
inline constexpr int modulesPerExpert = 4;
/// Modules of a layer besides its experts.
inline constexpr int modulesPerLayer = 11;
/// What they call themselves beside their children and costs FLOPs: of an expert SiLU and its product, of a
/// layer attention, softmax and sums.
inline constexpr int ownRowsPerExpert = 2;
inline constexpr int ownRowsPerLayer = 3;
/// Modules outside the layers.
inline constexpr int modulesAround = 6;

/// A mixture-of-experts decoder in which no layers or experts are folded: every one is a module of its own,
/// layers * (experts * modulesPerExpert + modulesPerLayer) + modulesAround in all. Each token visits eight
/// experts of a layer, evenly spread. Offers batch, text_tokens, new_tokens and the weights' type.
Model expertModel(int layers, int experts);

/// The same with equal layers, and equal experts in them, traced once: it has as many modules when unfolded.
Model foldedExpertModel(int layers, int experts);

} // namespace sunflop::test
