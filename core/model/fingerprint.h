// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// By what a file is known again.

#include <cstdint>
#include <string>

namespace sunflop {

/// Size, and the SHA-256 of the first `mostHashedBytes` in lower-case hex. Checkpoints say at their beginning
/// what they hold, so that hashing one takes a fraction of a second.
struct Fingerprint {
    static constexpr std::int64_t mostHashedBytes = 64 << 20;

    std::int64_t bytes = 0;
    std::string sha256; ///< empty: not known

    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

} // namespace sunflop
