// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/command.h"

#include "core/base/nearest.h"
#include "core/base/plain_text.h"
#include "ui/written_file.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace sunflop {

void addRunOptions(CLI::App& command, RunOptions& options)
{
    command
        .add_option("MODEL", options.model,
                    "A bundled model, a config.json, a model folder, a text report or a session")
        ->required();
    command.add_option("--set", options.settings, "input=value; see \"sunflop list inputs MODEL\"")
        ->allow_extra_args(false)
        ->check(settingProblem, "input=value");
    command.add_option("--convention", options.convention, "How to count")
        ->check(oneOf(ids(conventions()), "list conventions"))
        ->each([&options](const std::string&) { options.isConventionGiven = true; })
        ->capture_default_str();
}

CLI::Validator oneOf(std::vector<std::string> names, std::string_view command)
{
    const std::string description = fmt::format("{{{}}}", fmt::join(names, ","));
    const auto problem = [names = std::move(names), command](const std::string& given) {
        const std::vector<std::string_view> known(names.begin(), names.end());
        if (std::ranges::find(known, given) != known.end())
            return std::string();
        return fmt::format("\"{}\" is not known, {}", shortened(given), expectedName(given, known, command));
    };
    return {problem, description};
}

std::string settingProblem(const std::string& setting)
{
    const std::size_t equals = setting.find('=');
    if (equals != std::string::npos && equals > 0)
        return {};
    return fmt::format("\"{}\" is no setting, expected input=value", setting);
}

std::vector<Assignment> assignments(const std::vector<std::string>& settings)
{
    std::vector<Assignment> parsed;
    for (const std::string& setting : settings) {
        const std::size_t equals = setting.find('=');
        parsed.push_back({setting.substr(0, equals), setting.substr(equals + 1)});
    }
    return parsed;
}

void say(std::string_view line)
{
    constexpr std::size_t longest =
        4000; // characters: a path may have that many bytes, and the rest says why
    const std::string text = "sunflop: " + shortened(line, longest) + '\n';
    std::fwrite(text.data(), 1, text.size(), stderr);
}

Result<void> output(const Writing& write, const std::optional<std::string>& path)
{
    if (path)
        return writeFile(QString::fromStdString(*path), write);
    int problem = 0;
    write([&problem](std::string_view piece) {
        if (problem == 0 && std::fwrite(piece.data(), 1, piece.size(), stdout) != piece.size())
            problem = errno;
    });
    if (problem == 0 && std::fflush(stdout) != 0)
        problem = errno;
    if (problem != 0)
        return failure(ErrorKind::NotFound, "standard output",
                       "cannot be written, " + std::system_category().message(problem));
    return {};
}

Result<void> output(const std::string& text, const std::optional<std::string>& path)
{
    return output([&text](const Sink& sink) { sink(text); }, path);
}

} // namespace sunflop
