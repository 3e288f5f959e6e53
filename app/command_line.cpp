// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/command_line.h"

#include "app/commands/command.h"
#include "app/window.h"
#include "core/base/nearest.h"
#include "core/base/scarce_memory.h"
#include "core/sunflop.h"
#include "ui/session/session_file.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <optional>
#include <sstream>
#include <string_view>

namespace sunflop {

namespace {

constexpr std::array commands{reportCommand, compareCommand, sweepCommand, figureCommand,
                              fitCommand,    auditCommand,   listCommand};

int complain(ExitStatus status, std::string_view text)
{
    say(text);
    return static_cast<int>(status);
}

/// The command that a word at the place of one is a slip of; nothing for a model or an option.
std::optional<std::string> meantCommand(const CLI::App& app, std::string_view word)
{
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    const bool isWord = !word.empty() && word.find_first_of("-/\\.:~") == std::string_view::npos;
    if (!isWord || std::ranges::find(names, word) != names.end() || locate(word))
        return std::nullopt;
    const std::vector<std::string_view> known(names.begin(), names.end());
    const auto meant = mistyped(word, known);
    return meant ? std::optional(std::string(*meant)) : std::nullopt;
}

Ending openWindow(int argc, char** argv, const WindowOptions& options)
{
    if (options.hasRuns() && options.models.empty())
        return {ExitStatus::WrongUsage, "inputs and conventions of no model, expected MODEL"};
    const bool isOne = options.models.size() == 1 && !options.models.front().ends_with(sessionSuffix);
    if (options.isOfB() && isOne)
        return {ExitStatus::WrongUsage, "--set-b and --convention-b of one model, expected two"};
    return showWindow(argc, argv, options);
}

} // namespace

int runCommandLine(int argc, char** argv)
{
    CLI::App app("What neural networks cost: parameters, MACs, FLOPs and memory per module.", "sunflop");
    app.set_version_flag("--version", "sunflop " SUNFLOP_VERSION);
    app.require_subcommand(0, 1);
    app.footer(
        "Without a command the window opens, on MODEL if there is one, with its --set and --convention; two\n"
        "are compared: sunflop A B --set-a batch=1 --set-b batch=8.\n"
        "Run \"sunflop COMMAND --help\" for its options and examples.");
    WindowOptions window;
    addWindowOptions(app, window);
    CommandAction chosen = [&] { return openWindow(argc, argv, window); };
    for (const auto define : commands)
        define(app, chosen);
    if (argc > 1)
        if (const auto meant = meantCommand(app, argv[1]))
            return complain(ExitStatus::WrongUsage,
                            fmt::format("{}: no such command or model, expected {}", argv[1], *meant));
    try {
        app.parse(argc, argv);
        const Ending ending = chosen();
        return ending.status == ExitStatus::Done ? 0 : complain(ending.status, ending.text);
    } catch (const CLI::Success& success) {
        std::ostringstream text;
        app.exit(success, text, text);
        const auto written = output(text.str(), std::nullopt);
        return written ? 0 : complain(ExitStatus::Refused, written.error().text());
    } catch (const CLI::ParseError& error) {
        return complain(ExitStatus::WrongUsage, error.what());
    } catch (const std::bad_alloc&) {
        return complain(ExitStatus::Refused, outOfMemory().text());
    } catch (const std::exception& error) {
        return complain(ExitStatus::Refused, error.what());
    }
}

} // namespace sunflop
