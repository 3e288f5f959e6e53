// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The knobs of a run: which a source offers, in what range. Panels and the command line are built from this
/// list.

#include "core/base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

struct Adapters;
struct OwnQuantisation;

/// How a control for the input should move.
enum class InputScale : std::uint8_t { Linear, Logarithmic, Choice, Shape };

/// One dimension of a tensor that a recorded program takes.
struct Dimension {
    std::string id; ///< "x[0]": can be set and swept alone
    std::int64_t minimum = 1;
    std::int64_t maximum = 1;
    std::int32_t symbol = -1; ///< free dimensions with the same symbol are equal; -1: its own
    bool isFree = false;      ///< else it has one value, or follows from others
};

/// One knob. Numbers have a range, choices a list of values, shapes dimensions; a value is handled as text.
/// Owns all it says: it may outlive the source that offers it.
struct Input {
    std::string id;    ///< stable name for scripts: "text_tokens"
    std::string title; ///< "Text tokens"
    std::string unit;  ///< "tokens"; empty where there is none
    std::int64_t minimum = 0;
    std::int64_t maximum = 0;
    std::int64_t step = 1;
    std::string defaultValue; ///< "auto" where the value follows from other inputs unless it is set
    InputScale scale = InputScale::Linear;
    std::vector<std::string> choices;
    /// Of a choice: the one that somebody's own spelling of it means; null: each has one spelling.
    Result<std::string> (*spelled)(std::string_view text) = nullptr;
    std::vector<Dimension> dimensions; ///< of a shape; empty: any number of them, all free
    bool isRankFree = false;           ///< a shape of another rank than `dimensions` may be set as a whole
    bool isArgument = false;           ///< of a recorded program: whatever its id, it means no other knob
    std::shared_ptr<const OwnQuantisation> own; ///< of weights: what their default stands for; may be null
    std::shared_ptr<const Adapters> adapters;   ///< of LoRA's targets: what "stored" stands for; may be null
};

/// The value that leaves an input to be derived from the others.
inline constexpr std::string_view automatic = "auto";

/// One setting by the user: `--set id=value`.
struct Assignment {
    std::string id;
    std::string value;

    friend bool operator==(const Assignment&, const Assignment&) = default;
};

} // namespace sunflop
