// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a file told us about a model.

#include "core/model/adapters.h"
#include "core/model/config.h"
#include "core/model/printed_report.h"
#include "core/model/program.h"
#include "core/model/stored.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// Immutable once opened. `config` describes the model, `program` computes it, `stored` are its tensors, or
/// `report` is another tool's print of it; a checkpoint may have a config besides.
struct Source {
    std::string name;        ///< to show: "ovis2-4b", the file's stem or the folder's name
    std::string place;       ///< where it came from: a path, or "bundled"
    std::string_view format; ///< id of the format that read it
    Config config;
    std::optional<PrintedReport> report;
    std::shared_ptr<const Stored> stored;     ///< modules and tensors of a checkpoint or program; may be null
    std::shared_ptr<const Program> program;   ///< null where the file holds no operators
    std::shared_ptr<const Adapters> adapters; ///< that were opened with this model, their base; may be null
    std::vector<std::string> notes;           ///< what its reader should know, a sentence each
};

} // namespace sunflop
