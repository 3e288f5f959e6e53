// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Bytes of a file, or of memory, that are read where they are needed: a checkpoint of hundreds of gigabytes
/// is opened by its header.

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace sunflop {

/// Immutable and cheap to copy; reading is safe on any thread.
class Bytes {
public:
    /// A regular file. Errors do not name the path.
    static Result<Bytes> open(const std::filesystem::path& path);
    static Bytes of(std::string text);

    /// As it was when the file was opened.
    std::uint64_t size() const { return m_size; }

    /// Fills `into` with the bytes from `offset` on. Refuses what runs past the end, or cannot be read.
    Result<void> read(std::uint64_t offset, std::span<char> into) const;
    Result<std::string> read(std::uint64_t offset, std::uint64_t count) const;
    /// The first bytes, fewer where there are fewer; empty where they cannot be read.
    std::string head(std::uint64_t count) const;
    /// All of them; refuses more than `most`.
    Result<std::string> all(std::uint64_t most) const;

private:
    struct File;

    std::shared_ptr<const File> m_file;
    std::shared_ptr<const std::string> m_text;
    std::uint64_t m_size = 0;
};

} // namespace sunflop
