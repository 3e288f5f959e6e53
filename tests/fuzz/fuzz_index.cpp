// SPDX-License-Identifier: GPL-3.0-or-later
// An index of shards from anywhere, none of which is there.

#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sunflop;
    fuzz::readAndCheck("shardindex", fuzz::text(data, size));
    return 0;
}
