// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace sunflop::test {

/// Whether the address sanitizer is at work, which maps terabytes itself: a limit of memory would end the
/// program.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool isSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool isSanitized = true;
#else
inline constexpr bool isSanitized = false;
#endif
#else
inline constexpr bool isSanitized = false;
#endif

} // namespace sunflop::test
