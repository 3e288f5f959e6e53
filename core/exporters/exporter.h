// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A way to write a run, or two beside each other, down as text.

#include "core/base/result.h"
#include "core/base/sink.h"
#include "core/cost/measure.h"
#include "core/run/run.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

struct ComparedRuns;
struct SweepText;

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
    void (*write)(const Run& run, const ExportOptions& options, const Sink& sink) = nullptr;
    /// Two runs beside each other; null where the format has no place for them.
    std::string (*compare)(const ComparedRuns& runs, const ExportOptions& options) = nullptr;
    /// A figure at every value of an input; null where the format has no place for them.
    std::string (*sweep)(const SweepText& text) = nullptr;
    bool holdsRemarks = true; ///< else what is there to say of a run has to be told beside it
};

/// Every exporter, in the order of core/CMakeLists.txt; the first that can do what is asked for is the
/// default.
std::span<const Exporter> exporters();
Result<const Exporter*> exporterNamed(std::string_view id);
/// All that the exporter writes of a run.
std::string exportedText(const Exporter& exporter, const Run& run, const ExportOptions& options = {});

/// Modules that `options` let through, in order.
std::vector<std::int32_t> exportedModules(const Run& run, const ExportOptions& options);

/// A line of a table: a module, or a part of what it has itself.
struct ExportedRow {
    std::int32_t module = 0;
    std::int32_t depth = 0;       ///< levels below the model
    const OwnPart* own = nullptr; ///< into the run; null for the module

    const Costs& total(const CostTree& costs) const
    {
        return own != nullptr ? own->total : costs.nodes[static_cast<std::size_t>(module)].total;
    }
};

/// Rows that `options` let through. A module's own parts that have some of any of the measures follow what is
/// below it, so that its rows one level deeper sum to it.
std::vector<ExportedRow> exportedRows(const Run& run, const ExportOptions& options,
                                      std::span<const Measure* const> shown);

std::vector<const Measure*> allMeasures();
/// The measures of these ids.
std::vector<const Measure*> measuresNamed(std::initializer_list<std::string_view> ids);

/// A count for people, three to four digits and an SI prefix: "408.17 G", "7.62 M", "896".
std::string shortText(Count count);
/// Share of a total in percent with two decimals; an en dash where the total is zero.
std::string shareText(Count part, Count total);

} // namespace sunflop
