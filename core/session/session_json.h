// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The text of a session file.
///
///   {"sunflop": 1, "program": "0.1.0",
///    "models": [{"source": {"path": "models/ovis.json", "bytes": 1270, "sha256": "..."},
///                "inputs": {"text_tokens": "4096"}, "convention": "exact", "baseline": {}}],
///    "view": {"measure": "flops", "colour": "role", "rings": 8, "folds": true, "labels": true, "root":
///    "llm",
///             "selected": "llm.model", "search": "mlp", "tab": "sweep", "over": "batch",
///             "sorting": {"column": "flops", "descends": true}, "expanded": ["", "llm"]},
///    "compare": {"pairs": [["path in A", "path in B"]], "links": true, "same_scale": true, "focus": "a"},
///    "figure": {}}

#include "core/base/result.h"
#include "core/session/session_state.h"

#include <string>
#include <string_view>

namespace sunflop {

/// Largest session file that is read.
inline constexpr std::int64_t largestSession = 16 << 20;
/// How deep objects and lists of a session file may lie in each other.
inline constexpr int deepestSession = 16;

/// Reads a whole file. Nothing is guessed: a key that is unknown, stands twice or has a value of another type
/// or out of range is an error that names it, and so are a newer format and JSON that is no session.
Result<SessionState> readSession(std::string_view text);

/// The same state gives the same bytes: keys in the order above, those at their default left out where that
/// is nothing or empty, a newline at the end.
std::string sessionText(const SessionState& state);

} // namespace sunflop
