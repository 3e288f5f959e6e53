// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Measured and published figures of well-known models, which stay outside of the checkout.

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace sunflop::test {

/// The folder that SUNFLOP_REFERENCE names, else shared/reference beside the checkout; nothing where there is
/// none.
std::optional<std::filesystem::path> referenceFolder();

/// A whole file, unpacked where it is gzipped. Throws std::runtime_error, as does readJson.
std::string readText(const std::filesystem::path& path);
nlohmann::json readJson(const std::filesystem::path& path);

} // namespace sunflop::test
