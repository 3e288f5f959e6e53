// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Rows of a table in which runs of equal siblings are shown member by member, without an object for each.

#include "core/cost/cost_tree.h"
#include "core/model/trace.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// One row: a module, and which of its instances, counted through all unfolded runs around it. Where nothing
/// is unfolded a module is its one row.
struct Instance {
    std::int32_t node = -1;
    std::int32_t number = 0;

    Instance() = default;
    Instance(std::int32_t theNode, std::int32_t theNumber = 0) : node(theNode), number(theNumber) {}
    friend bool operator==(const Instance&, const Instance&) = default;
};

/// How many rows each node of a tree has. A run with m members inside n rows of its parent has n * m; the
/// members of row i of the parent are its rows i * m ... i * m + m - 1. Depends on the modules only, not on
/// their figures.
class Unfolding {
public:
    /// Rows of a whole tree, so that they can be numbered and kept in mind.
    static constexpr std::int64_t mostRows = 2'000'000;

    /// Of a tree that is not known: every node is one row.
    Unfolding() = default;
    /// Every node is one row; or every run is unfolded, outer ones first, as long as no more than `mostRows`
    /// rows come of it. A run that would bring more stays folded.
    Unfolding(const CostTree& tree, bool foldsRepeats);

    bool foldsRepeats() const { return m_foldsRepeats; }
    std::size_t nodes() const { return m_copies.size(); }
    /// Rows of all nodes.
    std::size_t rows() const { return m_first.empty() ? 0 : m_first.back(); }
    /// Rows of a node inside one row of its parent: the siblings of an unfolded run, else 1.
    std::int32_t members(std::int32_t node) const { return at(m_members, node); }
    /// Rows of a node in all.
    std::int32_t copies(std::int32_t node) const { return at(m_copies, node); }
    /// Number of a row among those of all nodes; the rows of one node follow each other.
    std::size_t id(Instance row) const
    {
        const auto node = static_cast<std::size_t>(row.node);
        return (node < m_first.size() ? m_first[node] : node) + static_cast<std::size_t>(row.number);
    }
    /// Which member of its run a row is, from 0.
    std::int32_t member(Instance row) const { return row.number % members(row.node); }
    /// The row around this one, whose node is `parent`.
    Instance outer(Instance row, std::int32_t parent) const
    {
        return {parent, row.number / members(row.node)};
    }

private:
    static std::int32_t at(const std::vector<std::int32_t>& of, std::int32_t node)
    {
        const auto i = static_cast<std::size_t>(node);
        return i < of.size() ? of[i] : 1;
    }

    bool m_foldsRepeats = true;
    std::vector<std::int32_t> m_members;
    std::vector<std::int32_t> m_copies;
    std::vector<std::size_t> m_first; ///< id of each node's first row; one more at the end
};

/// What one row of a node stands for, with everything below it: all instances, or its share of them. Active
/// parameters of experts that a token may not visit are those of the average expert, rounded down; so are the
/// figures of a device.
Costs costsOfRow(const CostTree& tree, const Unfolding& unfolding, std::int32_t node);

/// The row of a dotted path: "model.layers.17.mlp", or "model.layers.0-35.mlp" for the first member's, or for
/// the one row of a folded run. Nothing if there is none.
std::optional<Instance> rowAt(const Trace& trace, const Unfolding& unfolding, std::string_view path);

/// All rows of a path, in which the label of an unfolded run ("0-35") stands for each of its members; empty
/// if there is none.
std::vector<Instance> rowsAt(const Trace& trace, const Unfolding& unfolding, std::string_view path);

/// The path of a row, with the label instead of the member's number in the innermost `labelled` unfolded
/// runs.
std::string pathAt(const Trace& trace, const Unfolding& unfolding, Instance row, int labelled = 0);

} // namespace sunflop
