// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/likeness.h"

#include "core/cost/pairing.h"

#include <algorithm>
#include <functional>

namespace sunflop {

namespace {

Roles rolesOf(Role role)
{
    if (role == Role::Other || role == Role::Activation)
        return 0;
    return static_cast<Roles>(1U << static_cast<unsigned>(role));
}

bool isNumber(std::string_view name)
{
    return !name.empty() && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

std::uint64_t mixed(std::uint64_t a, std::uint64_t b)
{
    return (a ^ (b + 0x9E3779B97F4A7C15ULL + (a << 6) + (a >> 2))) * 0xFF51AFD7ED558CCDULL;
}

bool isPassed(const PairingTree& tree, std::int32_t id, Reach reach)
{
    if (reach == Reach::Children || tree.isRun(id))
        return false;
    const PartIndex part = tree.partOf(id);
    if (reach == Reach::ThroughPlain && part != noPart &&
        namedParts()[static_cast<std::size_t>(part)].isAnchor)
        return false;
    return reach == Reach::ThroughAll || !tree.holds[static_cast<std::size_t>(id)];
}

} // namespace

PairingTree::PairingTree(const ComparisonSide& side)
    : trace(side.trace), part(partsOf(side.trace)), holds(holdsAnything(side)),
      roles(side.trace.modules.size()), form(side.trace.modules.size()),
      partner(side.trace.modules.size(), -1)
{
    const std::hash<std::string_view> hash;
    for (std::size_t i = roles.size(); i-- > 0;) {
        const Module& module = trace.modules[i];
        roles[i] = static_cast<Roles>(roles[i] | rolesOf(module.role));
        form[i] = mixed(form[i], hash(module.className));
        if (module.parent < 0)
            continue;
        const auto outer = static_cast<std::size_t>(module.parent);
        roles[outer] = static_cast<Roles>(roles[outer] | roles[i]);
        form[outer] = mixed(form[outer], mixed(form[i], hash(module.name)));
    }
}

Modules candidates(const PairingTree& tree, std::int32_t parent, Reach reach)
{
    Modules found;
    const std::int32_t end = tree.module(parent).end;
    for (std::int32_t id = parent + 1; id < end;) {
        const bool isOpen = tree.partnerOf(id) < 0;
        if (isOpen)
            found.push_back(id);
        id = isOpen && isPassed(tree, id, reach) ? id + 1 : tree.module(id).end;
    }
    return found;
}

std::optional<NameKey> nameKey(const PairingTree& tree, std::int32_t id)
{
    const Module& module = tree.module(id);
    if (!isNumber(module.name))
        return NameKey{.name = module.name};
    return NameKey{module.name, tree.form[static_cast<std::size_t>(id)], tree.isRun(id)};
}

std::optional<PartIndex> partKey(const PairingTree& tree, std::int32_t id)
{
    const PartIndex part = tree.partOf(id);
    return part == noPart ? std::nullopt : std::optional(part);
}

std::optional<LikeKey> likeKey(const PairingTree& tree, std::int32_t id, Likeness likeness)
{
    const auto index = static_cast<std::size_t>(id);
    LikeKey key{.roles = tree.roles[index], .isLeaf = tree.isLeaf(id), .isRun = tree.isRun(id)};
    if (likeness == Likeness::Form || likeness == Likeness::Class) {
        key.className = tree.module(id).className;
        key.form = likeness == Likeness::Form ? tree.form[index] : 0;
        if (key.isLeaf)
            key.roles = 0; // a Linear may be a head here and a projector there
        return key;
    }
    if (key.roles == 0)
        return std::nullopt;
    if (likeness != Likeness::Holding)
        key.roles = static_cast<Roles>(key.roles & ~rolesOf(Role::Router));
    if (likeness == Likeness::Anyhow)
        key.isRun = false;
    return key;
}

} // namespace sunflop
