// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/printed_report.h"

namespace sunflop {

std::string PrintedReport::path(std::int32_t module) const
{
    std::string path;
    for (auto m = module; m > 0; m = modules[static_cast<std::size_t>(m)].module.parent) {
        const std::string label = modules[static_cast<std::size_t>(m)].module.label();
        path = path.empty() ? label : label + "." + path;
    }
    return path;
}

std::int32_t PrintedReport::child(std::int32_t parent, std::string_view name) const
{
    const std::int32_t end = modules[static_cast<std::size_t>(parent)].module.end;
    for (std::int32_t c = parent + 1; c < end; c = modules[static_cast<std::size_t>(c)].module.end)
        if (modules[static_cast<std::size_t>(c)].module.name == name)
            return c;
    return -1;
}

std::int32_t PrintedReport::find(std::string_view path, std::int32_t from) const
{
    while (from >= 0 && !path.empty()) {
        const std::size_t dot = path.find('.');
        from = child(from, path.substr(0, dot));
        path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    }
    return from;
}

} // namespace sunflop
