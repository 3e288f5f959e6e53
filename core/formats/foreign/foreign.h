// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Files that people open and that hold no model which is read here: what they are, and what to do instead.

#include "core/formats/format.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string_view>

namespace sunflop {

/// What a file is that no format reads: a pointer of Git LFS, a web page under a model's name, an archive
/// that was cut short, a model of another framework. Nothing where it cannot be told. Reads the beginning,
/// and of an archive its directory.
std::optional<Error> foreignFile(const OpenedFile& file);

/// What a JSON object without a model_type is that lies beside a config.json or belongs to another framework:
/// the settings of a tokenizer, of an adapter, of a run. Nothing for what may be a config.
std::optional<Error> foreignJson(const nlohmann::json& object, const OpenedFile& file);
/// The same of a text that is too long to be parsed, by its name alone.
std::optional<Error> foreignJsonName(const OpenedFile& file);

} // namespace sunflop
