// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Text that is written piece by piece, so that nobody needs room for all of it.

#include <functional>
#include <string_view>

namespace sunflop {

/// Takes the next piece. What goes wrong meanwhile is for whoever made the sink to remember.
using Sink = std::function<void(std::string_view piece)>;

/// Gives a text to a sink, from its begin to its end.
using Writing = std::function<void(const Sink& sink)>;

} // namespace sunflop
