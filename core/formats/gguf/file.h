// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The header of one GGUF file, llama.cpp's format: what it says of the model, and its tensors.

#include "core/base/bytes.h"
#include "core/model/stored.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// Numbers, texts and short lists of numbers by key. Of other lists only the lengths are kept.
struct GgufHeader {
    std::map<std::string, nlohmann::json, std::less<>> values;
    std::map<std::string, std::int64_t, std::less<>> lengths; ///< of lists
    std::vector<StoredTensor> tensors; ///< shapes as in PyTorch: the contiguous dimension last
    bool isWhole = true;               ///< no part of it is missing: a tensor that is not here does not exist

    /// The whole number under a key; nothing where there is none.
    std::optional<std::int64_t> number(std::string_view key) const;
};

/// Reads a header of version 1, 2 or 3, least byte first. Refuses tensors whose data are not in the file,
/// overlap, or are no whole blocks.
Result<GgufHeader> readGguf(const Bytes& bytes);

/// The hyper-parameters as config.json would have them, and what to know about them; an empty object where
/// the architecture is not told. Tensors are given the names of transformers where the architecture is one of
/// those that it knows, and all that describes it is stored.
struct GgufConfig {
    nlohmann::json json = nlohmann::json::object();
    std::vector<std::string> notes;
};
GgufConfig ggufConfig(GgufHeader& header);

} // namespace sunflop
