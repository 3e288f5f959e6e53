// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a module is for, guessed from its names: files of models say no more.

#include "core/model/module.h"

#include <string_view>

namespace sunflop {

/// The role of a module of this class under this attribute name, in a parent of this role. Knows the naming
/// of PyTorch, torchvision, timm, transformers and diffusers; a name that says nothing takes after the
/// parent. Pass Role::Other for a child of the model itself.
Role roleOf(std::string_view className, std::string_view name, Role parentRole);

} // namespace sunflop
