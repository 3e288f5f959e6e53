// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/stored_tree.h"

#include "core/playback/roles.h"
#include "core/playback/stored_detail.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace sunflop {

namespace {

/// A module that is being placed.
struct Node {
    std::string_view name;
    const StoredModule* stored = nullptr; ///< null: only names of others tell of it
    std::int32_t parent = -1;
    bool isInferred = false; ///< a tensor's name told of it first
    std::vector<std::int32_t> children;
};

/// The number that a name is; -1: it is none.
std::int64_t numberOf(std::string_view name)
{
    std::int64_t number = -1;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    return error == std::errc() && end == name.data() + name.size() ? number : -1;
}

std::pair<std::string_view, std::string_view> splitAtLastDot(std::string_view path)
{
    const auto dot = path.rfind('.');
    return dot == std::string_view::npos ? std::pair(std::string_view(), path)
                                         : std::pair(path.substr(0, dot), path.substr(dot + 1));
}

/// Dots in a path that tell modules apart. A path with more of them is one name: no program is that deep.
constexpr std::ptrdiff_t mostDots = 128;

/// Finds or makes modules by path. Paths must outlive it.
class Nodes {
public:
    explicit Nodes(std::size_t expected)
    {
        m_nodes.reserve(expected + 1);
        m_byPath.reserve(expected + 1);
        m_nodes.emplace_back();
        m_byPath.emplace(std::string_view(), 0);
    }

    std::int32_t named(std::string_view path, bool isInferred)
    {
        std::vector<std::string_view> missing;
        auto known = m_byPath.find(path);
        if (known == m_byPath.end() && std::ranges::count(path, '.') > mostDots)
            return add(0, path, path, isInferred);
        for (; known == m_byPath.end(); known = m_byPath.find(path)) {
            missing.push_back(path);
            path = splitAtLastDot(path).first;
        }
        std::int32_t node = known->second;
        for (; !missing.empty(); missing.pop_back())
            node = add(node, missing.back(), splitAtLastDot(missing.back()).second, isInferred);
        return node;
    }

    /// Children of `node` in the order to print.
    const std::vector<std::int32_t>& children(std::int32_t node)
    {
        std::vector<std::int32_t>& all = at(node).children;
        const auto number = [&](std::int32_t child) { return numberOf(at(child).name); };
        if (hasNumberedChildren(node) &&
            std::ranges::any_of(all, [&](std::int32_t child) { return at(child).isInferred; }))
            std::ranges::stable_sort(all, {}, number);
        return all;
    }

    bool hasNumberedChildren(std::int32_t node) const
    {
        const std::vector<std::int32_t>& all = at(node).children;
        return !all.empty() &&
               std::ranges::all_of(all, [&](std::int32_t child) { return numberOf(at(child).name) >= 0; });
    }

    Node& at(std::int32_t node) { return m_nodes[static_cast<std::size_t>(node)]; }
    const Node& at(std::int32_t node) const { return m_nodes[static_cast<std::size_t>(node)]; }
    std::size_t count() const { return m_nodes.size(); }

private:
    std::int32_t add(std::int32_t parent, std::string_view path, std::string_view name, bool isInferred)
    {
        const auto node = static_cast<std::int32_t>(m_nodes.size());
        m_nodes.push_back(
            {.name = name, .stored = nullptr, .parent = parent, .isInferred = isInferred, .children = {}});
        m_byPath.emplace(path, node);
        at(parent).children.push_back(node);
        return node;
    }

