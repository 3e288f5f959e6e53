// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/command_line.h"

#include "app/commands/command.h"
#include "app/window.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>

namespace sunflop {

namespace {

constexpr std::array commands{reportCommand, compareCommand, sweepCommand, figureCommand,
                              fitCommand,    auditCommand,   listCommand};

int complain(ExitStatus status, std::string text)
{
    // One line of text, whatever the file held or was called.
    std::ranges::replace_if(
        text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, ' ');
    fmt::print(stderr, "sunflop: {}\n", text);
    return static_cast<int>(status);
}

} // namespace

int runCommandLine(int argc, char** argv)
{
    CLI::App app("What neural networks cost: parameters, MACs, FLOPs and memory per module.", "sunflop");
    app.set_version_flag("--version", "sunflop " SUNFLOP_VERSION);
    app.require_subcommand(0, 1);
    app.footer("Without a command the window opens, on MODEL if there is one; two are compared.\n"
               "Run \"sunflop COMMAND --help\" for its options and examples.");
    std::vector<std::string> models;
    app.add_option("MODEL", models,
                   "A bundled model, a config.json, a model folder, a text report or a session")
        ->expected(0, 2);
    CommandAction chosen = [&] { return showWindow(argc, argv, models); };
    for (const auto define : commands)
        define(app, chosen);
    try {
        app.parse(argc, argv);
        const Ending ending = chosen();
        return ending.status == ExitStatus::Done ? 0 : complain(ending.status, ending.text);
    } catch (const CLI::Success& success) {
        return app.exit(success);
    } catch (const CLI::ParseError& error) {
        return complain(ExitStatus::WrongUsage, error.what());
    } catch (const std::exception& error) {
        return complain(ExitStatus::Refused, error.what());
    }
}

} // namespace sunflop
