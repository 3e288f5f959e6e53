// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/adapters.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

template<typename Map>
auto below(const Map& map, std::string_view prefix)
{
    const auto first = map.lower_bound(prefix);
    const auto last =
        std::find_if(first, map.end(), [&](const auto& entry) { return !entry.first.starts_with(prefix); });
    return std::pair(first, last);
}

template<typename Map>
bool equalBelow(const Map& map, std::string_view a, std::string_view b)
{
    const auto [firstOfA, lastOfA] = below(map, a);
    const auto [firstOfB, lastOfB] = below(map, b);
    return std::equal(firstOfA, lastOfA, firstOfB, lastOfB, [&](const auto& left, const auto& right) {
        return left.second == right.second && std::string_view(left.first).substr(a.size()) ==
                                                  std::string_view(right.first).substr(b.size());
    });
}

template<typename Map>
auto* valueOf(const Map& map, std::string_view key)
{
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
}

/// What the names of all that is in a module begin with.
std::string prefixOf(std::string_view module)
{
    return module.empty() ? std::string() : fmt::format("{}.", module);
}

} // namespace

LowRank LowRank::ofRank(std::int64_t rank) const
{
    LowRank other = *this;
    other.down.set(0, rank);
    other.up.set(1, rank);
    return other;
}

const LowRank* Adapters::beside(std::string_view module) const
{
    return valueOf(layers, module);
}

const WholeTensor* Adapters::whole(std::string_view parameter) const
{
    return valueOf(tensors, parameter);
}

bool Adapters::trainsBelow(std::string_view module) const
{
    const std::string prefix = prefixOf(module);
    const auto [layer, lastLayer] = below(layers, prefix);
    const auto [tensor, lastTensor] = below(tensors, prefix);
    return layer != lastLayer || std::any_of(tensor, lastTensor, [](const auto& entry) {
               return entry.second.use != WholeTensor::Use::Stored;
           });
}

bool Adapters::areAlike(std::string_view list, std::int64_t a, std::int64_t b) const
{
    const std::string first = fmt::format("{}{}.", prefixOf(list), a);
    const std::string second = fmt::format("{}{}.", prefixOf(list), b);
    return equalBelow(layers, first, second) && equalBelow(tensors, first, second);
}

} // namespace sunflop
