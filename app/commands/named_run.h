// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What MODEL names may be a session file: then the run is the session's, with the options on top.

#include "app/commands/command.h"
#include "core/session/session_state.h"

#include <QStringList>

namespace sunflop {

/// A run, wherever it was named.
struct NamedRun {
    std::string model;                   ///< a bundled name or a path
    std::vector<Assignment> settings;    ///< on top of what the model opens with
    std::string convention;              ///< an id of conventions()
    std::optional<SessionState> session; ///< the one that was named, with these settings and convention
};

/// Settings and convention that are given win over those of a session, also over what excludes them. What
/// the user must know about a session (its model has changed, an input is gone) is told on standard error.
Result<NamedRun> named(const RunOptions& options);

/// Tells about a session, a line of standard error each.
void tell(const std::string& session, const QStringList& notes);

} // namespace sunflop
