// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a sunburst says in words: names and figures of slices, and what it cannot draw.

#include "core/cost/partition.h"
#include "core/run/run.h"
#include "ui/sunburst/sunburst_layout.h"

#include <QString>
#include <QStringList>

#include <cstdint>
#include <vector>

namespace sunflop {

/// Words about the slices of one layout. Run and layout must outlive it.
class SunburstText {
public:
    SunburstText(const Run& run, const SunburstLayout& layout, const Measure& measure);

    /// "llm.model.layers", "0-35", "7" of an unfolded run, "scaled_dot_product_attention" for what a module
    /// has itself, "+3".
    QString name(int slice) const;
    /// What is most of an Own slice, and names it; null for other slices.
    const OwnPart* ownPart(int slice) const;
    /// Texts for the slice's label, the best first: "36 × Qwen2DecoderLayer", "0-35". What is all of a ring
    /// has its share of the middle with it: "llm  99.6 %".
    QStringList labels(int slice) const;
    QString className(int slice) const;
    /// Dotted path with the numbers of unfolded layers; the model's name in front of nothing.
    QString path(int slice) const;
    /// "gate_proj, Linear, 6.03 T FLOPs, 11.6 percent".
    QString spoken(int slice) const;
    /// "llm.model.layers.0-35.mlp.gate_proj, Linear: 6.03 T FLOPs, 11.6 %".
    QString title(int slice) const;

    /// What the slice has of a measure, of one member only where runs are unfolded.
    Count value(int slice, const Measure& measure) const;
    /// The same of the slice (or the model) that it is a share of.
    Count parentValue(int slice, const Measure& measure) const;

private:
    /// The slice of the innermost ring that a slice lies in.
    int outermost(int slice) const;

    const Run& m_run;
    const SunburstLayout& m_layout;
    const Measure& m_measure;
};

/// One of `copies` equal parts; a saturated count stays "at least this much".
Count divided(Count total, std::int64_t copies);

/// Why parts of the model, or all of it, have no slice: modules that did not run, a measure that is zero.
/// Sentences, most important first.
QStringList sunburstNotes(const Run& run, const Measure& measure, std::int32_t root);
/// Outermost modules below `root` that hold parameters and did not run.
std::vector<std::int32_t> dormantModules(const Run& run, std::int32_t root);

/// The row that "Copy row as Markdown" copies, with its head.
QString markdownRow(const Run& run, std::int32_t node);

/// "Forward FLOPs by module".
QString sunburstTitle(const Measure& measure);

} // namespace sunflop
