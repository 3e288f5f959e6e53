// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Names that mean the same part of a model: every family has its own word for the language model, the vision
/// tower, the layers and what is in them.

#include "core/model/trace.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sunflop {

/// Index into namedParts(); -1: a name that no group knows.
using PartIndex = std::int16_t;
inline constexpr PartIndex noPart = -1;

/// One part and its names. A name may be preceded by the id of the part that it lies in, "vision/head", or by
/// nothing for a child of the model itself, "/head"; such a name wins over the plain one.
struct NamedPart {
    std::string_view id;    ///< "language"
    std::string_view names; ///< separated by blanks
    bool isAnchor = false;  ///< a model has one, and it may lie anywhere
};

/// Every part that is known. No name belongs to two parts.
std::span<const NamedPart> namedParts();

/// The part that each module is, in the order of Trace::modules. The part around a name is that of the
/// nearest ancestor that is one.
std::vector<PartIndex> partsOf(const Trace& trace);

} // namespace sunflop
