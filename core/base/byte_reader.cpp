// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/byte_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

constexpr std::uint64_t windowBytes = 64 << 10;

} // namespace

ByteReader::ByteReader(Bytes bytes, std::uint64_t begin, std::optional<std::uint64_t> end)
    : m_bytes(std::move(bytes)), m_position(begin),
      m_end(std::min(end.value_or(m_bytes.size()), m_bytes.size()))
{
    m_position = std::min(m_position, m_end);
}

bool ByteReader::take(std::uint64_t count)
{
    if (failed())
        return false;
    if (count > left()) {
        fail(fmt::format("{} bytes expected, {} are left", count, left()));
        return false;
    }
    return true;
}

bool ByteReader::refill()
{
    auto window = m_bytes.read(m_position, std::min(windowBytes, left()));
    if (!window) {
        m_error = window.error();
        return false;
    }
    m_window = *std::move(window);
    m_windowBegin = m_position;
    return true;
}

std::uint8_t ByteReader::u8()
{
    if (!take(1))
        return 0;
    const bool isInWindow = m_position >= m_windowBegin && m_position - m_windowBegin < m_window.size();
    if (!isInWindow && !refill())
        return 0;
    return static_cast<std::uint8_t>(m_window[static_cast<std::size_t>(m_position++ - m_windowBegin)]);
}

std::uint64_t ByteReader::number(int width)
{
    std::uint64_t value = 0;
    for (int i = 0; i < width; ++i)
        value |= std::uint64_t{u8()} << (8 * i);
    return failed() ? 0 : value;
}

std::string ByteReader::text(std::uint64_t count)
{
    if (!take(count))
        return {};
    const bool isInWindow =
        m_position >= m_windowBegin && m_position - m_windowBegin + count <= m_window.size();
    if (!isInWindow && count < windowBytes && !refill())
        return {};
    std::string text;
    if (count < windowBytes) {
        text = m_window.substr(static_cast<std::size_t>(m_position - m_windowBegin), count);
    } else {
        auto read = m_bytes.read(m_position, count);
        if (!read) {
            m_error = read.error();
            return {};
        }
        text = *std::move(read);
    }
    m_position += count;
    return text;
}

std::string ByteReader::line(std::uint64_t most)
{
    std::string text;
    for (;;) {
        const auto byte = static_cast<char>(u8());
        if (failed() || byte == '\n')
            return text;
        if (text.size() == most) {
            fail(fmt::format("a line of more than {} bytes", most));
            return {};
        }
        text += byte;
    }
}

void ByteReader::skip(std::uint64_t count)
{
    if (take(count))
        m_position += count;
}

void ByteReader::fail(std::string detail, ErrorKind kind)
{
    if (!m_error)
        m_error = Error{kind, fmt::format("byte {}", m_position), std::move(detail)};
}

} // namespace sunflop
