// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/pair_options.h"

#include "app/commands/command.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace sunflop {

namespace {

std::string pairProblem(const std::string& pair)
{
    const std::size_t equals = pair.find('=');
    if (equals != std::string::npos && equals > 0 && equals + 1 < pair.size())
        return {};
    return fmt::format("\"{}\" is no pair, expected PATH_A=PATH_B", pair);
}

} // namespace

void addPairs(CLI::App& command, std::vector<std::string>& pairs)
{
    command.add_option("--pair", pairs, "PATH_A=PATH_B: modules to lay beside each other")
        ->allow_extra_args(false)
        ->check(pairProblem, "PATH_A=PATH_B");
}

void addPairOptions(CLI::App& command, PairOptions& options)
{
    command.add_option("--set-a", options.settingsOfA, "input=value of model A only")
        ->allow_extra_args(false)
        ->check(settingProblem, "input=value");
    // Callbacks, since a flag that is not given would set an optional value all the same.
    CLI::Option* const link = command.add_flag_callback(
        "--link", [&options] { options.links = true; }, "One panel of inputs for both models");
    command
        .add_flag_callback(
            "--no-link", [&options] { options.links = false; }, "One for each; without either as the two run")
        ->excludes(link);
    command.add_flag("--own-scales", options.hasOwnScales, "Circles as large as they can be, not to scale");
    command.add_option("--inputs", options.inputs, "Whose inputs are in front where they are not linked")
        ->check(oneOf({"a", "b"}));
    addPairs(command, options.pairs);
}

PathNames pathsOf(const std::string& pair)
{
    const std::size_t equals = pair.find('=');
    return {pair.substr(0, equals), pair.substr(equals + 1)};
}

void addPairsTo(std::vector<PathNames>& kept, const std::vector<std::string>& pairs)
{
    for (const std::string& text : pairs) {
        const PathNames pair = pathsOf(text);
        std::erase_if(
            kept, [&](const PathNames& old) { return old.first == pair.first || old.second == pair.second; });
        kept.push_back(pair);
    }
}

void addTo(ComparisonState& state, const PairOptions& options)
{
    addPairsTo(state.pairs, options.pairs);
    state.linksInputs = options.links.value_or(state.linksInputs);
    state.sharesScale = state.sharesScale && !options.hasOwnScales;
    state.focus = options.inputs.value_or(state.focus);
}

} // namespace sunflop
