// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/module.h"

#include <charconv>

namespace sunflop {

std::string_view roleName(Role role)
{
    switch (role) {
    case Role::Other: return "other";
    case Role::Embedding: return "embedding";
    case Role::Attention: return "attention";
    case Role::Mlp: return "mlp";
    case Role::Norm: return "norm";
    case Role::Activation: return "activation";
    case Role::Conv: return "conv";
    case Role::Head: return "head";
    case Role::Projector: return "projector";
    case Role::Router: return "router";
    }
    return {};
}

std::string Module::label() const
{
    if (repeat == 1)
        return name;
    std::int64_t first = 0;
    std::from_chars(name.data(), name.data() + name.size(), first);
    return name + "-" + std::to_string(first + repeat - 1);
}

} // namespace sunflop
