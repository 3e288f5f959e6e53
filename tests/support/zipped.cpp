// SPDX-License-Identifier: GPL-3.0-or-later
// Source: PKWARE's APPNOTE.TXT 6.3: local headers and contents, the central directory, its end record.

#include "tests/support/zipped.h"

#include <cstdint>
#include <string_view>

namespace sunflop::test {

namespace {

std::string bytes(std::uint64_t value, int width)
{
    std::string text;
    for (int i = 0; i < width; ++i)
        text += static_cast<char>(value >> (8 * i) & 0xff);
    return text;
}

std::uint32_t crc32(std::string_view text)
{
    std::uint32_t crc = ~0U;
    for (const char c : text) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
    }
    return ~crc;
}

/// What a local and a central header have in common, from the version on.
std::string described(const ZipMember& member)
{
    const std::size_t size = member.contents.size();
    return bytes(20, 2) + bytes(0, 2 + 2 + 2) + bytes(0x21, 2) + bytes(crc32(member.contents), 4) +
           bytes(size, 4) + bytes(size, 4) + bytes(member.name.size(), 2) + bytes(0, 2);
}

} // namespace

std::string zipped(const std::vector<ZipMember>& members)
{
    std::string archive;
    std::string directory;
    for (const ZipMember& member : members) {
        const std::size_t offset = archive.size();
        archive += "PK\x03\x04" + described(member) + member.name + member.contents;
        directory += "PK\x01\x02" + bytes(20, 2) + described(member) + bytes(0, 2 + 2 + 2) + bytes(0, 4) +
                     bytes(offset, 4) + member.name;
    }
    const std::size_t begin = archive.size();
    return archive + directory + "PK\x05\x06" + bytes(0, 4) + bytes(members.size(), 2) +
           bytes(members.size(), 2) + bytes(directory.size(), 4) + bytes(begin, 4) + bytes(0, 2);
}

} // namespace sunflop::test
