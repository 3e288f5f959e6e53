// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Reads little-endian values one after the other.

#include "core/base/bytes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sunflop {

/// A position in bytes, read forward through a small window. The first error is kept, every later read gives
/// zero or nothing: check failed() at least once in every loop, and before any value is used for good.
class ByteReader {
public:
    /// From `begin` up to `end`; no end: that of the bytes.
    explicit ByteReader(Bytes bytes, std::uint64_t begin = 0,
                        std::optional<std::uint64_t> end = std::nullopt);

    std::uint8_t u8();
    std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t u64() { return number(8); }
    /// The next `count` bytes; refuses to allocate for more than there are.
    std::string text(std::uint64_t count);
    /// Up to a line feed, which is read and left out; refuses lines of more than `most` bytes.
    std::string line(std::uint64_t most);
    void skip(std::uint64_t count);

    std::uint64_t position() const { return m_position; }
    std::uint64_t left() const { return m_end - m_position; }

    /// Keeps an error about the present position.
    void fail(std::string detail, ErrorKind kind = ErrorKind::Malformed);
    bool failed() const { return m_error.has_value(); }
    const std::optional<Error>& error() const { return m_error; }

private:
    std::uint64_t number(int width);
    bool refill();
    bool take(std::uint64_t count); ///< whether this many are left; else that is the error

    Bytes m_bytes;
    std::uint64_t m_position;
    std::uint64_t m_end;
    std::string m_window;
    std::uint64_t m_windowBegin = 0;
    std::optional<Error> m_error;
};

} // namespace sunflop
