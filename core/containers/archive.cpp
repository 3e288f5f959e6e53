// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/containers/archive.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

namespace sunflop {

namespace {

/// More members than any model has parameters and buffers.
constexpr std::uint64_t mostMembers = 1 << 18;

std::uint64_t number(std::string_view text, std::size_t at, std::size_t bytes)
{
    std::uint64_t value = 0;
    for (std::size_t i = bytes; i-- > 0;)
        value = value << 8U | static_cast<unsigned char>(text[at + i]);
    return value;
}

/// How many members the end of the directory promises (sections 4.3.14 to 4.3.16 of PKWARE's APPNOTE): libzip
/// reads them all before it can be asked. 0 where there is no such end, which is libzip's to say.
std::uint64_t promisedMembers(const Bytes& bytes)
{
    constexpr std::uint64_t endBytes = 22;
    constexpr std::uint64_t locatorBytes = 20;
    constexpr std::uint64_t longestComment = 0xffff;
    constexpr std::uint64_t inLargeEnd = 0xffff;
    const std::uint64_t tail = std::min(bytes.size(), locatorBytes + endBytes + longestComment);
    const auto text = bytes.read(bytes.size() - tail, tail);
    const std::size_t end = text ? text->rfind("PK\x05\x06") : std::string::npos;
    if (end == std::string::npos || text->size() - end < endBytes)
        return 0;
    const std::uint64_t members = number(*text, end + 10, 2);
    if (members != inLargeEnd || end < locatorBytes)
        return members;
    constexpr std::uint64_t largeEndBytes = 56;
    const auto large = bytes.read(number(*text, end - locatorBytes + 8, 8), largeEndBytes);
    return large && large->starts_with("PK\x06\x06") ? number(*large, 32, 8) : members;
}

/// What libzip asks of bytes that it reads through us: a directory piece by small piece, so that a larger one
/// is read ahead.
struct Input {
    Bytes bytes;
    std::uint64_t position = 0;
    std::string ahead;
    std::uint64_t aheadBegin = 0;
    zip_error_t error{};
};

bool isAhead(const Input& input, std::uint64_t count)
{
    return input.position >= input.aheadBegin &&
           input.position + count <= input.aheadBegin + input.ahead.size();
}

zip_int64_t readInput(Input& input, std::span<char> into)
{
    constexpr std::uint64_t aheadBytes = 1 << 16;
    const std::uint64_t left = input.bytes.size() - input.position;
    const std::uint64_t count = std::min<std::uint64_t>(into.size(), left);
    if (!isAhead(input, count)) {
        auto read = input.bytes.read(input.position, std::min(std::max(aheadBytes, count), left));
        if (!read) {
            zip_error_set(&input.error, ZIP_ER_READ, 0);
            return -1;
        }
        input.ahead = *std::move(read);
        input.aheadBegin = input.position;
    }
    input.ahead.copy(into.data(), static_cast<std::size_t>(count),
                     static_cast<std::size_t>(input.position - input.aheadBegin));
    input.position += count;
    return static_cast<zip_int64_t>(count);
}

zip_int64_t seekInput(Input& input, void* data, zip_uint64_t length)
{
    const zip_int64_t target =
        zip_source_seek_compute_offset(input.position, input.bytes.size(), data, length, &input.error);
    if (target < 0)
        return -1;
    input.position = static_cast<std::uint64_t>(target);
    return 0;
}

zip_int64_t statInput(const Input& input, void* data)
{
    auto* stat = static_cast<zip_stat_t*>(data);
    zip_stat_init(stat);
    stat->valid = ZIP_STAT_SIZE;
    stat->size = input.bytes.size();
    return sizeof(zip_stat_t);
}

zip_int64_t serveInput(void* state, void* data, zip_uint64_t length, zip_source_cmd_t command)
{
    auto& input = *static_cast<Input*>(state);
    switch (command) {
    case ZIP_SOURCE_OPEN: input.position = 0; return 0;
    case ZIP_SOURCE_READ:
        return readInput(input, {static_cast<char*>(data), static_cast<std::size_t>(length)});
    case ZIP_SOURCE_CLOSE: return 0;
    case ZIP_SOURCE_STAT: return statInput(input, data);
    case ZIP_SOURCE_ERROR: return zip_error_to_data(&input.error, data, length);
    case ZIP_SOURCE_SEEK: return seekInput(input, data, length);
    case ZIP_SOURCE_TELL: return static_cast<zip_int64_t>(input.position);
    case ZIP_SOURCE_FREE: delete &input; return 0;
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                              ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_SEEK,
                                              ZIP_SOURCE_TELL, ZIP_SOURCE_FREE, -1);
    default: zip_error_set(&input.error, ZIP_ER_OPNOTSUPP, 0); return -1;
    }
}

std::string textOf(zip_error_t& error)
{
    std::string text = zip_error_strerror(&error);
    zip_error_fini(&error);
    return text;
}

} // namespace

