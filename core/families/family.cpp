// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/family.h"

#include "core/base/nearest.h"
#include "core/base/plain_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace sunflop {

Result<const Family*> familyOf(const Config& config)
{
    const std::string type = config.modelType();
    std::vector<std::string_view> known;
    for (const Family& family : families()) {
        if (std::ranges::find(family.modelTypes, type) != family.modelTypes.end())
            return &family;
        known.insert(known.end(), family.modelTypes.begin(), family.modelTypes.end());
    }
    const std::string found =
        type.empty() ? "no model_type" : fmt::format("model_type \"{}\"", shortened(type));
    return failure(type.empty() ? ErrorKind::Malformed : ErrorKind::Unsupported, config.keyPath("model_type"),
                   fmt::format("found {}, {}", found, expectedName(type, known, "list families")));
}

Result<const Family*> familyOf(const Source& source)
{
    if (source.report)
        return failure(ErrorKind::Unsupported, {},
                       fmt::format("a printed report of {} holds no operators, expected a model; "
                                   "\"sunflop audit\" reads it",
                                   source.report->modules.front().module.className));
    // What a file stores or computes goes before the config beside it.
    const auto found = std::ranges::find_if(
        families(), [&](const Family& family) { return family.reads != nullptr && family.reads(source); });
    return found == families().end() ? familyOf(source.config) : Result<const Family*>(&*found);
}

} // namespace sunflop
