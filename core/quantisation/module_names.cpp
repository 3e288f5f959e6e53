// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantisation/module_names.h"

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

/// Attributes that wrap a language model under one name or another, by release and engine.
constexpr std::array<std::string_view, 4> wrappers{"model", "language_model", "module", "base_model"};

bool isNumber(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool hasDigit(std::string_view text)
{
    return std::ranges::any_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string_view> partsOf(std::string_view path)
{
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const std::size_t dot = std::min(path.find('.'), path.size());
        if (dot > 0)
            parts.push_back(path.substr(0, dot));
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return parts;
}

/// A path without wrappers; one that is made of them alone stays.
std::string canonical(std::string_view path)
{
    std::string text;
    for (const std::string_view part : partsOf(path))
        if (std::ranges::find(wrappers, part) == wrappers.end()) {
            text += text.empty() ? "" : ".";
            text += part;
        }
    return text.empty() ? std::string(path) : text;
}

/// A path as other releases and engines write it.
std::array<std::string, 3> spellings(std::string_view path)
{
    constexpr std::string_view wrapper = "model.";
    const bool isWrapped = path.starts_with(wrapper);
    return {std::string(path), std::string(wrapper) + std::string(path),
            std::string(isWrapped ? path.substr(wrapper.size()) : path)};
}

} // namespace

bool fits(std::string_view text, std::string_view pattern)
{
    std::size_t t = 0;
    std::size_t p = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resumed = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resumed = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resumed;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

Result<ModuleNames> ModuleNames::of(std::span<const std::string> names)
{
    ModuleNames read;
    for (const std::string& name : names)
        if (const auto added = read.add(name); !added)
            return failure(added.error());
    return read;
}

Result<void> ModuleNames::add(std::string_view name)
{
    constexpr std::string_view regular = "re:";
    constexpr std::string_view tensor = ".weight";
    if (name.starts_with(regular)) {
        auto pattern = NamePattern::parse(name.substr(regular.size()));
        if (!pattern)
            return failure(pattern.error());
        m_patternsHaveNumbers = m_patternsHaveNumbers || hasDigit(name);
        m_patterns.push_back(*std::move(pattern));
        return {};
    }
    if (name.ends_with(tensor))
        name.remove_suffix(tensor.size());
    if (name.find('*') != std::string_view::npos) {
        m_patternsHaveNumbers = m_patternsHaveNumbers || hasDigit(name);
        m_texts.emplace_back(name);
        return {};
    }
    const std::string text = canonical(name);
    const std::vector<std::string_view> parts = partsOf(text);
    if (parts.empty())
        return {};
    if (std::ranges::any_of(parts, isNumber)) {
        m_last.emplace(parts.back());
        m_endsInNumber = m_endsInNumber || isNumber(parts.back());
    }
    m_parts.insert(text);
    return {};
}

bool ModuleNames::contains(std::string_view path, std::string_view className) const
{
    if (m_parts.contains(className))
        return true;
    if (!m_parts.empty()) {
        const std::string text = canonical(path);
        const std::vector<std::string_view> parts = partsOf(text);
        for (std::size_t first = 0; first < parts.size(); ++first)
            for (std::size_t last = first; last < parts.size(); ++last) {
                const auto* const begin = parts[first].data();
                const auto* const end = parts[last].data() + parts[last].size();
                if (m_parts.contains(std::string_view(begin, static_cast<std::size_t>(end - begin))))
                    return true;
            }
    }
    if (m_patterns.empty() && m_texts.empty())
        return false;
    return std::ranges::any_of(spellings(path), [&](const std::string& spelling) {
        return std::ranges::any_of(m_patterns,
                                   [&](const NamePattern& p) { return p.matchesStart(spelling); }) ||
               std::ranges::any_of(m_texts, [&](const std::string& text) {
                   return fits(spelling, text) || fits(spelling, text + ".*");
               });
    });
}

bool ModuleNames::tellsApart(std::string_view path) const
{
    if (m_endsInNumber || m_patternsHaveNumbers)
        return true;
    return std::ranges::any_of(partsOf(path), [&](std::string_view part) { return m_last.contains(part); });
}

} // namespace sunflop
