// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/named_run.h"
#include "app/commands/terminal.h"
#include "core/audit/inference.h"
#include "core/exporters/exporter.h"
#include "core/run/remarks.h"
#include "core/sunflop.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

#include <unistd.h>

namespace sunflop {

namespace {

struct ReportOptions {
    RunOptions run;
    std::string format{exporters().front().id};
    std::optional<std::int32_t> depth;
    bool leavesMemoryOut = false;
    std::optional<std::string> file;
};

/// A terminal decides over width and colours; what goes elsewhere is plain.
ExportOptions exportOptions(const ReportOptions& options)
{
    ExportOptions written{.depth = options.depth, .hasMemory = !options.leavesMemoryOut};
    const Terminal terminal = options.file ? Terminal{} : terminalOf(STDOUT_FILENO);
    written.width = terminal.width;
    written.colours = terminal.colours;
    written.isUnicode = terminal.isUnicode;
    return written;
}

Result<void> report(const ReportOptions& options)
{
    const auto exporter = exporterNamed(options.format);
    const auto wanted = named(options.run);
    if (!wanted)
        return failure(wanted.error());
    const auto convention = conventionNamed(wanted->convention);
    auto source = open(wanted->model);
    if (!source)
        return failure(source.error());
    const auto result = source->report ? recount(*source, wanted->settings, **convention)
                                       : run(*std::move(source), wanted->settings, **convention);
    if (!result)
        return failure(result.error());
    if (!(*exporter)->holdsRemarks)
        tellRemarks(wanted->model, remarksOf(*result));
    const auto written = exportOptions(options);
    return output([&](const Sink& sink) { (*exporter)->write(*result, written, sink); }, options.file);
}

} // namespace

void reportCommand(CLI::App& app, CommandAction& chosen)
{
    const auto options = std::make_shared<ReportOptions>();
    CLI::App* command = app.add_subcommand("report", "Cost of one model, module by module.");
    addRunOptions(*command, options->run);
    command->add_option("--format", options->format, "What to write")
        ->check(oneOf(ids(exporters()), "list exporters"))
        ->capture_default_str();
    command
        ->add_option("--depth", options->depth,
                     "Levels of modules to write; else 3 of the text page, all of others")
        ->check(CLI::NonNegativeNumber);
    command->add_flag("--no-memory", options->leavesMemoryOut,
                      "Tables without bytes and seconds, which depend on the device");
    command->add_option("-o", options->file, "File to write instead of standard output");
    command->footer(
        "Examples:\n"
        "  sunflop report qwen2.5-7b --set text_tokens=4096 --depth 4\n"
        "  sunflop report ovis2-4b --set image_width=1344 --set image_height=896 --format json -o ovis.json\n"
        "  sunflop report path/to/model --convention flopcounter --depth 3 --format markdown");
    command->callback([options, &chosen] { chosen = [options] { return report(*options); }; });
}

} // namespace sunflop
