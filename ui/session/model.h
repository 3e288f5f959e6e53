// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A model as the window holds it: what a file said, who traces it, and the knobs it has.

#include "core/families/family.h"
#include "core/model/input.h"
#include "core/model/source.h"
#include "core/session/session_state.h"
#include "core/sunflop.h"

#include <QString>

#include <vector>

namespace sunflop {

/// Immutable and shared with the threads that count.
struct Model {
    Source source;
    const Family* family = nullptr;
    std::vector<Input> inputs;
    std::vector<Assignment> settings; ///< inputs that it opens with, where they are not the defaults
    Fingerprint fingerprint;          ///< of the file that was read
};

/// Opens a bundled name or a path; a printed report opens as the model and run behind it.
Result<Model> openModel(const QString& place);

/// The inputs of a run that are not at their default.
std::vector<Assignment> settingsOf(const Run& run);

/// Traces and counts a model. Safe on any thread.
Result<Run> runOf(const Model& model, const std::vector<Assignment>& settings, const Convention& convention);

} // namespace sunflop
