// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/command.h"

#include "core/base/nearest.h"
#include "core/base/units.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <unistd.h>

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

Result<void> output(const std::string& text, const std::optional<std::string>& path)
{
    if (!path) {
        const std::size_t written = std::fwrite(text.data(), 1, text.size(), stdout);
        if (written != text.size() || std::fflush(stdout) != 0)
            return failure(ErrorKind::NotFound, "standard output", "cannot be written");
        return {};
    }
    namespace fs = std::filesystem;
    std::error_code problem;
    // A link is followed; what is no file, such as a pipe, is written into.
    if (fs::is_directory(*path, problem))
        return failure(ErrorKind::NotFound, *path, "is a folder, expected a file to write");
    const bool isFile = !fs::exists(*path, problem) || fs::is_regular_file(*path, problem);
    const fs::path target = isFile ? fs::weakly_canonical(*path, problem) : fs::path(*path);
    fs::path beside = target;
    if (isFile)
        beside += fmt::format(".{}.part", getpid());
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    problem.clear();
    if (file && isFile)
        fs::rename(beside, target, problem);
    if (!file || problem) {
        std::error_code ignored;
        if (isFile)
            fs::remove(beside, ignored);
        return failure(ErrorKind::NotFound, *path, "cannot be written");
    }
    return {};
}

} // namespace sunflop
