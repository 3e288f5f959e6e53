// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A file format that describes a model: recognised by its first bytes, read into a Source.

#include "core/base/result.h"
#include "core/model/source.h"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace sunflop {

/// One registry entry.
struct Format {
    std::string_view id;
    std::string_view title;
    /// Whether a file that begins with `head` (at most 4 KiB) could be of this format.
    bool (*sniff)(std::string_view head) = nullptr;
    /// Reads a whole file. `name` is what to call the model; errors name keys or lines, not the file.
    Result<Source> (*read)(std::string_view text, std::string name) = nullptr;
};

/// Every format, in the order of core/CMakeLists.txt.
std::span<const Format> formats();

/// Opens a file, or the config.json of a model folder. Errors name the path.
Result<Source> openFile(const std::filesystem::path& path);

/// Configs of well-known models that come with the program, sorted by name.
struct BundledModel {
    std::string_view name;
    std::string_view json;
};
std::span<const BundledModel> bundledModels();

/// Opens a bundled model by its name; nothing if there is none of that name.
std::optional<Result<Source>> openBundled(std::string_view name);

} // namespace sunflop
