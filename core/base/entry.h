// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Entries of tables that are indexed by the 32-bit numbers of nodes and rows.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sunflop {

/// The entry of a node; requires that there is one.
template<typename T>
auto& at(std::vector<T>& items, std::int32_t index)
{
    return items[static_cast<std::size_t>(index)];
}

template<typename T>
const auto& at(const std::vector<T>& items, std::int32_t index)
{
    return items[static_cast<std::size_t>(index)];
}

} // namespace sunflop
