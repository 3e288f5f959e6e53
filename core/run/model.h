// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A model that is run more than once: what a file said, who traces it, and the knobs it has.

#include "core/families/family.h"
#include "core/model/fingerprint.h"
#include "core/run/run.h"

#include <optional>
#include <vector>

namespace sunflop {

/// Immutable; may be shared with threads that count.
struct Model {
    Source source;
    const Family* family = nullptr; ///< never null when used
    std::vector<Input> inputs;
    std::vector<Assignment> settings; ///< inputs that it opens with, where they are not the defaults
    Fingerprint fingerprint;          ///< of the file that was read
};

/// The inputs of a run that are not at their default.
std::vector<Assignment> settingsOf(const Run& run);

/// Traces and counts a model. Safe on any thread.
Result<Run> runOf(const Model& model, const std::vector<Assignment>& settings, const Convention& convention);

/// A run, or why there is none; both for a program that cannot run with these settings: then nothing of its
/// tree runs, and the reason stands among the notes too.
struct Attempt {
    std::optional<Run> run;
    std::optional<Error> problem;
};

/// As runOf(); of a program its tree and parameters at least, unless the settings make no workload. A problem
/// where there is not memory enough.
Attempt attempt(const Model& model, const std::vector<Assignment>& settings, const Convention& convention);

} // namespace sunflop
