// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a file told us about a model.

#include "core/model/config.h"
#include "core/model/printed_report.h"

#include <optional>
#include <string>
#include <string_view>

namespace sunflop {

/// Immutable once opened. Either `config` describes the model, or `report` is another tool's print of it.
struct Source {
    std::string name;        ///< to show: "ovis2-4b", the file's stem or the folder's name
    std::string place;       ///< where it came from: a path, or "bundled"
    std::string_view format; ///< id of the format that read it
    Config config;
    std::optional<PrintedReport> report;
};

} // namespace sunflop
