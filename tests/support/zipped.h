// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// ZIP archives in memory, with their members stored as they are.

#include <string>
#include <vector>

namespace sunflop::test {

struct ZipMember {
    std::string name;
    std::string contents;
};

/// The archive of these members, in their order.
std::string zipped(const std::vector<ZipMember>& members);

} // namespace sunflop::test
