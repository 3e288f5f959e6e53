// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The state of one session, or of two compared ones, in others.

#include "ui/compare/compare_session.h"
#include "ui/session/session.h"

namespace sunflop {

/// Lets `copy`, which holds no model yet, show what `original` shows: model, run, measure, colours, root,
/// selection, search, and the rows that are open. `original` requires a model; its theme stays its own.
void showSame(Session& copy, const Session& original);

/// The same of both sides of a comparison; `original` must be aligned, and `copy` is afterwards.
void showSame(CompareSession& copy, const CompareSession& original);

} // namespace sunflop
