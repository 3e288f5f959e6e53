// SPDX-License-Identifier: GPL-3.0-or-later
// A safetensors header from anywhere, with the length that it has and room for its data; or any bytes.

#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sunflop;
    const std::string_view input = fuzz::text(data, size);
    if (!input.starts_with('{')) {
        fuzz::readAndCheck("safetensors", input);
        return 0;
    }
    constexpr std::size_t lengthBytes = 8;
    constexpr std::size_t dataBytes = 4096;
    std::string file;
    for (std::size_t i = 0; i < lengthBytes; ++i)
        file += static_cast<char>(input.size() >> 8 * i & 0xff);
    fuzz::readAndCheck("safetensors", file.append(input).append(dataBytes, '\0'));
    return 0;
}
