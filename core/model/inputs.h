// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Inputs as rows say, for families to offer: they pick members of Workload and narrow what their inputs take.

#include "core/base/dtype.h"
#include "core/base/version.h"
#include "core/model/input.h"
#include "core/model/input_definitions.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace sunflop::inputs {

/// With the row's range and default.
Input offered(const InputDefinition& row);
/// Starting at another value.
Input offered(const InputDefinition& row, std::int64_t value);
Input offered(const InputDefinition& row, DType dtype);
/// With another unit.
Input offered(const InputDefinition& row, std::string_view unit);

/// That of a member of Workload: offer<&Workload::textTokens>(512).
template<auto member, typename... Other>
Input offer(Other... other)
{
    return offered(definitionOfMember(&memberKey<member>), other...);
}

/// From `oldest`, the release the family came with, to the newest known; starts at `own`, the config's own
/// version (unreadable or empty: the newest). Minimum and maximum are ordinals.
Input transformers(std::string_view own, Version oldest);

} // namespace sunflop::inputs
