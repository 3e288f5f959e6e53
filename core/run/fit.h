// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How large an input may be before a run no longer fits a device, or has to be for it to fit: of several
/// devices each needs less.

#include "core/base/count.h"
#include "core/base/result.h"
#include "core/model/source.h"
#include "core/model/trace.h"
#include "core/model/workload.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

namespace sunflop {

/// Bytes that a device needs at a value of the input. Must not fall where the value grows, or not rise.
using BytesAt = std::function<Result<Count>(std::int64_t value)>;

/// Values that may be asked for: minimum + n * step, up to the maximum.
struct FitRange {
    std::int64_t minimum = 1;
    std::int64_t maximum = 1; ///< at least the minimum
    std::int64_t step = 1;    ///< at least 1
};

/// What a search came to.
struct FitAnswer {
    std::optional<std::int64_t> value; ///< the largest or smallest that fits; nothing: no value does
    Count bytes;                       ///< needed at the value, or the least that is needed at any
    bool isSmallest = false;           ///< the need falls as values grow: larger ones fit as well
    bool isWhole = false;              ///< every value of the range fits
    bool isComplete = true;            ///< false: stopped or out of counts before neighbours were found
    int counts = 0;                    ///< how often bytes were asked for
};

/// Compares both ends, then halves the range until two neighbours are found of which one fits: the largest
/// value, or the smallest where less is needed at the maximum than at the minimum. A value above the minimum
/// that is refused (the model cannot run with it) does not fit; an error at the minimum is the answer. Asks
/// at most `mostCounts` >= 1 times.
Result<FitAnswer> limitThatFits(const BytesAt& bytesAt, const FitRange& range, Count deviceBytes,
                                const std::stop_token& stop = {}, int mostCounts = 80);

/// Traces a workload of one source.
using TraceAt = std::function<Result<Trace>(const Workload& workload)>;

/// What is varied, and what stays.
struct FitQuestion {
    std::span<const Input> offered;
    std::span<const Assignment> settings; ///< those of the input itself, and what excludes it, are left out
    std::string_view input;               ///< id of an axis of `offered`
    Count deviceBytes;
};

/// The largest or smallest value at which weights, cache, activations, workspace and context
/// (MemoryParts::total()) fit. Errors: no such input, or the run is refused at its minimum.
Result<FitAnswer> limitThatFits(const TraceAt& traceAt, const FitQuestion& question,
                                const std::stop_token& stop = {});

} // namespace sunflop
