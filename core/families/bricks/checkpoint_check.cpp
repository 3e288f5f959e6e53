// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/checkpoint_check.h"

#include "core/base/plain_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace sunflop {

namespace {

/// One instance of a parameter.
struct Expected {
    std::string name;
    std::size_t parameter = 0;
};

/// Paths of all instances of a module, given those of its parent.
std::vector<std::string> instancePaths(const Module& module, std::span<const std::string> parents)
{
    std::int64_t first = 0;
    std::from_chars(module.name.data(), module.name.data() + module.name.size(), first);
    std::vector<std::string> paths;
    for (const std::string& parent : parents)
        for (std::int64_t i = 0; i < module.repeat; ++i) {
            const std::string name = module.repeat == 1 ? module.name : std::to_string(first + i);
            paths.push_back(parent.empty() ? name : fmt::format("{}.{}", parent, name));
        }
    return paths;
}

std::vector<Expected> expectedOf(const Trace& trace)
{
    std::vector<std::vector<std::string>> paths(trace.modules.size());
    paths[0] = {""};
    for (std::size_t i = 1; i < trace.modules.size(); ++i)
        paths[i] = instancePaths(trace.modules[i], paths[static_cast<std::size_t>(trace.modules[i].parent)]);
    std::vector<Expected> expected;
    for (std::size_t i = 0; i < trace.parameters.size(); ++i) {
        if (trace.parameters[i].isAdapter)
            continue;
        for (const std::string& path : paths[static_cast<std::size_t>(trace.parameters[i].module)]) {
            const std::string& name = trace.parameters[i].name;
            expected.push_back({path.empty() ? name : fmt::format("{}.{}", path, name), i});
        }
    }
    return expected;
}

/// What stands before the names of a file, or of the model, and not of the other.
struct Renaming {
    std::string_view removed; ///< from the model's name
    std::string_view added;   ///< to it

    std::string applied(std::string_view name) const
    {
        if (name.starts_with(removed))
            name.remove_prefix(removed.size());
        return fmt::format("{}{}", added, name);
    }
};

constexpr std::array renamings{
    Renaming{"", ""},
    Renaming{"model.", ""},
    Renaming{"", "model."},
    Renaming{"", "module."},
    Renaming{"", "language_model."},
    Renaming{"", "base_model.model."},
    Renaming{"vit.", ""},
    Renaming{"", "vit."},
    Renaming{"transformer.", ""},
    Renaming{"", "transformer."},
    Renaming{"bert.", ""},
    Renaming{"", "bert."},
};

using Index = std::unordered_map<std::string_view, const StoredTensor*>;

Renaming renamingFor(std::span<const Expected> expected, const Index& stored)
{
    std::array<std::size_t, renamings.size()> found{};
    for (std::size_t i = 0; i < renamings.size(); ++i)
        found[i] = static_cast<std::size_t>(std::ranges::count_if(
            expected, [&](const Expected& one) { return stored.contains(renamings[i].applied(one.name)); }));
    return renamings[static_cast<std::size_t>(std::ranges::max_element(found) - found.begin())];
}

/// Projections that are often stored as one, rows below rows.
struct Fusion {
    std::string_view part;
    std::string_view fused;
};
constexpr std::array fusions{
    Fusion{"self_attn.q_proj.", "self_attn.qkv_proj."}, Fusion{"self_attn.k_proj.", "self_attn.qkv_proj."},
    Fusion{"self_attn.v_proj.", "self_attn.qkv_proj."}, Fusion{"mlp.gate_proj.", "mlp.gate_up_proj."},
    Fusion{"mlp.up_proj.", "mlp.gate_up_proj."},
};

/// How experts that are one tensor each in the model are stored one by one: rows of all parts, one below the
/// other, for every expert. "mlp." may be "block_sparse_moe.".
struct Listing {
    std::string_view fused;
    std::array<std::string_view, 2> parts; ///< empty: there is one
};
constexpr std::array listings{
    Listing{"gate_up_proj", {"gate_proj", "up_proj"}},
    Listing{"gate_up_proj", {"w1", "w3"}},
    Listing{"down_proj", {"down_proj", ""}},
    Listing{"down_proj", {"w2", ""}},
};

class Checker {
public:
    Checker(const Trace& trace, const Stored& stored) : m_trace(trace), m_expected(expectedOf(trace))
    {
        for (const StoredTensor& tensor : stored.tensors)
            m_stored.emplace(tensor.name, &tensor);
        m_renaming = renamingFor(m_expected, m_stored);
        m_check.expected = m_expected.size();
        m_check.dtypes.resize(trace.parameters.size());
    }

