// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Lists of modules as the configs of quantised models write them: what is quantised, what stays.

#include "core/quantisation/name_pattern.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace sunflop {

/// A set of modules, given by names of three kinds. "re:" stands before a regular expression that matches
/// from the start of a path; "*" stands for any text ("model.layers.*.self_attn") in a path or the front of
/// it; anything else is a run of whole parts of a path, wherever it lies ("visual", "mlp.gate",
/// "model.layers.3.mlp"), or a class ("Linear"). What stands in a module stands for all below it. Prefixes
/// that wrappers add ("model.", "language_model.") do not tell names apart. Sources: should_convert_module of
/// transformers, match_name of compressed-tensors, fnmatch in ModelOpt.
class ModuleNames {
public:
    static Result<ModuleNames> of(std::span<const std::string> names);

    bool isEmpty() const { return m_parts.empty() && m_patterns.empty() && m_texts.empty(); }
    bool contains(std::string_view path, std::string_view className) const;
    /// Whether the answer may differ between layers that are equal but for their numbers, this path being of
    /// one of them.
    bool tellsApart(std::string_view path) const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    using Set = std::unordered_set<std::string, Hash, std::equal_to<>>;

    Result<void> add(std::string_view name);

    Set m_parts; ///< runs of parts, prefixes of wrappers left out
    Set m_last;  ///< the last part of each that has a number
    bool m_endsInNumber = false;
    std::vector<NamePattern> m_patterns;
    std::vector<std::string> m_texts; ///< with "*"
    bool m_patternsHaveNumbers = false;
};

/// Whether `text` fits `pattern`, in which '*' stands for any text.
bool fits(std::string_view text, std::string_view pattern);

} // namespace sunflop
