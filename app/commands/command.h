// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What commands share. Each has a file here that adds it to the parser.

#include "core/base/result.h"
#include "core/base/sink.h"
#include "core/conventions/convention.h"
#include "core/model/input.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI {
class App;
class Validator;
} // namespace CLI

namespace sunflop {

/// How the program ends, for scripts.
enum class ExitStatus { Done = 0, Refused = 1, WrongUsage = 2, LimitPassed = 3 };

/// What a command came to, and the line for standard error unless it is done.
struct Ending {
    ExitStatus status = ExitStatus::Done;
    std::string text;

    Ending(ExitStatus theStatus, std::string theText) : status(theStatus), text(std::move(theText)) {}
    /// An error is a refused input.
    Ending(const Result<void>& result)
        : Ending(result ? ExitStatus::Done : ExitStatus::Refused, result ? "" : result.error().text())
    {}
};

/// Adds a command; if the user picked it, parsing leaves in `chosen` what to run.
using CommandAction = std::function<Ending()>;
void reportCommand(CLI::App& app, CommandAction& chosen);
void auditCommand(CLI::App& app, CommandAction& chosen);
void compareCommand(CLI::App& app, CommandAction& chosen);
void figureCommand(CLI::App& app, CommandAction& chosen);
void fitCommand(CLI::App& app, CommandAction& chosen);
void sweepCommand(CLI::App& app, CommandAction& chosen);
void listCommand(CLI::App& app, CommandAction& chosen);

/// The run that a command is about.
struct RunOptions {
    std::string model;
    std::vector<std::string> settings; ///< "input=value"
    std::string convention{conventions().front().id};
    bool isConventionGiven = false; ///< else it is the default, over which a session's own wins
};
/// Adds MODEL, --set and --convention.
void addRunOptions(CLI::App& command, RunOptions& options);

/// What is wrong with the wording of one --set; empty if it is "id=value".
std::string settingProblem(const std::string& setting);
/// Splits settings that passed settingProblem().
std::vector<Assignment> assignments(const std::vector<std::string>& settings);

/// The ids of a registry, for an option that takes one of them.
template<typename Entry>
std::vector<std::string> ids(std::span<const Entry> entries)
{
    std::vector<std::string> names;
    for (const Entry& entry : entries)
        names.emplace_back(entry.id);
    return names;
}

/// A check of an option that takes one of `names`; `command` prints all of them, if any does.
CLI::Validator oneOf(std::vector<std::string> names, std::string_view command = {});

/// A line for standard error, after the program's name, with what strangers wrote in it made plain. A
/// standard error that is closed or full is no reason to do anything else than without a word.
void say(std::string_view line);

/// Writes to standard output, or to `path`, whole or not at all.
Result<void> output(const Writing& write, const std::optional<std::string>& path);
Result<void> output(const std::string& text, const std::optional<std::string>& path);

} // namespace sunflop
