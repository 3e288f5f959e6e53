// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Finds the run behind a printed report: which model, release, kernel, tokens, tiles and decode steps make
/// the engine print the same figures.

#include "core/audit/alignment.h"
#include "core/model/source.h"

#include <span>
#include <string>
#include <vector>

namespace sunflop {

/// The run that explains most of a report's lines.
struct Inference {
    Run run;                          ///< of the rebuilt model, counted as calflops does
    std::vector<Assignment> settings; ///< the inputs that were inferred, as for --set
    Explanation explanation;
    /// Other settings that explain as much, by what they change ("transformers=4.53", "new_tokens=0
    /// logits=all"): the report cannot tell them apart.
    std::vector<std::string> equivalents;

    /// Whether the run may be taken for the report's own: it explains at least nine lines in ten.
    bool fits() const { return explanation.explained() * 10 >= explanation.lines * 9; }
};

/// Searches the engine's inputs. Refuses reports whose tree no family prints.
Result<Inference> infer(const Source& source);

/// Opens a printed report like a model: the rebuilt model with the inferred inputs, `assignments` on top,
/// under any convention. Refuses reports that no run fits.
Result<Run> recount(const Source& source, std::span<const Assignment> assignments,
                    const Convention& convention);

} // namespace sunflop
