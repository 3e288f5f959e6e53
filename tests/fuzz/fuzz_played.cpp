// SPDX-License-Identifier: GPL-3.0-or-later
// The same, played under every convention and written by every exporter.

#include "tests/fuzz/bundle.h"
#include "tests/fuzz/exercise.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sunflop;
    if (const auto source = fuzz::read("exported", fuzz::packed(fuzz::text(data, size))))
        fuzz::exercise(*source);
    return 0;
}
