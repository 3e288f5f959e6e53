// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/bytes.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sunflop {

struct Bytes::File {
    explicit File(int opened) : descriptor(opened) {}
    ~File() { ::close(descriptor); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    int descriptor;
};

Result<Bytes> Bytes::open(const std::filesystem::path& path)
{
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return failure(ErrorKind::NotFound, {},
                       errno == ENOENT ? "no such file or folder" : std::strerror(errno));
    auto file = std::make_shared<const File>(descriptor);
    struct stat status {};
    if (::fstat(descriptor, &status) != 0)
        return failure(ErrorKind::NotFound, {}, std::strerror(errno));
    if (!S_ISREG(status.st_mode))
        return failure(ErrorKind::Unsupported, {}, "not a regular file, expected a file or a model folder");
    Bytes bytes;
    bytes.m_file = std::move(file);
    bytes.m_size = static_cast<std::uint64_t>(status.st_size);
    return bytes;
}

Bytes Bytes::of(std::string text)
{
    Bytes bytes;
    bytes.m_size = text.size();
    bytes.m_text = std::make_shared<const std::string>(std::move(text));
    return bytes;
}

Result<void> Bytes::read(std::uint64_t offset, std::span<char> into) const
{
    if (offset > m_size || into.size() > m_size - offset)
        return failure(ErrorKind::Malformed, fmt::format("byte {}", offset),
                       fmt::format("{} bytes expected, the file ends at {}", into.size(), m_size));
    if (m_text) {
        std::ranges::copy_n(m_text->data() + offset, static_cast<std::ptrdiff_t>(into.size()), into.data());
        return {};
    }
    while (!into.empty()) {
        const ssize_t count =
            ::pread(m_file->descriptor, into.data(), into.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return failure(ErrorKind::NotFound, fmt::format("byte {}", offset),
                           count < 0 ? std::strerror(errno) : "the file has become shorter");
        into = into.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return {};
}

Result<std::string> Bytes::read(std::uint64_t offset, std::uint64_t count) const
{
    // Refused before anything is allocated.
    if (offset > m_size || count > m_size - offset)
        return failure(ErrorKind::Malformed, fmt::format("byte {}", offset),
                       fmt::format("{} bytes expected, the file ends at {}", count, m_size));
    std::string text(count, '\0');
    return read(offset, std::span(text)).map([&] { return std::move(text); });
}

std::string Bytes::head(std::uint64_t count) const
{
    return read(0, std::min(count, m_size)).value_or(std::string());
}

Result<std::string> Bytes::all(std::uint64_t most) const
{
    if (m_size > most)
        return failure(ErrorKind::Unsupported, {},
                       fmt::format("{} bytes, expected at most {}", m_size, most));
    return read(0, m_size);
}

} // namespace sunflop
