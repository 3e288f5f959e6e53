// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/reference.h"

#include <zlib.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace sunflop::test {

std::filesystem::path referenceFolder()
{
    return std::filesystem::path(TEST_DATA) / "reference";
}

std::string readText(const std::filesystem::path& path)
{
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
    if (!file)
        throw std::runtime_error(path.string() + " cannot be opened");
    std::string text;
    std::array<char, 1 << 16> block{};
    int read = 0;
    while ((read = gzread(file.get(), block.data(), static_cast<unsigned>(block.size()))) > 0)
        text.append(block.data(), static_cast<std::size_t>(read));
    if (read < 0)
        throw std::runtime_error(path.string() + " cannot be read or unpacked");
    return text;
}

nlohmann::json readJson(const std::filesystem::path& path)
{
    return nlohmann::json::parse(readText(path));
}

} // namespace sunflop::test
