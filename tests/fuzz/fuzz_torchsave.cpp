// SPDX-License-Identifier: GPL-3.0-or-later
// What torch.save wrote, from anywhere: an archive of such members, or a file of the time before archives.

#include "tests/fuzz/bundle.h"
#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sunflop;
    const std::string_view input = fuzz::text(data, size);
    fuzz::readAndCheck("torchsave",
                       input.starts_with(fuzz::memberMark) ? fuzz::packed(input) : std::string(input));
    return 0;
}
