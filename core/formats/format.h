// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A file format that describes a model: recognised by its first bytes, read into a Source.

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/model/source.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// What a reader is given.
struct OpenedFile {
    Bytes bytes;
    std::string name;           ///< what to call the model
    std::filesystem::path path; ///< to look for files beside it; empty for bytes in memory

    /// The contents of a file in the same folder; nothing where there is none, or none that can be read.
    std::optional<Bytes> beside(std::string_view fileName) const;
};

/// One registry entry.
struct Format {
    std::string_view id;
    std::string_view title;
    std::vector<std::string_view> suffixes; ///< of file names, for dialogs: ".json"
    /// Whether the bytes could be of this format: by their beginning, or an archive's directory.
    bool (*sniff)(const Bytes& bytes) = nullptr;
    /// Reads as much as is needed. Errors name keys, lines or bytes, not the file.
    Result<Source> (*read)(const OpenedFile& file) = nullptr;
};

/// Contents of a text format; anything larger than 16 MiB is another kind of file.
Result<std::string> textOf(const OpenedFile& file);

/// Every format, in the order of core/CMakeLists.txt.
std::span<const Format> formats();

/// Opens a file, or a model folder: its weights and its config.json. Errors name the path.
Result<Source> openFile(const std::filesystem::path& path);

/// Opens "org/name" from the local cache of the Hugging Face Hub; see hubFolder().
Result<Source> openHub(std::string_view id);

/// Configs of well-known models that come with the program, sorted by name.
struct BundledModel {
    std::string_view name;
    std::string_view json;
};
std::span<const BundledModel> bundledModels();

/// Opens a bundled model by its name; nothing if there is none of that name.
std::optional<Result<Source>> openBundled(std::string_view name);

} // namespace sunflop
