// SPDX-License-Identifier: GPL-3.0-or-later
// The ZIP layout is that of PKWARE's APPNOTE 6.3: local headers with contents, the directory, its end.
#include "tests/fuzz/bundle.h"

#include <zlib.h>

#include <cstdint>

namespace sunflop::fuzz {

namespace {

void put16(std::string& out, std::size_t value)
{
    out += static_cast<char>(value & 0xff);
    out += static_cast<char>(value >> 8 & 0xff);
}

void put32(std::string& out, std::size_t value)
{
    put16(out, value & 0xffff);
    put16(out, value >> 16 & 0xffff);
}

/// What local headers and the directory have in common: version, flags, method, time, checksum, sizes, names.
std::string header(std::string_view name, std::string_view contents)
{
    const auto* bytes = reinterpret_cast<const Bytef*>(contents.data());
    std::string out;
    put16(out, 20);
    put16(out, 0);
    put16(out, 0);
    put32(out, 0);
    put32(out, crc32(0, bytes, static_cast<uInt>(contents.size())));
    put32(out, contents.size());
    put32(out, contents.size());
    put16(out, name.size());
    put16(out, 0);
    return out;
}

} // namespace

std::vector<std::pair<std::string_view, std::string_view>> membersOf(std::string_view bundle)
{
    std::vector<std::pair<std::string_view, std::string_view>> members;
    std::size_t start = bundle.find(memberMark);
    while (start != std::string_view::npos) {
        const std::size_t end = bundle.find(memberMark, start + memberMark.size());
        const std::size_t name = start + memberMark.size();
        const std::string_view member = bundle.substr(name, end == std::string_view::npos ? end : end - name);
        const std::size_t line = member.find('\n');
        members.emplace_back(member.substr(0, line),
                             line == std::string_view::npos ? std::string_view() : member.substr(line + 1));
        start = end;
    }
    return members;
}

std::string packed(std::string_view bundle)
{
    constexpr std::size_t longestName = 0xffff;
    std::string out, directory;
    std::size_t count = 0;
    for (const auto& [name, contents] : membersOf(bundle)) {
        if (name.size() > longestName || ++count > 0xfff)
            break;
        const std::size_t offset = out.size();
        const std::string common = header(name, contents);
        out.append("PK\3\4").append(common).append(name).append(contents);
        directory.append("PK\1\2\x14", 5).append(1, '\0').append(common);
        put16(directory, 0); // comment
        put32(directory, 0); // disk, internal attributes
        put32(directory, 0); // external attributes
        put32(directory, offset);
        directory.append(name);
    }
    const std::size_t start = out.size();
    out.append(directory).append("PK\5\6");
    put32(out, 0);
    put16(out, count);
    put16(out, count);
    put32(out, directory.size());
    put32(out, start);
    put16(out, 0);
    return out;
}

} // namespace sunflop::fuzz
