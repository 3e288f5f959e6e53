// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Why a text is no usable JSON, in the words of our errors.

#include "core/base/result.h"

#include <nlohmann/json.hpp>

#include <string_view>

namespace sunflop {

/// What a parser of `text` threw: the line for a malformed text, the reason alone for a number out of range.
Error jsonError(std::string_view text, const nlohmann::json::exception& thrown);

} // namespace sunflop
