// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/shape.h"

#include <fmt/format.h>

namespace sunflop {

std::string Shape::text() const
{
    std::string out = "[";
    for (std::size_t i = 0; i < m_rank; ++i)
        out += fmt::format("{}{}{}", i == 0 ? "" : ", ", m_sizes[i], extent(i).perStep != 0 ? "+" : "");
    return out + "]";
}

} // namespace sunflop
