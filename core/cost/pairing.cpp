// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/pairing.h"

#include "core/base/entry.h"
#include "core/cost/likeness.h"
#include "core/cost/unfolding.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>

namespace sunflop {

namespace {

/// Modules that wait for a partner, by key and in order. Of one key those without a known part come apart
/// from those with one: two known parts that names did not bring together are different things.
template<typename Key>
class Waiting {
public:
    void add(const Key& key, bool hasPart, std::int32_t id)
    {
        m_entries.push_back({key, hasPart, id});
        m_hasParts = m_hasParts || hasPart;
    }

    void order()
    {
        std::ranges::sort(m_entries);
        m_taken.assign(m_entries.size(), 0);
    }

    /// The first module of a key that may be met: by one with a part only if it has none.
    std::optional<std::int32_t> take(const Key& key, bool hasPart)
    {
        const std::size_t plain = begin(key, false);
        const std::size_t known = hasPart || !m_hasParts ? m_entries.size() : begin(key, true);
        const std::int32_t first = front(plain, key, false);
        const std::int32_t second = front(known, key, true);
        if (std::min(first, second) == none)
            return std::nullopt;
        ++m_taken[first < second ? plain : known];
        return std::min(first, second);
    }

private:
    static constexpr std::int32_t none = std::numeric_limits<std::int32_t>::max();

    struct Entry {
        Key key;
        bool hasPart = false;
        std::int32_t id = 0;

        auto operator<=>(const Entry&) const = default;
    };

    /// Where the entries of a key begin that have a part, or have none.
    std::size_t begin(const Key& key, bool hasPart) const
    {
        const auto first = std::ranges::lower_bound(m_entries, Entry{key, hasPart, 0});
        return static_cast<std::size_t>(first - m_entries.begin());
    }

    /// The first of them that is not taken.
    std::int32_t front(std::size_t begin, const Key& key, bool hasPart) const
    {
        const std::size_t i = begin < m_entries.size() ? begin + m_taken[begin] : begin;
        const bool isOne = i < m_entries.size() && m_entries[i].key == key && m_entries[i].hasPart == hasPart;
        return isOne ? m_entries[i].id : none;
    }

    std::vector<Entry> m_entries;
    std::vector<std::size_t> m_taken; ///< of the entries that begin here
    bool m_hasParts = false;
};

class Pairer {
public:
    Pairer(const ComparisonSide& a, const ComparisonSide& b)
        : m_a(a), m_b(b), m_match(a.trace.modules.size(), Match::None)
    {}

    Pairing run(std::span<const PathPair> pairs)
    {
        join(0, 0);
        for (const PathPair& pair : pairs)
            joinByHand(pair);
        joinAnchors();
        joinClasses();
        for (std::int32_t a = 0; a < static_cast<std::int32_t>(m_match.size()); ++a)
            if (at(m_a.partner, a) >= 0)
                joinBelow(a, at(m_a.partner, a));
        return {std::move(m_a.partner), std::move(m_b.partner), std::move(m_match), std::move(m_refused)};
    }

private:
    void join(std::int32_t a, std::int32_t b)
    {
        at(m_a.partner, a) = b;
        at(m_b.partner, b) = a;
        if (m_a.module(a).name == m_b.module(b).name)
            at(m_match, a) = Match::Path;
        else if (at(m_a.part, a) != noPart && at(m_a.part, a) == at(m_b.part, b))
            at(m_match, a) = Match::Alias;
        else
            at(m_match, a) = Match::Role;
    }

    void joinByHand(const PathPair& pair)
    {
        const auto a = rowAt(m_a.trace, {}, pair.a);
        const auto b = rowAt(m_b.trace, {}, pair.b);
        if (!a || !b || at(m_a.partner, a->node) >= 0 || at(m_b.partner, b->node) >= 0) {
            m_refused.push_back(pair);
            return;
        }
        join(a->node, b->node);
        at(m_match, a->node) = Match::Hand;
    }

    /// Whether pairing the two turns no ancestor into a descendant.
    bool keepsOrder(std::int32_t a, std::int32_t b) const
    {
        return at(m_a.partner, a) < 0 && at(m_b.partner, b) < 0 && !isInsideOut(m_a, a, m_b, b) &&
               !isInsideOut(m_b, b, m_a, a);
    }

