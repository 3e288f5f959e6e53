// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The state of one session in another.

#include "ui/session/session.h"

namespace sunflop {

/// Lets `copy`, which holds no model yet, show what `original` shows: model, run, measure, colours, root,
/// selection, search, and the rows that are open. `original` requires a model; its theme stays its own.
void showSame(Session& copy, const Session& original);

} // namespace sunflop