    std::vector<Node> m_nodes;
    std::unordered_map<std::string_view, std::int32_t> m_byPath;
};

Module moduleOf(const Nodes& nodes, std::int32_t node, Role parentRole)
{
    const Node& from = nodes.at(node);
    Module module{.name = std::string(from.name)};
    if (from.stored != nullptr) {
        module.className = from.stored->className;
        module.detail = from.stored->detail;
        module.isContainer =
            from.stored->isContainer || module.className == "ModuleList" || module.className == "ModuleDict";
    }
    const bool isList = nodes.hasNumberedChildren(node);
    if (from.stored == nullptr)
        module.isContainer = isList && node != 0;
    if (module.className.empty())
        module.className = module.isContainer && isList ? "ModuleList" : "Module";
    module.role = node == 0 ? Role::Other : roleOf(module.className, from.name, parentRole);
    return module;
}

/// Writes all modules in pre-order; returns where each node went. A path may be as deep as it likes.
std::vector<std::int32_t> writeModules(Nodes& nodes, std::vector<Module>& modules)
{
    struct Visit {
        std::int32_t node = 0;
        std::size_t nextChild = 0;
    };
    std::vector<std::int32_t> places(nodes.count(), -1);
    modules.reserve(nodes.count());
    std::vector<Visit> open;
    const auto enter = [&](std::int32_t node) {
        const std::int32_t parent = node == 0 ? -1 : places[static_cast<std::size_t>(nodes.at(node).parent)];
        const Role role = parent < 0 ? Role::Other : modules[static_cast<std::size_t>(parent)].role;
        places[static_cast<std::size_t>(node)] = static_cast<std::int32_t>(modules.size());
        modules.push_back(moduleOf(nodes, node, role));
        modules.back().parent = parent;
        nodes.children(node);
        open.push_back({node});
    };
    for (enter(0); !open.empty();) {
        Visit& visit = open.back();
        const std::vector<std::int32_t>& children = nodes.at(visit.node).children;
        if (visit.nextChild < children.size()) {
            enter(children[visit.nextChild++]);
            continue;
        }
        modules[static_cast<std::size_t>(places[static_cast<std::size_t>(visit.node)])].end =
            static_cast<std::int32_t>(modules.size());
        open.pop_back();
    }
    return places;
}

/// A group for every tensor that has more than one name; -1 for the others.
std::vector<std::int32_t> tieGroups(const std::vector<StoredTensor>& tensors)
{
    std::vector<std::int32_t> groups(tensors.size(), -1);
    std::unordered_map<std::int64_t, std::vector<std::size_t>> firsts; // by memory: one of each size
    std::int32_t next = 0;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        if (tensors[i].memory < 0)
            continue;
        auto& known = firsts[tensors[i].memory];
        const auto same = std::ranges::find_if(known, [&](std::size_t first) {
            return tensors[first].shape.elements() == tensors[i].shape.elements();
        });
        if (same == known.end()) {
            known.push_back(i);
            continue;
        }
        if (groups[*same] < 0)
            groups[*same] = next++;
        groups[i] = groups[*same];
    }
    return groups;
}

void addTensor(const StoredTensor& tensor, std::int32_t module, std::int32_t tieGroup, Trace& trace)
{
    const bool isBuffer = tensor.kind == StoredTensor::Kind::Buffer;
    trace.parameters.push_back({.module = module,
                                .name = std::string(splitAtLastDot(tensor.name).second),
                                .shape = tensor.shape,
                                .dtype = tensor.dtype,
                                .trainable = tensor.trainable && !isBuffer && isFloat(tensor.dtype),
                                .isBuffer = isBuffer,
                                .tieGroup = tieGroup});
    trace.storages.push_back({.kind = Storage::Kind::Parameter,
                              .bytes = {tensor.bytes.value()},
                              .module = module,
                              .tieGroup = tieGroup});
}

} // namespace

StoredTree storedTree(const Stored& stored)
{
    Nodes nodes(stored.modules.size() + stored.tensors.size() / 4);
    StoredTree tree;
    for (const StoredModule& module : stored.modules) {
        tree.modules.push_back(nodes.named(module.path, false));
        const StoredModule*& known = nodes.at(tree.modules.back()).stored;
        if (known == nullptr || known->className.empty())
            known = &module;
    }
    std::vector<std::int32_t> owners;
    owners.reserve(stored.tensors.size());
    for (const StoredTensor& tensor : stored.tensors)
        owners.push_back(nodes.named(splitAtLastDot(tensor.name).first, true));
    const std::vector<std::int32_t> places = writeModules(nodes, tree.trace.modules);
    for (std::int32_t& module : tree.modules)
        module = places[static_cast<std::size_t>(module)];
    const std::vector<std::int32_t> groups = tieGroups(stored.tensors);
    tree.trace.parameters.reserve(stored.tensors.size());
    tree.trace.storages.reserve(stored.tensors.size());
    for (std::size_t i = 0; i < stored.tensors.size(); ++i) {
        tree.tensors.push_back(static_cast<std::int32_t>(i));
        addTensor(stored.tensors[i], places[static_cast<std::size_t>(owners[i])], groups[i], tree.trace);
    }
    tree.trace.phases.push_back({Phase::Kind::Prefill, 1});
    return tree;
}

Trace dormantTrace(const Source& source)
{
    Trace trace = storedTree(*source.stored).trace;
    describeModules(trace, nullptr, {});
    return trace;
}

} // namespace sunflop