    CheckpointCheck run(const Stored& stored)
    {
        for (const Expected& one : m_expected)
            match(one);
        for (const auto& [name, parts] : m_fused)
            compare(name, *parts.tensor, parts.shape);
        for (const std::string& name : m_absent)
            m_check.missing.push_back(name);
        for (const StoredTensor& tensor : stored.tensors)
            if (tensor.kind == StoredTensor::Kind::Parameter && !m_seen.contains(&tensor))
                m_check.extra.push_back(tensor.name);
        return std::move(m_check);
    }

private:
    struct Fused {
        const StoredTensor* tensor = nullptr;
        Shape shape; ///< of all parts so far
    };

    const StoredTensor* find(const std::string& name) const
    {
        const auto found = m_stored.find(name);
        return found == m_stored.end() ? nullptr : found->second;
    }

    void match(const Expected& one)
    {
        const Parameter& parameter = m_trace.parameters[one.parameter];
        const std::string name = m_renaming.applied(one.name);
        if (const StoredTensor* tensor = find(name)) {
            m_seen.insert(tensor);
            keepType(one.parameter, tensor->dtype);
            compare(one.name, *tensor, parameter.shape);
        } else if (isTiedElsewhere(one)) {
            --m_check.expected;
        } else if (!matchPacked(name) && !matchFused(name, parameter) && !matchListed(one, name) &&
                   !matchRenamedBlock(one, name)) {
            m_absent.push_back(one.name);
        }
    }

    /// GPTQ, AWQ, compressed-tensors, HQQ: "weight" is stored as integers under another name.
    bool matchPacked(std::string_view name)
    {
        constexpr std::string_view weight = "weight";
        constexpr std::array<std::string_view, 3> others{"qweight", "weight_packed", "W_q"};
        if (!name.ends_with(weight))
            return false;
        name.remove_suffix(weight.size());
        for (const std::string_view other : others)
            if (const StoredTensor* tensor = find(fmt::format("{}{}", name, other))) {
                m_seen.insert(tensor);
                return true;
            }
        return false;
    }

    bool matchFused(const std::string& name, const Parameter& parameter)
    {
        for (const Fusion& fusion : fusions) {
            const std::size_t at = name.find(fusion.part);
            if (at == std::string::npos)
                continue;
            std::string whole = name;
            whole.replace(at, fusion.part.size(), fusion.fused);
            const StoredTensor* tensor = find(whole);
            if (tensor == nullptr)
                return false;
            m_seen.insert(tensor);
            Fused& fused = m_fused[whole];
            if (fused.tensor == nullptr)
                fused = {tensor, parameter.shape};
            else
                fused.shape.set(0, fused.shape[0] + parameter.shape[0]);
            return true;
        }
        return false;
    }

    /// A tensor of a mixture whose block has the older name.
    bool matchRenamedBlock(const Expected& one, const std::string& name)
    {
        const StoredTensor* tensor = find(withOlderBlock(name));
        if (tensor == nullptr)
            return false;
        m_seen.insert(tensor);
        keepType(one.parameter, tensor->dtype);
        compare(one.name, *tensor, m_trace.parameters[one.parameter].shape);
        return true;
    }

    static std::string withOlderBlock(std::string name)
    {
        constexpr std::string_view block = ".mlp.";
        if (const std::size_t at = name.find(block); at != std::string::npos)
            name.replace(at, block.size(), ".block_sparse_moe.");
        return name;
    }

    /// All experts of one tensor, stored one by one.
    bool matchListed(const Expected& one, const std::string& name)
    {
        const Parameter& parameter = m_trace.parameters[one.parameter];
        if (parameter.experts == 1)
            return false;
        for (const Listing& listing : listings)
            for (const std::string& whole : {name, withOlderBlock(name)})
                if (whole.ends_with(listing.fused) &&
                    matchList(one, whole.substr(0, whole.size() - listing.fused.size()), listing.parts))
                    return true;
        return false;
    }

