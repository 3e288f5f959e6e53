// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A mixture of experts in place of an MLP: a router picks a few experts for each token.

#include "core/families/bricks/blocks.h"
#include "core/families/bricks/experts.h"

#include <string_view>

namespace sunflop {

/// Limit of the number of experts in configs.
inline constexpr std::int64_t mostRoutedExperts = 4'096;

/// How many experts a layer has and a token passes, under these keys.
Routing readRouting(ConfigReader& config, std::string_view experts, std::string_view visited,
                    const Routing& defaults);

/// Attributes of experts that are modules of their own, before transformers 5.0.
struct ExpertNames {
    std::string_view block = "mlp";
    std::string_view expertClass = "MLP"; ///< behind the family's prefix
    std::string_view gate = "gate_proj";
    std::string_view up = "up_proj";
    std::string_view down = "down_proj";
};

struct RoutedExperts {
    std::string_view prefix; ///< of class names: "Mixtral"
    Routing routing;
    std::int64_t intermediate = 0; ///< of one expert
    std::string_view hiddenAct;
};

/// XSparseMoeBlock as it is from 5.0 on, states x [b, n, hidden] to the same: one module holds all experts, a
/// tensor for each matrix, and one kernel multiplies the rows of each (torch._grouped_mm, which 5.17 takes on
/// a GPU). Tokens spread evenly, as far as whole rows do. Source: integrations/moe.py.
Tensor groupedExperts(Tracer& t, const Tensor& x, const RoutedExperts& experts, Version transformers);

/// The same before 5.0: a list of MLPs, called one by one with the tokens that are theirs.
Tensor listedExperts(Tracer& t, const Tensor& x, const RoutedExperts& experts, const ExpertNames& names,
                     Version transformers);

} // namespace sunflop
