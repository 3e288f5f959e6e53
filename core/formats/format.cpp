// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

namespace sunflop {

namespace {

namespace fs = std::filesystem;

/// Configs and text reports are small; anything larger is another kind of file.
constexpr std::uintmax_t largestFile = 16 << 20;

Result<std::string> contents(const fs::path& path)
{
    std::error_code problem;
    const fs::file_status status = fs::status(path, problem);
    if (!fs::exists(status))
        return failure(ErrorKind::NotFound, path.string(), "no such file or folder");
    if (!fs::is_regular_file(status))
        return failure(ErrorKind::Unsupported, path.string(),
                       "not a regular file, expected a file or a model folder");
    const std::uintmax_t size = fs::file_size(path, problem);
    if (problem)
        return failure(ErrorKind::NotFound, path.string(), problem.message());
    if (size > largestFile)
        return failure(
            ErrorKind::Unsupported, path.string(),
            fmt::format("{} bytes, expected a config or text report of at most {}", size, largestFile));
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (size > 0)
        text << file.rdbuf();
    if (!file)
        return failure(ErrorKind::NotFound, path.string(), "cannot be read");
    return std::move(text).str();
}

Result<Source> read(std::string_view text, std::string name)
{
    constexpr std::size_t headSize = 4096;
    const std::string_view head = text.substr(0, headSize);
    std::string known;
    for (const Format& format : formats()) {
        if (format.sniff(head))
            return format.read(text, std::move(name));
        known += fmt::format("{}{}", known.empty() ? "" : ", ", format.title);
    }
    return failure(
        text.empty() ? ErrorKind::Malformed : ErrorKind::Unsupported, {},
        fmt::format("{}, expected {}", text.empty() ? "the file is empty" : "unknown kind of file", known));
}

} // namespace

Result<Source> openFile(const std::filesystem::path& path)
{
    std::error_code problem;
    const bool isFolder = fs::is_directory(path, problem);
    const fs::path file = isFolder ? path / "config.json" : path;
    if (isFolder && !fs::exists(file, problem))
        return failure(ErrorKind::Malformed, path.string(),
                       "the folder has no config.json, expected a model folder");
    const auto text = contents(file);
    if (!text)
        return failure(text.error());
    // A config.json is named after the folder it lies in.
    const fs::path folder = fs::weakly_canonical(fs::absolute(file, problem).parent_path(), problem);
    const std::string name =
        file.filename() == "config.json" ? folder.filename().string() : file.stem().string();
    auto source = read(*text, name);
    if (!source)
        return failure(source.error().within(file.string()));
    source->place = file.string();
    return source;
}

std::optional<Result<Source>> openBundled(std::string_view name)
{
    const auto model = std::ranges::find(bundledModels(), name, &BundledModel::name);
    if (model == bundledModels().end())
        return std::nullopt;
    auto source = read(model->json, std::string(name));
    if (source)
        source->place = "bundled";
    return source;
}

} // namespace sunflop