    bool matchList(const Expected& one, const std::string& list, const std::array<std::string_view, 2>& parts)
    {
        const Shape& expected = m_trace.parameters[one.parameter].shape;
        std::vector<const StoredTensor*> found;
        for (std::int64_t i = 0; i < expected[0]; ++i) {
            Shape rows{0, expected[2]};
            for (const std::string_view part : parts) {
                if (part.empty())
                    continue;
                const StoredTensor* tensor = find(fmt::format("{}{}.{}.weight", list, i, part));
                if (tensor == nullptr || tensor->shape.rank() != 2)
                    return false;
                rows.set(0, rows[0] + tensor->shape[0]);
                found.push_back(tensor);
            }
            if (rows != Shape{expected[1], expected[2]})
                return false;
        }
        for (const StoredTensor* tensor : found) {
            m_seen.insert(tensor);
            keepType(one.parameter, tensor->dtype);
        }
        return true;
    }

    bool isTiedElsewhere(const Expected& one) const
    {
        const std::int32_t group = m_trace.parameters[one.parameter].tieGroup;
        return group >= 0 && std::ranges::any_of(m_expected, [&](const Expected& other) {
                   return other.name != one.name && m_trace.parameters[other.parameter].tieGroup == group &&
                          m_stored.contains(m_renaming.applied(other.name));
               });
    }

    void compare(const std::string& name, const StoredTensor& tensor, const Shape& expected)
    {
        // Packed matrices of bitsandbytes have a shape of their own.
        const bool isPacked = !isFloat(tensor.dtype) && tensor.dtype != DType::I8;
        if (tensor.shape != expected && !isPacked)
            m_check.different.push_back({name, tensor.shape, expected});
    }

    void keepType(std::size_t parameter, DType dtype)
    {
        std::optional<DType>& known = m_check.dtypes[parameter];
        const bool isFirst = m_typed.insert(parameter).second;
        if (isFirst)
            known = dtype;
        else if (known != dtype) {
            known.reset();
            m_check.hasMixedLayers = true;
        }
    }

    const Trace& m_trace;
    std::vector<Expected> m_expected;
    Index m_stored;
    Renaming m_renaming;
    CheckpointCheck m_check;
    std::vector<std::string> m_absent;
    std::unordered_map<std::string, Fused> m_fused;
    std::unordered_set<const StoredTensor*> m_seen;
    std::unordered_set<std::size_t> m_typed;
};

/// The first few of many.
template<typename Items, typename Text>
std::string listed(const Items& items, Text text)
{
    constexpr std::size_t shown = 6;
    std::vector<std::string> first;
    for (std::size_t i = 0; i < std::min(shown, items.size()); ++i)
        first.push_back(text(items[i]));
    return fmt::format("{}{}", fmt::join(first, ", "),
                       items.size() > shown ? fmt::format(" and {} more", items.size() - shown) : "");
}

} // namespace

CheckpointCheck checkCheckpoint(const Trace& trace, const Stored& stored)
{
    return Checker(trace, stored).run(stored);
}

std::vector<std::string> notesOf(const CheckpointCheck& check)
{
    const auto name = [](const std::string& text) { return shortened(text); };
    std::vector<std::string> notes;
    if (check.isComplete())
        notes.push_back(
            fmt::format("The checkpoint has all {} tensors of the model that its config describes, "
                        "in their shapes.",
                        check.expected));
    if (!check.missing.empty())
        notes.push_back(fmt::format("{} of the model's {} tensors are missing in the checkpoint: {}.",
                                    check.missing.size(), check.expected, listed(check.missing, name)));
    if (!check.extra.empty())
        notes.push_back(fmt::format("{} tensors of the checkpoint are not in the model: {}.",
                                    check.extra.size(), listed(check.extra, name)));
    if (!check.different.empty())
        notes.push_back(fmt::format("{} tensors have another shape than the model's: {}.",
                                    check.different.size(),
                                    listed(check.different, [](const DifferentShape& one) {
                                        return fmt::format("{} is {}, expected {}", shortened(one.name),
                                                           one.stored.text(), one.expected.text());
                                    })));
    if (check.hasMixedLayers)
        notes.push_back(
            "Layers are stored in several types: the bytes of a run of layers are those of the weight "
            "type where its layers differ.");
    return notes;
}

} // namespace sunflop
