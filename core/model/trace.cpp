// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/trace.h"

namespace sunflop {

std::string Trace::path(std::int32_t module) const
{
    std::string path;
    for (auto m = module; m > 0; m = modules[static_cast<std::size_t>(m)].parent) {
        const std::string label = modules[static_cast<std::size_t>(m)].label();
        path = path.empty() ? label : label + "." + path;
    }
    return path;
}

} // namespace sunflop
