// SPDX-License-Identifier: GPL-3.0-or-later
// A GGUF file from anywhere.

#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sunflop;
    fuzz::readAndCheck("gguf", fuzz::text(data, size));
    return 0;
}
