// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What MODEL names may be a session file: then the run is the session's, with the options on top.

#include "app/commands/command.h"
#include "core/run/model.h"
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
/// the user must know about a session (its model has changed, an input is gone; it is a comparison, and this
/// is its A) is told on standard error.
Result<NamedRun> named(const RunOptions& options);

/// What is given for one of two models alone.
struct OwnOptions {
    std::vector<std::string> settings;
    std::optional<std::string> convention;
};

/// The same with both models of a session that is a comparison: what `options` give goes to each of them
/// that offers it, and B may have a convention of its own.
Result<NamedRun> namedPair(const RunOptions& options, const OwnOptions& ofA, const OwnOptions& ofB);

/// Refuses settings of inputs that a model does not have; the error names it.
Result<void> checkOffered(const Model& model, const std::vector<Assignment>& settings);

/// Of what is given for both of two models, what goes to one, with its own on top: what neither offers is
/// left to A, which refuses it.
std::vector<Assignment> givenTo(const Model& model, const Model& other, bool isA,
                                const std::vector<Assignment>& common, const OwnOptions& own);

/// What a session file keeps, its sources where they were found.
Result<SessionState> sessionAt(const std::string& path);
/// A bundled name or a path.
std::string placeOf(const SourceReference& source);
/// The inputs of a run, less those that `given` ones replace or exclude; those that the model does not take
/// are told as of `session`.
Result<std::vector<Assignment>> keptInputs(const ModelState& run, const std::vector<Assignment>& given,
                                           const std::string& session);

/// Tells what to know about a model's figures on standard error, a line each: for output that has no place
/// for it.
void tellRemarks(const std::string& model, const std::vector<std::string>& remarks);

/// Tells about a session, a line of standard error each.
void tell(const std::string& session, const QStringList& notes);
/// Tells that of a comparison only A is taken.
void tellOnlyA(const std::string& session, const SessionState& state);

} // namespace sunflop
