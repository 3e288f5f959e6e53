// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Why two conventions count a run differently, in the user's language.

#include "core/cost/reasons.h"

#include <QString>

namespace sunflop {

/// "Norms", "Rotary embedding", ...
QString subjectTitle(Subject subject);

/// The operators of a reason: "pow, mean, rsqrt".
QString operatorsText(const Reason& reason);

/// Both rules in a sentence: "Exact counts 5 for each element; calflops does not see these calls (not
/// counted)."
QString whySentence(const Convention& a, const Convention& b, const Reason& reason);

} // namespace sunflop
