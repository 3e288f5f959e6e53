// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A session's state as a command line that makes the same again.

#include "core/session/session_state.h"

#include <QString>
#include <QStringList>

namespace sunflop {

/// One word of a POSIX shell, in quotes where it needs them.
QString shellWord(const QString& word);

/// `sunflop figure MODEL ...` with every setting that differs from the defaults, and `more` options; of two
/// models `sunflop figure A --compare B ...`.
QString commandOf(const SessionState& state, const QStringList& more = {});

} // namespace sunflop
