// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What else inputs are called: by transformers, vLLM, llama.cpp and people.

#include "core/model/input.h"

#include <span>
#include <string>
#include <string_view>

namespace sunflop {

/// How an error goes on behind an id that is not offered; see expectedName(). Ids of like meaning are near:
/// "seq_len" to "text_tokens". Where nothing is near, a program's own arguments are.
std::string expectedInput(std::string_view id, std::span<const Input> offered);

/// The same among ids alone, such as those of axes.
std::string expectedInput(std::string_view id, std::span<const std::string_view> known);

} // namespace sunflop
