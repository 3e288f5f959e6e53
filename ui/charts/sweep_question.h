// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The sweep of what a session shows, and words for its axis.

#include "core/run/sweep_question.h"
#include "ui/session/session.h"

#include <QString>

namespace sunflop {

/// "Text tokens" in the user's language.
QString axisTitle(const Axis& axis);
/// "672 px"; "1,344 × 896 px" of images that are not square.
QString currentText(const Axis& axis, const Run& run);

/// The sweep of the session's model under its inputs and the lens's measure.
SweepQuestion questionOf(const Session& session, const Axis& axis, Grouping grouping);
/// The sweep of two sessions against each other, under the measure of the first.
SweepQuestion questionOf(const Session& a, const Session& b, const Axis& axis);

} // namespace sunflop
