// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Tables whose entries have an id: registries and what else is chosen by name.

#include "core/base/nearest.h"
#include "core/base/plain_text.h"
#include "core/base/result.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// The ids of the entries, in their order; they live as long as those.
template<typename Entries>
std::vector<std::string_view> idsOf(const Entries& entries)
{
    std::vector<std::string_view> ids;
    for (const auto& entry : entries)
        ids.emplace_back(entry.id);
    return ids;
}

/// The entry of this id, into the table; null where none has it.
template<typename Entries>
auto entryNamed(const Entries& entries, std::string_view id)
{
    const auto idOf = [](const auto& entry) { return std::string_view(entry.id); };
    const auto found = std::ranges::find(entries, id, idOf);
    return found == entries.end() ? nullptr : &*found;
}

/// The same, or an error that says what is known: "no such <kind>, expected ...". `command` prints all of
/// them, "list families", if any does.
template<typename Entry>
Result<const Entry*> entryNamed(std::span<const Entry> entries, std::string_view id, std::string_view kind,
                                std::string_view command)
{
    if (const Entry* const found = entryNamed(entries, id))
        return found;
    return failure(ErrorKind::NotFound, shortened(id),
                   "no such " + std::string(kind) + ", " + expectedName(id, idsOf(entries), command));
}

} // namespace sunflop
