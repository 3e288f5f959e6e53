// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The search for the inputs behind one report, given the model and its layout.

#include "core/audit/alignment.h"
#include "core/model/source.h"

#include <optional>
#include <span>
#include <vector>

namespace sunflop {

/// A model whose tree under `settings` is the printed one.
struct ModelLayout {
    Source model;
    std::vector<Input> inputs;
    std::vector<Assignment> settings; ///< release and attention kernel
    Alignment alignment;

    bool offers(std::string_view input) const;
    /// Traced with `further` settings on top.
    Result<Trace> trace(std::span<const Assignment> further) const;
};

/// The inputs of one layout that explain most lines.
struct Candidate {
    const ModelLayout* layout = nullptr;
    std::vector<Assignment> settings; ///< the layout's and those found
    Explanation explanation;
    std::vector<std::vector<Assignment>> equals; ///< other settings of this layout that explain as many
};

/// Reads totals off the figures that grow with them alone: tiles off the vision tower, positions off the
/// decoder's linear layers, positions of the head off lm_head. Splits positions into prompt and decode steps
/// by the figures that depend on the split, and tries what is left. Nothing where the figures contradict
/// every input.
std::optional<Candidate> search(const ModelLayout& layout, const PrintedReport& report,
                                const ReportStyle& style);

} // namespace sunflop
