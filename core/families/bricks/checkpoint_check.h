// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A checkpoint held against the model that its config describes.

#include "core/model/stored.h"
#include "core/model/trace.h"

#include <optional>
#include <string>
#include <vector>

namespace sunflop {

/// A tensor whose shape is another one than the model's.
struct DifferentShape {
    std::string name;
    Shape stored;
    Shape expected;
};

/// How far what is stored is what the model has. Names are the model's, of extra tensors the file's.
struct CheckpointCheck {
    std::size_t expected = 0; ///< tensors of the model, without names that tied ones lack
    std::vector<std::string> missing;
    std::vector<std::string> extra;
    std::vector<DifferentShape> different;
    /// By Trace::parameters: the stored type of all instances; nothing where they differ or one is missing.
    std::vector<std::optional<DType>> dtypes;
    bool hasMixedLayers = false; ///< instances of some parameter are stored in several types

    bool isComplete() const { return missing.empty() && extra.empty() && different.empty(); }
};

/// Compares by name, whatever prefix wrappers or base models leave out. Tied tensors may be stored once,
/// query, key and value or gate and up projections as one, and quantised matrices packed; buffers are never
/// extra.
CheckpointCheck checkCheckpoint(const Trace& trace, const Stored& stored);

/// What the reader should know of it, a sentence each.
std::vector<std::string> notesOf(const CheckpointCheck& check);

} // namespace sunflop
