// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The header of one GGUF file, llama.cpp's format: what it says of the model, and its tensors.

#include "core/base/bytes.h"
#include "core/model/stored.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sunflop {

/// Numbers, texts and short lists of numbers by key. Of other lists only the lengths are kept.
struct GgufHeader {
    std::map<std::string, nlohmann::json, std::less<>> values;
    std::map<std::string, std::int64_t, std::less<>> lengths; ///< of lists
    std::vector<StoredTensor> tensors; ///< shapes as in PyTorch: the contiguous dimension last
};

/// Reads a header of version 1, 2 or 3, least byte first. Refuses tensors whose data are not in the file,
/// overlap, or are no whole blocks.
Result<GgufHeader> readGguf(const Bytes& bytes);

/// The hyper-parameters as config.json would have them; an empty object where the architecture is not told.
/// Tensors are given the names of transformers where the architecture is one of those that it knows.
nlohmann::json ggufConfig(GgufHeader& header);

} // namespace sunflop
