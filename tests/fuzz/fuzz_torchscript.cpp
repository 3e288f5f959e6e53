// SPDX-License-Identifier: GPL-3.0-or-later
// A TorchScript archive whose members come from anywhere: tree, code and forms. Nothing is run.

#include "tests/fuzz/bundle.h"
#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sunflop;
    if (const auto source = fuzz::read("torchscript", fuzz::packed(fuzz::text(data, size))))
        fuzz::check(*source);
    return 0;
}
