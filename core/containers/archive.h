// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The ZIP archives that PyTorch writes: members by name, read where they are needed.

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct zip;

namespace sunflop {

/// An open archive. Not for several threads at once.
class Archive {
public:
    struct Member {
        std::string name;
        std::uint64_t size = 0; ///< unpacked
    };

    /// Reads the directory at the end of the bytes; the members stay where they are.
    static Result<Archive> open(const Bytes& bytes);
    /// Whether bytes begin as an archive does.
    static bool sniff(const Bytes& bytes);

    const std::vector<Member>& members() const { return m_members; }
    /// The first member of this name below any root folder: "data.pkl" finds "model/data.pkl". PyTorch names
    /// the root after the file.
    const Member* find(std::string_view name) const;
    /// A member's contents, unpacked. Refuses more than `most` bytes before anything is allocated. Errors
    /// name the member.
    Result<std::string> read(const Member& member, std::uint64_t most) const;

private:
    struct Close {
        void operator()(zip* archive) const;
    };

    std::unique_ptr<zip, Close> m_archive;
    std::vector<Member> m_members;
};

} // namespace sunflop
