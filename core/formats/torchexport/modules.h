// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Modules of an exported program, from its list of calls and from the stacks that its nodes carry.

#include "core/model/spelling.h"
#include "core/model/stored.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sunflop {

/// Grows while nodes are read; the root is the first module, parents stand before their children.
class ExportedModules {
public:
    ExportedModules();

    /// graph_module.module_call_graph: every module in registration order.
    void addCallGraph(const nlohmann::json* entries);
    /// The module of a node's "nn_module_stack": items "key,path,class" joined by ';', the innermost last.
    /// A node without one is the root's.
    std::int32_t moduleOf(const std::string& stack);
    /// The module of a dotted path; made where there is none yet, with its parents.
    std::int32_t modulePath(const std::string& path);
    std::optional<std::int32_t> known(const std::string& path) const
    {
        const auto found = m_paths.find(path);
        return found == m_paths.end() ? std::nullopt : std::optional(found->second);
    }
    const std::string& path(std::int32_t module) const
    {
        return m_modules[static_cast<std::size_t>(module)].path;
    }

    /// All modules; what holds others and was never called is a container.
    std::vector<StoredModule> finish() &&;

private:
    std::vector<StoredModule> m_modules;
    std::unordered_map<std::string, std::int32_t> m_paths;
    std::unordered_map<std::string, std::int32_t> m_stacks;
};

/// The dotted path that a path of a stack means: "L['self']._modules['layers'].slice(2, 4)._modules.0@1" is
/// "layers.2".
std::string modulePathOf(std::string_view text);

/// How, and as what, Python called what became a node. "torch_fn" tells: "add_1;method_descriptor.add";
/// before PyTorch 2.3 "source_fn_stack": "add,_operator.add". Arithmetic by its method is Python's operator:
/// both are recorded alike, and who writes `x.add(y)` for `x + y` is rare.
CalledAs calledBy(const nlohmann::json* metadata, std::string_view target);

} // namespace sunflop
