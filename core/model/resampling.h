// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Interpolations that read their input where a second tensor says.

#include "core/model/op.h"

#include <string_view>

namespace sunflop {

/// Whether an interpolation takes its positions from a grid: grid_sampler and what it is called elsewhere.
inline bool resamplesByGrid(const Op& op)
{
    return nameOf(op).find("grid_sampler") != std::string_view::npos;
}

} // namespace sunflop
