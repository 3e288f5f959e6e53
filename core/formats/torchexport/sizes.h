// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Sizes of an exported program: numbers, or expressions of its symbols.

#include "core/base/result.h"
#include "core/model/recording.h"
#include "core/sizes/expression.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace sunflop {

/// A tensor has at most this many elements in one dimension; more is no size but an attack.
inline constexpr std::int64_t mostSize = std::int64_t{1} << 48;

/// All expressions of a program. RecordedSize::expression is an index into `nodes` and `texts`.
struct ExportedSizes {
    Expressions expressions;
    std::vector<std::int32_t> nodes;                      ///< of `expressions`
    std::vector<std::string> texts;                       ///< as in the file
    std::unordered_map<std::int32_t, std::int32_t> known; ///< node -> index
    std::map<std::int32_t, std::int64_t> hints;           ///< symbol -> its value in the file's own example

    /// A SymInt of the file: {"as_int": 3}, or {"as_expr": {"expr_str": "2*s0", "hint": {"as_int": 4}}}.
    Result<RecordedSize> read(const nlohmann::json& size);
    RecordedSize ofNode(std::int32_t node, const std::string& text);
    /// The node of a size.
    std::int32_t nodeOf(RecordedSize size);
    /// Every symbol at its hint, the others at `otherwise`.
    std::vector<Number> atHints(std::int64_t otherwise) const;
};

/// The value of a size where all nodes have `values`; a negative one counts as 0, an undefined one as 1.
std::int64_t estimated(const ExportedSizes& sizes, std::span<const Number> values, RecordedSize size);

} // namespace sunflop
