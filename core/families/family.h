// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// An architecture: turns hyper-parameters and a workload into a trace.

#include "core/base/result.h"
#include "core/model/config.h"
#include "core/model/printed_report.h"
#include "core/model/source.h"
#include "core/model/trace.h"
#include "core/model/workload.h"

#include <span>
#include <string_view>
#include <vector>

namespace sunflop {

struct Decoder;

/// One registry entry. `trace` reads like the model's PyTorch forward.
struct Family {
    std::string_view id;
    std::string_view title;
    /// Values of config.json's "model_type" that mean this family; empty where `reads` decides.
    std::vector<std::string_view> modelTypes;
    /// Whether a source is of this family, whatever its config says; null: never.
    bool (*reads)(const Source&) = nullptr;

    /// The knobs that mean something for this model; also checks the config.
    Result<std::vector<Input>> (*inputs)(const Source&) = nullptr;
    /// Requires a workload made from this family's inputs.
    Result<Trace> (*trace)(const Source&, const Workload&) = nullptr;

    /// The text model that this config describes, for use inside vision-language families; null elsewhere.
    Result<Decoder> (*decoder)(const Config&) = nullptr;
    /// Configs that could have printed this report, most likely first; empty if the tree is of another
    /// family.
    std::vector<Config> (*rebuild)(const PrintedReport&) = nullptr;
};

/// Every family, in the order of core/CMakeLists.txt.
std::span<const Family> families();

/// The family of this config's "model_type"; the error lists what is known.
Result<const Family*> familyOf(const Config& config);
/// The first family that reads what there is, else that of a source's config.
Result<const Family*> familyOf(const Source& source);

} // namespace sunflop
