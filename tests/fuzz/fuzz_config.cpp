// SPDX-License-Identifier: GPL-3.0-or-later
// A config.json from anywhere: read, traced, counted and written, or refused with a reason.

#include "tests/fuzz/exercise.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sunflop;
    if (const auto source = fuzz::read("hfconfig", fuzz::text(data, size)))
        fuzz::exercise(*source);
    return 0;
}
