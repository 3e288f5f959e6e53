// SPDX-License-Identifier: GPL-3.0-or-later
// Layout of the directory: PKWARE's APPNOTE.TXT, 4.3 and 4.5.3.
#include "app/worker/lazy_file.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

namespace sunflop::worker {

namespace {

/// Smaller tensors are read: integers that sizes are computed from.
constexpr std::uint64_t largestRead = 64 << 10;
constexpr std::uint64_t largestDirectory = 64 << 20;
constexpr std::uint64_t headerBytes = 30;

/// A little-endian number; zero past the end.
std::uint64_t number(std::string_view text, std::size_t at, std::size_t width)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width && at < text.size() && i < text.size() - at; ++i)
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[at + i])) << (8 * i);
    return value;
}

bool isTensor(std::string_view name)
{
    const std::size_t root = name.find('/');
    const std::string_view rest = root == std::string_view::npos ? name : name.substr(root + 1);
    for (const std::string_view folder : {"data/", "constants/", "tensors/", "traced_inputs/"})
        if (rest.substr(0, folder.size()) == folder)
            return true;
    return false;
}

struct Entry {
    std::uint64_t bytes = 0;
    std::uint64_t header = 0;
};

/// What a ZIP64 field says instead of the sizes that do not fit.
Entry widened(std::string_view extra, std::uint64_t unpacked, Entry entry)
{
    constexpr std::uint64_t elsewhere = 0xffffffff;
    for (std::size_t at = 0; at + 4 <= extra.size(); at += 4 + number(extra, at + 2, 2)) {
        if (number(extra, at, 2) != 1)
            continue;
        std::size_t field = at + 4;
        if (unpacked == elsewhere)
            field += 8;
        if (entry.bytes == elsewhere) {
            entry.bytes = number(extra, field, 8);
            field += 8;
        }
        if (entry.header == elsewhere)
            entry.header = number(extra, field, 8);
        break;
    }
    return entry;
}

} // namespace

LazyFile::LazyFile(int descriptor) : m_descriptor(descriptor)
{
    struct stat status {};
    if (::fstat(descriptor, &status) == 0)
        m_size = static_cast<std::uint64_t>(status.st_size);
    findTensors();
}

LazyFile::~LazyFile()
{
    ::close(m_descriptor);
}

std::string LazyFile::textAt(std::uint64_t position, std::uint64_t count) const
{
    if (position > m_size || count > m_size - position)
        return {};
    std::string text(static_cast<std::size_t>(count), '\0');
    text.resize(read(position, text.data(), text.size(), ""));
    return text;
}

void LazyFile::findTensors()
{
    const std::uint64_t tailBytes = std::min<std::uint64_t>(m_size, 66000);
    const std::string tail = textAt(m_size - tailBytes, tailBytes);
    const std::size_t end = tail.rfind("PK\x05\x06");
    if (end == std::string::npos)
        return;
    std::uint64_t bytes = number(tail, end + 12, 4);
    std::uint64_t begin = number(tail, end + 16, 4);
    if (end >= 20 && tail.compare(end - 20, 4, "PK\x06\x07") == 0) {
        const std::string wide = textAt(number(tail, end - 20 + 8, 8), 56);
        if (wide.compare(0, 4, "PK\x06\x06") == 0) {
            bytes = number(wide, 40, 8);
            begin = number(wide, 48, 8);
        }
    }
    if (bytes > largestDirectory)
        return;
    const std::string directory = textAt(begin, bytes);
    constexpr std::size_t entryBytes = 46;
    for (std::size_t at = 0;
         at + entryBytes <= directory.size() && directory.compare(at, 4, "PK\x01\x02") == 0;) {
        const std::uint64_t nameBytes = number(directory, at + 28, 2);
        const std::uint64_t extraBytes = number(directory, at + 30, 2);
        const std::string_view rest = std::string_view(directory).substr(at + entryBytes);
        const std::string_view name = rest.substr(0, nameBytes);
        const std::string_view extra = rest.substr(name.size()).substr(0, extraBytes);
        const Entry entry = widened(extra, number(directory, at + 24, 4),
                                    {number(directory, at + 20, 4), number(directory, at + 42, 4)});
        const bool isStored = number(directory, at + 10, 2) == 0;
        if (isStored && entry.bytes > largestRead && isTensor(name))
            leaveOut(entry.header, entry.bytes);
        at += entryBytes + nameBytes + extraBytes + number(directory, at + 32, 2);
    }
    std::sort(m_tensors.begin(), m_tensors.end(),
              [](const Range& a, const Range& b) { return a.begin < b.begin; });
}

void LazyFile::leaveOut(std::uint64_t header, std::uint64_t bytes)
{
    const std::string local = textAt(header, headerBytes);
    if (local.compare(0, 4, "PK\x03\x04") != 0)
        return;
    const std::uint64_t begin = header + headerBytes + number(local, 26, 2) + number(local, 28, 2);
    if (begin <= m_size && bytes <= m_size - begin)
        m_tensors.push_back({begin, begin + bytes});
}

std::size_t LazyFile::read(std::uint64_t position, void* into, std::size_t count, const char*) const
{
    const auto after = std::upper_bound(m_tensors.begin(), m_tensors.end(), position,
                                        [](std::uint64_t p, const Range& range) { return p < range.begin; });
    if (after != m_tensors.begin() && position + count <= std::prev(after)->end)
        return count;
    std::size_t done = 0;
    while (done < count) {
        const ssize_t got = ::pread(m_descriptor, static_cast<char*>(into) + done, count - done,
                                    static_cast<off_t>(position + done));
        if (got <= 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

} // namespace sunflop::worker
