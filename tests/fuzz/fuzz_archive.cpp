// SPDX-License-Identifier: GPL-3.0-or-later
// An archive from anywhere: its directory is read, and every member up to a limit, or refused with a reason.

#include "core/containers/archive.h"
#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sunflop;
    constexpr std::uint64_t most = 1 << 20;
    const auto archive = Archive::open(Bytes::of(std::string(fuzz::text(data, size))));
    fuzz::requireReason(archive);
    if (!archive)
        return 0;
    for (const Archive::Member& member : archive->members()) {
        const auto contents = archive->read(member, most);
        fuzz::requireReason(contents);
        fuzz::require(!contents || contents->size() == member.size, "a member is as large as it says");
    }
    return 0;
}
