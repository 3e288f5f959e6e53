// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/folded_tree.h"

#include <charconv>

namespace sunflop::test {

namespace {

std::optional<std::int64_t> number(std::string_view text)
{
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// Whether `module` or one of the siblings it stands for is called `name`.
bool isCalled(const Module& module, std::string_view name)
{
    if (module.name == name)
        return true;
    const auto first = number(module.name);
    const auto wanted = number(name);
    return first && wanted && *wanted >= *first && *wanted < *first + module.repeat;
}

} // namespace

std::optional<std::int32_t> findModule(const Trace& trace, std::string_view path)
{
    const auto at = [&](std::int32_t id) -> const Module& {
        return trace.modules[static_cast<std::size_t>(id)];
    };
    std::int32_t found = 0;
    while (!path.empty()) {
        const std::string_view name = path.substr(0, path.find('.'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        std::int32_t child = found + 1;
        while (child < at(found).end && !isCalled(at(child), name))
            child = at(child).end;
        if (child >= at(found).end)
            return std::nullopt;
        found = child;
    }
    return found;
}

std::optional<Costs> costsOfEach(const Run& run, std::string_view path)
{
    const auto module = findModule(run.trace, path);
    if (!module)
        return std::nullopt;
    return run.costs.nodes[static_cast<std::size_t>(*module)].each;
}

} // namespace sunflop::test
