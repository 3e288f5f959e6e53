// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Measured and published figures of well-known models; tests/reference/README.md tells of each file.

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace sunflop::test {

/// tests/reference.
std::filesystem::path referenceFolder();

/// A whole file, unpacked where it is gzipped. Throws std::runtime_error, as does readJson.
std::string readText(const std::filesystem::path& path);
nlohmann::json readJson(const std::filesystem::path& path);

} // namespace sunflop::test
