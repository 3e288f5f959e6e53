// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What makes modules of two trees alike: names, parts, classes, roles and how their subtrees are built.

#include "core/cost/aliases.h"
#include "core/cost/comparison.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sunflop {

using Modules = std::vector<std::int32_t>;

/// Roles as bits.
using Roles = std::uint16_t;

/// One side while it is being paired: what its tree tells of the modules, and the partners found so far.
struct PairingTree {
    const Trace& trace;
    std::vector<PartIndex> part;
    std::vector<bool> holds;         ///< anything itself
    std::vector<Roles> roles;        ///< in the subtree, but for Other and Activation
    std::vector<std::uint64_t> form; ///< of the subtree: equal names and classes in equal places
    Modules partner;                 ///< -1: none yet

    explicit PairingTree(const ComparisonSide& side);

    const Module& module(std::int32_t id) const { return trace.modules[static_cast<std::size_t>(id)]; }
    std::int32_t partnerOf(std::int32_t id) const { return partner[static_cast<std::size_t>(id)]; }
    PartIndex partOf(std::int32_t id) const { return part[static_cast<std::size_t>(id)]; }
    bool isLeaf(std::int32_t id) const { return module(id).end == id + 1; }
    bool isRun(std::int32_t id) const { return module(id).repeat > 1; }
};

/// How far candidates are looked for below a module.
enum class Reach : std::uint8_t {
    Children,
    ThroughPlain,    ///< as ThroughWrappers, but not into a whole tower, projector or head
    ThroughWrappers, ///< also below single modules that hold nothing themselves and have no partner
    ThroughAll,      ///< also below any single module without partner
};

/// Modules below `parent` that have no partner yet, in pre-order.
Modules candidates(const PairingTree& tree, std::int32_t parent, Reach reach);

/// Names pair; numbers only where the modules are built alike, for a number says no more than an order.
struct NameKey {
    std::string_view name;
    std::uint64_t form = 0;
    bool isRun = false;

    auto operator<=>(const NameKey&) const = default;
};
std::optional<NameKey> nameKey(const PairingTree& tree, std::int32_t id);

/// The part, where the name is one's.
std::optional<PartIndex> partKey(const PairingTree& tree, std::int32_t id);

/// How alike two modules must be, from strict to loose.
enum class Likeness : std::uint8_t {
    Form,    ///< built alike
    Class,   ///< the same class, holding the same roles
    Holding, ///< holding the same roles
    Kind,    ///< the same but for routers: a mixture of experts meets a dense layer
    Anyhow,  ///< as Kind, a run with a single module
};

struct LikeKey {
    std::uint64_t form = 0;
    std::string_view className;
    Roles roles = 0;
    bool isLeaf = false;
    bool isRun = false;

    auto operator<=>(const LikeKey&) const = default;
};

/// Nothing where a module holds too little to be paired by it.
std::optional<LikeKey> likeKey(const PairingTree& tree, std::int32_t id, Likeness likeness);

} // namespace sunflop
