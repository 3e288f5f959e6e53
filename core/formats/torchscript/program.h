// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Runs the forward() of a TorchScript file in the worker.

#include "core/base/result.h"
#include "core/containers/pickle.h"
#include "core/formats/torchscript/tree.h"
#include "core/model/program.h"

#include <filesystem>
#include <memory>

namespace sunflop {

/// What else a file says of its program.
struct ScriptFile {
    std::filesystem::path path;
    PickleValue tracedInputs; ///< examples of arguments; Missing where there are none
    bool isTraced = false;    ///< one run was written down: its branches, loops and sizes may be baked in
};

/// Starts the worker and opens the file in it. Where the file has no example of its arguments, some likely
/// ones are tried. An error says why the program cannot be run: there is no worker, it does not work
/// (ErrorKind::Installation), LibTorch refuses the file, or it takes what nothing here can give.
Result<std::shared_ptr<const Program>> openScript(const ScriptTree& tree, const ScriptFile& file);

} // namespace sunflop
