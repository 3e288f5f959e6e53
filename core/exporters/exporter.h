// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A way to write a run, or two beside each other, down as text.

#include "core/base/result.h"
#include "core/run/run.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sunflop {

struct ComparedRuns;

/// Colours that a reader of text has: none, the sixteen of every terminal, or 256.
enum class Colours : std::uint8_t { None, Sixteen, Many };

struct ExportOptions {
    std::optional<std::int32_t> depth; ///< levels below the model to write; nothing: the format's own
    bool hasMemory = true;             ///< tables for people have columns of bytes and seconds
    int width = 100;                   ///< characters of a line, where the format fills it
    Colours colours = Colours::None;
    bool isUnicode = true; ///< else bars and lines are drawn in ASCII
};

/// One registry entry.
struct Exporter {
    std::string_view id;
    std::string_view title;
    std::string_view extension; ///< of files, without the dot
    std::string (*write)(const Run& run, const ExportOptions& options) = nullptr;
    /// Two runs beside each other; null where the format has no place for them.
    std::string (*compare)(const ComparedRuns& runs, const ExportOptions& options) = nullptr;
};

/// Every exporter, in the order of core/CMakeLists.txt; the first is the default.
std::span<const Exporter> exporters();
Result<const Exporter*> exporterNamed(std::string_view id);

/// Modules that `options` let through, in order.
std::vector<std::int32_t> exportedModules(const Run& run, const ExportOptions& options);

/// A count for people, three to four digits and an SI prefix: "408.17 G", "7.62 M", "896".
std::string shortText(Count count);
/// Share of a total in percent with two decimals; an en dash where the total is zero.
std::string shareText(Count part, Count total);

} // namespace sunflop
