// SPDX-License-Identifier: GPL-3.0-or-later
// A session file from anywhere: refused with a reason, or read, and then written and read as the same.

#include "core/session/session_json.h"
#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sunflop;
    const auto state = readSession(fuzz::text(data, size));
    fuzz::requireReason(state);
    if (!state)
        return 0;
    const std::string written = sessionText(*state);
    const auto again = readSession(written);
    fuzz::require(again.has_value(), "what was written can be read");
    fuzz::require(*again == *state, "a state outlives its file");
    fuzz::require(sessionText(*again) == written, "the same state gives the same bytes");
    return 0;
}
