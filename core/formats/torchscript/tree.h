// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Modules and tensors of a TorchScript archive, from its data.pkl and the classes below code/.

#include "core/base/result.h"
#include "core/containers/archive.h"
#include "core/containers/pickle.h"
#include "core/formats/torchscript/code.h"
#include "core/model/stored.h"

#include <string>

namespace sunflop {

/// What the archive says without a run.
struct ScriptTree {
    Stored stored;
    ScriptClasses classes;
    std::string rootClass; ///< a key of `classes`, if all is well
};

/// Reads everything but tensors and constants. A module that is reached under several names has the first of
/// them. Errors name the member.
Result<ScriptTree> readScriptTree(const Archive& archive);

/// The classes and functions below code/.
Result<ScriptClasses> readScriptClasses(const Archive& archive);

/// A member of at most 64 MiB, unpickled.
Result<Pickle> readPickle(const Archive& archive, const Archive::Member& member);

} // namespace sunflop
