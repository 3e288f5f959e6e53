// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What an exported program is called with, and the values that its symbols take for it.

#include "core/base/result.h"
#include "core/formats/torchexport/graph.h"
#include "core/formats/torchexport/signature.h"
#include "core/model/argument.h"
#include "core/model/input.h"
#include "core/model/program.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace sunflop {

/// Without a bound of its own a size may be this large, or 16 times what it is in the file's example.
inline constexpr std::int64_t largestFreeSize = std::int64_t{1} << 20;

/// Values that a symbol may take.
struct SymbolRange {
    std::int64_t minimum = 1;
    std::int64_t maximum = largestFreeSize;
    std::int64_t usual = 1; ///< in the file's example, or the least
};

/// A size that is `factor` * symbol + `offset`.
struct LinearSize {
    std::int32_t symbol = -1;
    std::int64_t factor = 1;
    std::int64_t offset = 0;
};

/// One argument, in the order of Program::arguments.
struct ExportedArgument {
    bool isInteger = false;
    std::vector<std::string> ids;    ///< "x[0]" of each dimension; of an integer its own
    std::vector<RecordedSize> sizes; ///< of each dimension; of an integer its value
    std::vector<std::int64_t> usual; ///< in the file's example
};

/// A condition on sizes that the program checks before it runs.
struct ExportedGuard {
    std::int32_t node = 0;
    std::string text;
};

/// Everything that binding arguments takes. Immutable once made.
struct ExportedArguments {
    std::vector<ExportedArgument> arguments;
    std::vector<SymbolRange> ranges;             ///< by symbol
    std::vector<bool> isGiven;                   ///< by symbol: whether it follows from the arguments
    std::map<std::int32_t, LinearSize> solvable; ///< expression -> the only symbol in it
    std::vector<ExportedGuard> guards;
};

/// Reads the arguments, and describes them in `program`. `exported` is the whole file.
Result<ExportedArguments> readArguments(const nlohmann::json& exported, ExportedGraph& graph,
                                        const std::vector<ExportedInput>& inputs, Program& program);

/// The values of all nodes of `sizes` for these arguments. What was not set follows from what was. An error
/// names the argument, and the one it contradicts.
Result<std::vector<Number>> boundValues(const ExportedArguments& arguments, const ExportedSizes& sizes,
                                        std::span<const Argument> values);

} // namespace sunflop
