// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Two cost trees laid beside each other: which module of one answers which of the other, and what each row
/// comes to on both sides. Differences are always B - A.

#include "core/cost/cost_tree.h"
#include "core/cost/measure.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// One side of a comparison. Nodes of `costs` are modules of `trace`.
struct ComparisonSide {
    const Trace& trace;
    const CostTree& costs;
};

/// How the two modules of a row found each other.
enum class Match : std::uint8_t {
    None,  ///< there is only one
    Hand,  ///< a user laid them beside each other
    Path,  ///< the same name, at the same place or below partners
    Alias, ///< names that mean the same part, see aliases.h
    Role,  ///< class, role and order
};

/// "", "hand", "path", "alias", "role".
std::string_view matchName(Match match);

/// Modules that a user laid beside each other: paths in A and in B as Trace::path() writes them.
struct PathPair {
    std::string a;
    std::string b;

    friend bool operator==(const PathPair&, const PathPair&) = default;
};

/// One row: a module of A, one of B, or one of each. Its subtree is the index range [own index, end).
struct ComparedRow {
    std::int32_t a = -1;
    std::int32_t b = -1;
    std::int32_t parent = -1;
    std::int32_t end = 0;
    Match match = Match::None;
    bool isInA = false; ///< whether any module of A stands in the row or below it
    bool isInB = false;
};

/// Rows in pre-order: A's tree, row 0 being both models. A module of B without partner hangs below the row of
/// its parent, behind the row of the sibling before it; one that holds nothing itself and whose children all
/// stand elsewhere has no row. Every module of A has a row of its own; every module of B has one, or is part
/// of its parent's.
struct Comparison {
    std::vector<ComparedRow> rows;
    std::vector<std::int32_t> rowOfA; ///< by module
    std::vector<std::int32_t> rowOfB;
    /// Pairs by hand that could not be kept: a path that is not there, the model itself, or a module that an
    /// earlier pair took.
    std::vector<PathPair> refused;
};

/// Aligns two trees: pairs by hand; language model, vision tower, projector and head wherever they lie; then
/// downwards by name, by alias, the same through containers that hold nothing themselves, and by role and
/// order. Runs of equal siblings pair with runs, and with single modules only where nothing better is left.
/// Takes the same time for each module; depends on the modules only, not on how they are counted.
Comparison compare(const ComparisonSide& a, const ComparisonSide& b, std::span<const PathPair> pairs = {});

/// What a row and everything below it comes to on each side. May be below zero where a tensor is tied to one
/// that stands in another row.
struct ComparedFigure {
    Count a;
    Count b;
};

/// One figure for each row. A row's figure of B is what B's modules in the row's subtree come to, so that
/// rows add up exactly; row 0 has the totals of both models. Where a module's total is saturated, what it
/// holds itself is taken from CostNode::self.
std::vector<ComparedFigure> compared(const Comparison& comparison, const ComparisonSide& a,
                                     const ComparisonSide& b, const Measure& measure);

/// B - A. Nothing where both are saturated; else a saturated side makes it stick to that end.
std::optional<Count> difference(const ComparedFigure& figure);

/// B / A. Nothing where A is zero, or either side is saturated or below zero.
std::optional<double> ratio(const ComparedFigure& figure);

/// 1 where B is dearer, -1 where it is cheaper, 0 where the difference is slight, none or unknown. `whole` is
/// the figure of row 0.
int direction(const ComparedFigure& figure, const ComparedFigure& whole);

/// What became of a row from A to B.
enum class Change : std::uint8_t {
    Same,
    Slight, ///< less than 0.05 % of the larger of the two models' totals
    Cheaper,
    Dearer,
    OnlyInA,
    OnlyInB,
    Unknown, ///< both figures are saturated
};

/// `whole` is the figure of row 0.
Change changeOf(const ComparedRow& row, const ComparedFigure& figure, const ComparedFigure& whole);

} // namespace sunflop
