// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/command.h"
#include "app/commands/figure_options.h"
#include "core/base/plain_text.h"
#include "core/cost/measure.h"
#include "core/exporters/exporter.h"
#include "core/model/argument.h"
#include "core/sunflop.h"
#include "core/timing/device.h"
#include "ui/views/view.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>

namespace sunflop {

namespace {

struct ListOptions {
    std::string what;
    std::optional<std::string> model;
};

/// One entry a line, the id first.
template<typename Entry>
std::string titles(std::span<const Entry> entries)
{
    std::string out;
    for (const Entry& entry : entries)
        out += fmt::format("{:<14} {}\n", entry.id, entry.title);
    return out;
}

/// "2..1024x3x64..512": sizes that cannot change are one number.
std::string dimensionsText(const Input& input)
{
    if (input.dimensions.empty())
        return "any shape";
    std::string text;
    for (const Dimension& dimension : input.dimensions) {
        text += text.empty() ? "" : "x";
        if (dimension.minimum == dimension.maximum)
            text += std::to_string(dimension.minimum);
        else if (!dimension.isFree)
            text += "follows";
        else
            text += fmt::format("{}..{}", dimension.minimum, std::min(dimension.maximum, mostElements));
    }
    return text;
}

std::vector<Dimension> allDimensions(std::span<const Input> offered)
{
    std::vector<Dimension> all;
    for (const Input& input : offered)
        all.insert(all.end(), input.dimensions.begin(), input.dimensions.end());
    return all;
}

/// "x[0]=y[0]": dimensions that always have the same size, each told at the later one.
std::string equalsText(std::span<const Input> offered, const Input& input)
{
    std::string text;
    for (const Dimension& dimension : input.dimensions)
        for (const Dimension& other : allDimensions(offered)) {
            if (other.id == dimension.id)
                break;
            if (dimension.isFree && other.isFree && dimension.symbol >= 0 &&
                dimension.symbol == other.symbol) {
                text += fmt::format(", {}={}", other.id, dimension.id);
                break;
            }
        }
    return text;
}

std::string rangeText(const Input& input)
{
    if (input.scale == InputScale::Shape)
        return dimensionsText(input);
    if (input.id == "device" && !input.isArgument)
        return "a name of \"sunflop list devices\"";
    if (!input.choices.empty())
        return fmt::format("{}", fmt::join(input.choices, "|"));
    const auto text = [&](std::int64_t value) {
        return input.scale == InputScale::Choice
                   ? Version{static_cast<int>(value / 1000), static_cast<int>(value % 1000)}.text()
                   : std::to_string(value);
    };
    return fmt::format("{}..{}", text(input.minimum), text(input.maximum));
}

Result<std::string> inputLines(const ListOptions& options)
{
    if (!options.model)
        throw CLI::RequiredError("MODEL of \"sunflop list inputs MODEL\"");
    const auto offered = open(*options.model).and_then(inputsOf);
    if (!offered)
        return failure(offered.error());
    std::string out;
    for (const Input& input : *offered)
        out +=
            fmt::format("{:<17} {:<10} {}  {}{}{}{}\n", input.id, input.defaultValue, rangeText(input),
                        input.title, input.unit.empty() ? "" : ", ", input.unit, equalsText(*offered, input));
    return out;
}

std::string conventionLines()
{
    std::string out;
    for (const Convention& convention : conventions()) {
        out += fmt::format("{:<14} {}\n", convention.id, convention.title);
        for (const std::string_view note : convention.notes)
            out += fmt::format("{:<14} - {}\n", "", note);
    }
    return out;
}

/// Memory that programs get in GiB and the vendor's label, bandwidth in GB/s and dense bf16 peak in TFLOP/s;
/// the class that stands in where there is no bf16.
std::string deviceLines()
{
    std::string out;
    for (const Device& device : devices()) {
        const Peak peak = device.peak(Precision::BF16);
        out += fmt::format("{:<25} {:7.2f} GiB of {:>4g} GB {:7.1f} GB/s {:8.2f} TFLOP/s {:<5} {}\n",
                           device.id, static_cast<double>(device.memoryBytes.value()) / (1 << 30),
                           device.labelledGigabytes, device.bandwidth / 1e9, peak.flopsPerSecond / 1e12,
                           precisionName(peak.precision), device.name);
    }
    return out;
}

std::string modelLines()
{
    std::string out;
    for (const BundledModel& model : bundledModels())
        out += fmt::format("{}\n", model.name);
    return out;
}

/// Views that can be painted; those of the whole window and of two models stand in no registry.
std::string viewLines()
{
    std::string out = fmt::format("{:<14} {}\n{:<14} {}\n", "window", "The whole window", comparisonView,
                                  "Two models beside each other");
    for (const View& view : views())
        if (view.paint != nullptr)
            out += fmt::format("{:<14} {}\n", view.id, view.title().toStdString());
    return out;
}

/// What can be listed, and who writes it.
struct Listing {
    std::string_view id;
    std::string (*lines)() = nullptr; ///< null: of a model
};

constexpr std::array listings{
    Listing{"models", modelLines},
    Listing{"families", [] { return titles(families()); }},
    Listing{"conventions", conventionLines},
    Listing{"formats", [] { return titles(formats()); }},
    Listing{"exporters", [] { return titles(exporters()); }},
    Listing{"measures", [] { return titles(measures()); }},
    Listing{"views", viewLines},
    Listing{"devices", deviceLines},
    Listing{"inputs"},
};

Result<void> list(const ListOptions& options)
{
    const auto listing = std::ranges::find(listings, options.what, &Listing::id);
    auto lines = listing->lines != nullptr ? Result<std::string>(listing->lines()) : inputLines(options);
    if (!lines)
        return failure(lines.error());
    return output(plainLines(*lines), std::nullopt);
}

} // namespace

void listCommand(CLI::App& app, CommandAction& chosen)
{
    const auto options = std::make_shared<ListOptions>();
    CLI::App* command = app.add_subcommand("list", "What the program knows, one entry a line.");
    command->add_option("WHAT", options->what, "What to list")
        ->required()
        ->check(oneOf(ids(std::span<const Listing>(listings))));
    command->add_option("MODEL", options->model, "For inputs: the model that offers them");
    command->footer("Examples:\n"
                    "  sunflop list models\n"
                    "  sunflop list inputs ovis2-4b");
    command->callback([options, &chosen] { chosen = [options] { return list(*options); }; });
}

} // namespace sunflop