    /// Whether an ancestor of `inner` has its partner below `outer`.
    static bool isInsideOut(const PairingTree& tree, std::int32_t inner, const PairingTree& other,
                            std::int32_t outer)
    {
        for (std::int32_t id = tree.module(inner).parent; id >= 0; id = tree.module(id).parent)
            if (const std::int32_t partner = at(tree.partner, id);
                partner > outer && partner < other.module(outer).end)
                return true;
        return false;
    }

    void joinAnchors()
    {
        const Modules inA = anchors(m_a);
        const Modules inB = anchors(m_b);
        for (std::size_t part = 0; part < inA.size(); ++part)
            if (inA[part] >= 0 && inB[part] >= 0 && keepsOrder(inA[part], inB[part]))
                join(inA[part], inB[part]);
    }

    /// By part: the one module nearest to the model that is it; -1 where there is none or several.
    static Modules anchors(const PairingTree& tree)
    {
        Modules found(namedParts().size(), -1);
        Modules depthOf(namedParts().size(), std::numeric_limits<std::int32_t>::max());
        Modules depth(tree.part.size());
        for (std::int32_t id = 1; id < static_cast<std::int32_t>(depth.size()); ++id) {
            at(depth, id) = at(depth, tree.module(id).parent) + 1;
            const PartIndex part = at(tree.part, id);
            if (part == noPart || !namedParts()[static_cast<std::size_t>(part)].isAnchor ||
                at(depth, id) > at(depthOf, part))
                continue;
            at(found, part) = at(depth, id) == at(depthOf, part) ? -1 : id;
            at(depthOf, part) = at(depth, id);
        }
        return found;
    }

    /// Classes that stand once in each tree, such as a whole decoder, pair below partners.
    void joinClasses()
    {
        const auto inA = uniqueClasses(m_a);
        const auto inB = uniqueClasses(m_b);
        Modules found;
        for (const auto& [name, a] : inA)
            if (a >= 0 && inB.contains(name) && inB.at(name) >= 0)
                found.push_back(a);
        std::ranges::sort(found);
        for (const std::int32_t a : found) {
            const std::int32_t b = inB.at(m_a.module(a).className);
            const bool isSamePart =
                at(m_a.part, a) == noPart || at(m_b.part, b) == noPart || at(m_a.part, a) == at(m_b.part, b);
            if (isSamePart && keepsOrder(a, b) && haveSameOuter(a, b))
                join(a, b);
        }
    }

    /// Modules with children by class; -1 where there are several, or equal siblings.
    static std::map<std::string_view, std::int32_t> uniqueClasses(const PairingTree& tree)
    {
        static constexpr std::array<std::string_view, 3> general{"ModuleList", "Sequential", "ModuleDict"};
        std::map<std::string_view, std::int32_t> found;
        for (std::int32_t id = 1; id < static_cast<std::int32_t>(tree.part.size()); ++id) {
            const Module& module = tree.module(id);
            if (tree.isLeaf(id) || std::ranges::find(general, module.className) != general.end())
                continue;
            const auto [entry, isNew] = found.emplace(module.className, tree.isRun(id) ? -1 : id);
            if (!isNew)
                entry->second = -1;
        }
        return found;
    }

    /// Whether the nearest ancestors with partners are each other's, or one of them is the model.
    bool haveSameOuter(std::int32_t a, std::int32_t b) const
    {
        const auto outer = [](const PairingTree& tree, std::int32_t id) {
            do
                id = tree.module(id).parent;
            while (at(tree.partner, id) < 0);
            return id;
        };
        const std::int32_t outerA = outer(m_a, a);
        const std::int32_t outerB = outer(m_b, b);
        return outerA == 0 || outerB == 0 || at(m_a.partner, outerA) == outerB;
    }

