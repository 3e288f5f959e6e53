// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Differences and ratios in the user's language. A difference is B - A, and its sign is always written.

#include "core/cost/comparison.h"
#include "core/cost/measure.h"
#include "core/run/run.h"

#include <QString>

namespace sunflop::text {

/// "−15.9 T", "+3.2 MiB"; an en dash for none, "unknown" where both counts are out of range.
QString delta(const ComparedFigure& figure, const Measure& measure);
/// The same with every digit and the unit: "−15,905,123 FLOPs".
QString exactDelta(const ComparedFigure& figure, const Measure& measure);
/// B / A: "0.27 ×", "12.4 ×"; "from 0" where A is zero, an en dash where both are.
QString ratio(const ComparedFigure& figure);
/// What a row shows of one side: the figure, or "absent" where nothing of that side is in the row.
QString comparedCell(Count count, bool isThere, const Measure& measure);
/// Of a row: "gone" and "new" where it is in one model only, else the ratio.
QString comparedRatio(const ComparedRow& row, const ComparedFigure& figure);

/// "paired by hand", "the same path", ...; empty for a module that stands alone.
QString matchSentence(Match match);
/// "36 + 24": layers of the outermost runs; empty without any.
QString layers(const Run& run);
/// "1,792 tokens · 36 + 24 layers".
QString sizeLine(const Run& run);
/// The inputs that matter as words: "batch 1, 256 text tokens, 1 image of 896 × 896 px".
QString inputsLine(const Run& run);
/// Tokens that a run processes, all sequences and steps.
Count tokens(const Run& run);

} // namespace sunflop::text
