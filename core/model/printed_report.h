// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Another counter's text report, read back: the module tree with its figures as they were printed.

#include "core/model/module.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sunflop {

/// Figures of one module or of the whole report, exactly as printed; empty where nothing is printed.
struct PrintedFigures {
    std::string params;      ///< "4.19 M"
    std::string macs;        ///< "616.56 MMACs"
    std::string flops;       ///< "1.23 GFLOPS"
    std::string paramsShare; ///< "0.0974%"
    std::string macsShare;
    std::string flopsShare;
};

/// One printed module. `module.detail` is the text behind the figures.
struct PrintedModule {
    Module module;
    PrintedFigures figures;
    std::int64_t line = 0; ///< where it begins in the file, from 1
};

/// The five summary lines and the tree, in printed (pre-)order.
struct PrintedReport {
    std::string totalParams;
    std::string forwardMacs;
    std::string forwardFlops;
    std::string trainingMacs;  ///< the fwd+bwd line
    std::string trainingFlops; ///< the fwd+bwd line
    std::vector<PrintedModule> modules;

    /// Dotted name of a module, runs written "0-35"; empty for the model.
    std::string path(std::int32_t module) const;
    /// Index of the child of `parent` called `name` (of a run: its first sibling's); -1 if there is none.
    std::int32_t child(std::int32_t parent, std::string_view name) const;
    /// The module at a dotted path below `from`; -1 if there is none.
    std::int32_t find(std::string_view path, std::int32_t from = 0) const;
};

} // namespace sunflop