void Archive::Close::operator()(zip* archive) const
{
    zip_discard(archive);
}

bool Archive::sniff(const Bytes& bytes)
{
    return bytes.head(4) == "PK\x03\x04";
}

Result<Archive> Archive::open(const Bytes& bytes)
{
    if (const std::uint64_t count = promisedMembers(bytes); count > mostMembers)
        return failure(ErrorKind::Unsupported, {},
                       fmt::format("{} members, expected at most {}", count, mostMembers));
    zip_error_t error;
    zip_error_init(&error);
    auto input = std::make_unique<Input>(Input{.bytes = bytes});
    zip_source_t* source = zip_source_function_create(serveInput, input.get(), &error);
    if (source == nullptr)
        return failure(ErrorKind::Malformed, {}, textOf(error));
    static_cast<void>(input.release()); // the source's from now on
    Archive archive;
    archive.m_archive.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
    if (!archive.m_archive) {
        zip_source_free(source);
        return failure(ErrorKind::Malformed, {}, fmt::format("no readable ZIP archive: {}", textOf(error)));
    }
    const zip_int64_t count = zip_get_num_entries(archive.m_archive.get(), 0);
    archive.m_members.reserve(static_cast<std::size_t>(count));
    for (zip_int64_t i = 0; i < count; ++i) {
        zip_stat_t stat;
        if (zip_stat_index(archive.m_archive.get(), static_cast<zip_uint64_t>(i), 0, &stat) != 0 ||
            (stat.valid & ZIP_STAT_NAME) == 0 || (stat.valid & ZIP_STAT_SIZE) == 0)
            return failure(ErrorKind::Malformed, {}, fmt::format("member {} has no name or size", i));
        archive.m_members.push_back({stat.name, stat.size});
    }
    return archive;
}

const Archive::Member* Archive::find(std::string_view name) const
{
    const auto isCalled = [&](const Member& member) {
        const std::string_view found = member.name;
        return found == name || (found.ends_with(name) && found.size() > name.size() &&
                                 found.find('/') == found.size() - name.size() - 1);
    };
    const auto member = std::ranges::find_if(m_members, isCalled);
    return member == m_members.end() ? nullptr : &*member;
}

Result<std::string> Archive::read(const Member& member, std::uint64_t most) const
{
    if (member.size > most)
        return failure(ErrorKind::Unsupported, member.name,
                       fmt::format("{} bytes, expected at most {}", member.size, most));
    const auto index = static_cast<zip_uint64_t>(&member - m_members.data());
    const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file(zip_fopen_index(m_archive.get(), index, 0),
                                                                  zip_fclose);
    if (!file)
        return failure(ErrorKind::Malformed, member.name, zip_strerror(m_archive.get()));
    // Grown as it is unpacked: the size in the directory may promise more than there is.
    std::string text;
    constexpr std::uint64_t pieceBytes = 1 << 20;
    while (text.size() < member.size) {
        const std::size_t before = text.size();
        text.resize(before + static_cast<std::size_t>(std::min(pieceBytes, member.size - before)));
        const zip_int64_t count = zip_fread(file.get(), text.data() + before, text.size() - before);
        if (count <= 0)
            return failure(ErrorKind::Malformed, member.name,
                           fmt::format("{} bytes unpacked, {} expected", before, member.size));
        text.resize(before + static_cast<std::size_t>(count));
    }
    return text;
}

} // namespace sunflop
