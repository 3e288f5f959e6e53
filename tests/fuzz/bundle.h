// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Archives as fuzz inputs. In a ZIP a mutation meets checksums and lengths first; so these inputs are the
/// members, one after the other, and the targets pack them.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sunflop::fuzz {

/// Starts a member: this mark, the member's name, a line break, its contents.
inline constexpr std::string_view memberMark = "\n@@";

/// Names and contents. What stands before the first mark is passed over.
std::vector<std::pair<std::string_view, std::string_view>> membersOf(std::string_view bundle);

/// A ZIP archive of them, stored as PyTorch does.
std::string packed(std::string_view bundle);

} // namespace sunflop::fuzz
