// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The options that say how two models are laid beside each other.

#include "core/session/session_state.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace sunflop {

/// As the user wrote them.
struct PairOptions {
    std::vector<std::string> settingsOfA; ///< "input=value" of A alone
    std::vector<std::string> pairs;       ///< "path=path"
    std::optional<bool> links;            ///< nothing: where both run with the same inputs
    bool hasOwnScales = false;
    std::optional<std::string> inputs; ///< whose panel is in front, "a" or "b"
};

/// Adds all but --pair, then that.
void addPairOptions(CLI::App& command, PairOptions& options);
void addPairs(CLI::App& command, std::vector<std::string>& pairs);

using PathNames = std::pair<std::string, std::string>; ///< in A and in B
PathNames pathsOf(const std::string& pair);            ///< of one that was checked
/// Pairs on top of others, which give way where a module has a new partner.
void addPairsTo(std::vector<PathNames>& kept, const std::vector<std::string>& pairs);
/// What is given on top of what a session keeps.
void addTo(ComparisonState& state, const PairOptions& options);

} // namespace sunflop