    void joinBelow(std::int32_t a, std::int32_t b)
    {
        joinEqualNames(a, b);
        if (!joinNamed(a, Reach::Children, b, Reach::Children))
            return;
        joinNamed(a, Reach::ThroughWrappers, b, Reach::Children);
        joinNamed(a, Reach::Children, b, Reach::ThroughWrappers);
        joinNamed(a, Reach::ThroughWrappers, b, Reach::ThroughWrappers);
        joinAlike(a, b, Reach::Children);
        joinAlike(a, b, Reach::ThroughPlain);
        joinNamed(a, Reach::ThroughAll, b, Reach::ThroughAll);
    }

    /// The common case, children one by one with the same names, without any search.
    void joinEqualNames(std::int32_t a, std::int32_t b)
    {
        std::int32_t i = a + 1;
        std::int32_t j = b + 1;
        while (i < m_a.module(a).end && j < m_b.module(b).end && nameKey(m_a, i) == nameKey(m_b, j)) {
            if (at(m_a.partner, i) < 0 && at(m_b.partner, j) < 0)
                join(i, j);
            i = m_a.module(i).end;
            j = m_b.module(j).end;
        }
    }

    /// By name and by part. Whether both sides had candidates.
    bool joinNamed(std::int32_t a, Reach reachA, std::int32_t b, Reach reachB)
    {
        const Modules inA = candidates(m_a, a, reachA);
        const Modules inB = inA.empty() ? Modules() : candidates(m_b, b, reachB);
        if (inB.empty())
            return false;
        joinByKey(inA, inB, nameKey);
        joinByKey(inA, inB, partKey);
        return true;
    }

    void joinAlike(std::int32_t a, std::int32_t b, Reach reach)
    {
        for (const Likeness likeness :
             {Likeness::Form, Likeness::Class, Likeness::Holding, Likeness::Kind, Likeness::Anyhow}) {
            const Modules inA = candidates(m_a, a, reach);
            const Modules inB = inA.empty() ? Modules() : candidates(m_b, b, reach);
            if (inB.empty())
                return;
            joinByKey(inA, inB, [likeness](const PairingTree& tree, std::int32_t id) {
                return likeKey(tree, id, likeness);
            });
        }
    }

    /// Modules of equal keys pair in order; where the key is no name, not with different known parts.
    template<typename KeyOf>
    void joinByKey(const Modules& inA, const Modules& inB, KeyOf keyOf)
    {
        using Key = typename decltype(keyOf(m_a, 0))::value_type;
        constexpr bool mindsParts = std::is_same_v<Key, LikeKey>;
        Waiting<Key> waiting;
        for (const std::int32_t b : inB)
            if (at(m_b.partner, b) < 0)
                if (const auto key = keyOf(m_b, b))
                    waiting.add(*key, mindsParts && hasPart(m_b, b), b);
        waiting.order();
        for (const std::int32_t a : inA)
            if (at(m_a.partner, a) < 0)
                if (const auto key = keyOf(m_a, a))
                    if (const auto b = waiting.take(*key, mindsParts && hasPart(m_a, a)))
                        join(a, *b);
    }

    static bool hasPart(const PairingTree& tree, std::int32_t id) { return at(tree.part, id) != noPart; }

    PairingTree m_a;
    PairingTree m_b;
    std::vector<Match> m_match;
    std::vector<PathPair> m_refused;
};

} // namespace

Pairing pairModules(const ComparisonSide& a, const ComparisonSide& b, std::span<const PathPair> pairs)
{
    return Pairer(a, b).run(pairs);
}

std::vector<bool> holdsAnything(const ComparisonSide& side)
{
    std::vector<bool> holds(side.trace.modules.size());
    for (const Parameter& parameter : side.trace.parameters)
        holds[static_cast<std::size_t>(parameter.module)] = true;
    for (const Op& op : side.trace.ops)
        holds[static_cast<std::size_t>(op.module)] = true;
    for (const CacheEntry& cache : side.trace.caches)
        holds[static_cast<std::size_t>(cache.module)] = true;
    for (std::size_t i = 0; i < holds.size(); ++i) {
        const Costs& self = side.costs.nodes[i].self;
        holds[i] = holds[i] || self.params > 0 || self.forward.macs > 0 || self.forward.flops > 0;
    }
    return holds;
}

} // namespace sunflop
