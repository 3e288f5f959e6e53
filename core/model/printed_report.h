// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Another counter's text report, read back: the module tree with its figures as they were printed.

#include "core/model/module.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// Figures of one module, exactly as printed; empty where nothing is printed.
struct PrintedFigures {
    std::string params;      ///< "4.19 M"
    std::string macs;        ///< "616.56 MMACs"
    std::string flops;       ///< "1.23 GFLOPS"
    std::string paramsShare; ///< "0.0974%"
    std::string macsShare;
    std::string flopsShare;

    friend bool operator==(const PrintedFigures&, const PrintedFigures&) = default;
};

/// The lines above the tree, their values exactly as printed.
struct PrintedSummary {
    std::string params;        ///< "4.3 B"
    std::string macs;          ///< "0.4082 TMACs"
    std::string flops;         ///< "0.8615 TFLOPS"
    std::string trainingMacs;  ///< forward and backward
    std::string trainingFlops; ///< forward and backward
};

/// The label that a summary line begins with, and where its value goes.
struct SummaryLine {
    std::string_view label;
    std::string PrintedSummary::*value;
    std::string_view unit; ///< what the value ends in: "", "MACs" or "FLOPS"
};

/// What stands for forward and backward of a run without gradients.
inline constexpr std::string_view noBackward = "none";

/// In printed order.
inline constexpr std::array<SummaryLine, 5> summaryLines{{
    {"Total Training Params:", &PrintedSummary::params, ""},
    {"fwd MACs:", &PrintedSummary::macs, "MACs"},
    {"fwd FLOPs:", &PrintedSummary::flops, "FLOPS"},
    {"fwd+bwd MACs:", &PrintedSummary::trainingMacs, "MACs"},
    {"fwd+bwd FLOPs:", &PrintedSummary::trainingFlops, "FLOPS"},
}};

/// One printed module. `module.detail` is the text behind the figures.
struct PrintedModule {
    Module module;
    PrintedFigures figures;
    std::int64_t line = 0; ///< where it begins in the file, from 1
};

/// A whole report, modules in printed (pre-)order.
struct PrintedReport {
    PrintedSummary summary;
    std::vector<PrintedModule> modules;

    /// Dotted name of a module, runs written "0-35"; empty for the model.
    std::string path(std::int32_t module) const;
    /// Index of the child of `parent` called `name` (of a run: its first sibling's); -1 if there is none.
    std::int32_t child(std::int32_t parent, std::string_view name) const;
    /// The module at a dotted path below `from`; -1 if there is none.
    std::int32_t find(std::string_view path, std::int32_t from = 0) const;
};

} // namespace sunflop
