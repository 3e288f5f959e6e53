// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The options of `sunflop compare`, and what sessions put into them.

#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sunflop {

/// What is asked of one side: its model, settings of its own, and how to count it.
struct SideOptions {
    std::string model;
    std::vector<std::string> settings;
    std::optional<std::string> convention;
};

struct CompareOptions {
    SideOptions a;
    SideOptions b;
    std::vector<std::string> settings;     ///< of both
    std::optional<std::string> convention; ///< of both; nothing: the default, and reports as they are printed
    std::vector<std::string> pairs;        ///< "path=path"
    std::vector<std::string> measures;
    std::vector<std::string> limits; ///< "measure=limit"
    std::string format;
    std::optional<std::int32_t> depth;
    std::optional<std::string> file;
};

/// Puts what sessions keep in the place of their files: one that is a comparison may stand for both models,
/// one of one model for either. What is given wins.
Result<CompareOptions> withoutSessions(CompareOptions options);

} // namespace sunflop
