// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a forward says of a module when it enters it, and of a parameter when it makes it.

#include "core/base/dtype.h"
#include "core/model/module.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace sunflop {

/// What is known of a module besides name and class.
struct ModuleTraits {
    std::string detail;                       ///< text of extra_repr()
    Role role = Role::Other;                  ///< Other: the parent's role
    std::int64_t repeat = 1;                  ///< equal siblings, traced once
    std::optional<std::int64_t> visited = {}; ///< of those, how many a token passes; nothing: all
    bool isContainer = false;                 ///< ModuleList and the like
    /// Children in registration order where that differs from call order; others follow as called.
    std::initializer_list<std::string_view> order = {};
};

struct ParameterTraits {
    /// Parameters with the same key are one tensor, in each instance of the module that holds them all.
    std::string_view tie = {};
    bool trainable = true;
    bool isTrained = false;          ///< whatever else is frozen
    bool isAdapter = false;          ///< beside the model, trained whatever else is frozen
    std::optional<DType> dtype = {}; ///< of an adapter; nothing: adapterDType
    std::int64_t experts = 1;        ///< equal parts of it, one for each routed expert
    std::int64_t visited = 1;        ///< of those, how many a token passes
};

} // namespace sunflop
