// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a session file (`.sunflop.json`) keeps: models, inputs and how they are looked at. No figures.

#include "core/conventions/convention.h"
#include "core/model/config.h"
#include "core/model/fingerprint.h"
#include "core/model/input.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sunflop {

/// Where a model comes from: either a bundled name or the path of a file.
struct SourceReference {
    std::string bundled;
    std::string path; ///< with "/"; in a session file relative to its folder
    Fingerprint fingerprint;

    friend bool operator==(const SourceReference&, const SourceReference&) = default;
};

/// One model and the run of it. Inputs are those that differ from what the source opens with, sorted by id.
struct ModelState {
    SourceReference source;
    std::vector<Assignment> inputs;
    std::string convention{conventions().front().id};
    /// Inputs of the run that changes are told against; nothing: those that the source opens with.
    std::optional<std::vector<Assignment>> baseline;

    friend bool operator==(const ModelState&, const ModelState&) = default;
};

/// How the figures are looked at. Paths are those of Trace::path(), or with the numbers of single members
/// where runs are unfolded; the model's own is empty.
struct ViewState {
    /// By which column of the module table siblings stand.
    struct Sorting {
        std::string column;
        bool isDescending = false;
        friend bool operator==(const Sorting&, const Sorting&) = default;
    };

    std::string measure = "flops"; ///< an id of measures()
    std::string colour = "role";   ///< one of sliceColours
    std::int64_t rings = mostRings;
    bool foldsRepeats = true;
    bool showsLabels = true;
    std::string root;
    std::string selected;
    std::string search;
    std::string tab;        ///< id of the view in front; empty: the first
    std::string sweptInput; ///< empty: the one that matters most for the model
    std::optional<Sorting> sorting;
    /// Rows that show their children, a path with a folded label standing for all members; nothing: those
    /// that a new model shows.
    std::optional<std::vector<std::string>> expanded;

    static constexpr std::int64_t mostRings = 8;

    friend bool operator==(const ViewState&, const ViewState&) = default;
};

/// What the colour of a slice may tell, in the order of the interface's choice.
inline constexpr const char* sliceColours[] = {"role", "branch", "depth", "intensity"};

/// How two models are laid beside each other. Pairs are those set by hand, by path in A and in B.
struct ComparisonState {
    std::vector<std::pair<std::string, std::string>> pairs;
    bool linksInputs = true;
    bool sharesScale = true;
    std::string focus = "a"; ///< the side that the inputs panel shows, "a" or "b"

    friend bool operator==(const ComparisonState&, const ComparisonState&) = default;
};

/// Everything. One model, or two with a comparison.
struct SessionState {
    /// Version of the file's format that this program reads and writes. Any new key raises it.
    static constexpr std::int64_t format = 1;

    std::string program; ///< version of the program that wrote the file; empty: not known
    /// Of an autosaved state: the session file that it belongs to; empty: none.
    std::string continues;
    std::vector<ModelState> models;
    ViewState view;
    std::optional<ComparisonState> comparison;
    /// Style of exported figures. Belongs to ui/export, which checks it; here any object.
    Config figure;

    friend bool operator==(const SessionState&, const SessionState&) = default;
};

} // namespace sunflop
