// SPDX-License-Identifier: GPL-3.0-or-later
// A torch.export archive whose members come from anywhere, recorded at its own sizes and at others.

#include "tests/fuzz/bundle.h"
#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sunflop;
    fuzz::readAndCheck("exported", fuzz::packed(fuzz::text(data, size)));
    return 0;
}
