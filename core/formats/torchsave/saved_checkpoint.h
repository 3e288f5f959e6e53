// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What torch.save wrote: a ZIP archive, or before PyTorch 1.6 a row of pickles.

#include "core/base/bytes.h"
#include "core/model/stored.h"

#include <string>
#include <vector>

namespace sunflop {

/// The tensors of a model, and what else was saved with them.
struct SavedCheckpoint {
    Stored stored; ///< modules only where the model itself was saved, not its state_dict()
    std::vector<std::string> notes;
};

/// Whether bytes are of torch.save: an archive with a pickle but without a program, or legacy pickles.
bool looksLikeSaved(const Bytes& bytes);

/// Reads the names, shapes, types and ties of what was saved; nothing of it is run and no numbers are read.
Result<SavedCheckpoint> readSaved(const Bytes& bytes);

} // namespace sunflop
