// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Numbers and names in the user's language, as every view shows them.

#include "core/base/count.h"
#include "core/cost/measure.h"
#include "core/model/module.h"
#include "core/run/run.h"

#include <QString>

#include <string_view>

namespace sunflop::text {

QString from(std::string_view text);

/// Three digits and a prefix, thin space between: "51.9 T", "4.30 B" for parameters, "8.02 GiB" for bytes,
/// "12.3 ms" for times; an en dash for zero, a ">= " in front of a saturated count.
QString brief(Count count, const Measure& measure);
/// Every digit in groups of three: "2,434,793,472".
QString exact(Count count);
/// With its unit: "2,434,793,472 FLOPs", "16,384 bytes".
QString exactWithUnit(Count count, const Measure& measure);
/// part / whole in percent, one decimal: "34.8 %", "< 0.1 %", an en dash for zero or of zero.
QString share(Count part, Count whole);
/// The same of a plain number of bytes, and of a time in seconds.
QString bytes(Count count);
QString seconds(double seconds);
/// Change from a baseline: "+138 %", "×12" from ten times on; empty below 0.5 %.
QString change(Count now, Count baseline);
double fraction(Count part, Count whole);

/// "Params", "MACs", ...: as short as a button or a column head wants it.
QString shortTitle(const Measure& measure);
/// "Parameters", "Forward FLOPs", ...
QString title(const Measure& measure);
/// "parameters", "forward FLOPs", ...: inside a sentence
QString noun(const Measure& measure);
QString roleTitle(Role role);

/// The name by which the user knows a module: its label, the model's name for the root.
QString name(const Run& run, std::int32_t node);
/// One of the equal siblings that a module stands for, by its number from 0: "17".
QString memberName(const Module& module, std::int64_t member);
/// The dotted path, the model's name for the root.
QString path(const Run& run, std::int32_t node);
/// What a module has itself: the operator's or the tensor's name; of the rest what it is under this measure.
QString ownName(const OwnKey& key, bool isOfModel, const Measure& measure);
QString ownName(const OwnPart& part, const Measure& measure);
/// The same behind the path of its module: "model.layers.0-35.mlp::mul".
QString ownPath(const Run& run, const OwnPart& part);
/// "operator", "tensor"; empty for the rest.
QString ownKind(OwnKind kind);
/// Class and what matters of its attributes: "Linear  2048 → 11008", "Embedding  151936 × 2048".
QString classAndShape(const Module& module);

} // namespace sunflop::text
