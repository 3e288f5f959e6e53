// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// TorchScript as PyTorch 1.0 to 1.3 wrote it.

#include "core/base/result.h"
#include "core/containers/archive.h"
#include "core/formats/torchscript/tree.h"

namespace sunflop {

/// Modules and tensors of an archive with a model.json. Modules have no classes there, only names: those of
/// ScriptTree::classes are called as the files of their methods. Errors name the member.
Result<ScriptTree> readLegacyTree(const Archive& archive, const Archive::Member& model);

} // namespace sunflop
