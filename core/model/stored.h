// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a file stores of a model: its tensors by name and, where it says so, the modules that hold them.

#include "core/base/count.h"
#include "core/base/dtype.h"
#include "core/base/shape.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sunflop {

/// A module by its dotted path, as in named_modules().
struct StoredModule {
    std::string path;      ///< empty for the model itself
    std::string className; ///< "Linear"; empty where the file does not tell
    std::string detail;    ///< what extra_repr() would print, as far as the file tells
    bool isContainer = false;
};

/// A tensor by its dotted name, as in state_dict().
struct StoredTensor {
    enum class Kind : std::uint8_t { Parameter, Buffer } kind = Kind::Parameter;
    std::string name;
    Shape shape;
    DType dtype = DType::F32;
    bool trainable = true;    ///< false: a parameter that was saved as one without gradient
    Count bytes;              ///< as stored, quantisation included
    std::int64_t memory = -1; ///< tensors with the same number are one (tied); -1: its own
};

/// Modules in registration order; those that only tensor names tell of may be missing.
struct Stored {
    std::vector<StoredModule> modules;
    std::vector<StoredTensor> tensors;
};

} // namespace sunflop
