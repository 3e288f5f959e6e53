// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

namespace fs = std::filesystem;

Result<Source> read(const OpenedFile& file)
{
    std::string known;
    for (const Format& format : formats()) {
        if (format.sniff(file.bytes))
            return format.read(file);
        known += fmt::format("{}{}", known.empty() ? "" : ", ", format.title);
    }
    const bool isEmpty = file.bytes.size() == 0;
    return failure(
        isEmpty ? ErrorKind::Malformed : ErrorKind::Unsupported, {},
        fmt::format("{}, expected {}", isEmpty ? "the file is empty" : "unknown kind of file", known));
}

} // namespace

std::optional<Bytes> OpenedFile::beside(std::string_view fileName) const
{
    if (path.empty())
        return std::nullopt;
    auto found = Bytes::open(path.parent_path() / fileName);
    return found ? std::optional(*std::move(found)) : std::nullopt;
}

Result<std::string> textOf(const OpenedFile& file)
{
    constexpr std::uint64_t largestText = 16 << 20;
    return file.bytes.all(largestText);
}

Result<Source> openFile(const std::filesystem::path& path)
{
    std::error_code problem;
    const bool isFolder = fs::is_directory(path, problem);
    const fs::path file = isFolder ? path / "config.json" : path;
    if (isFolder && !fs::exists(file, problem))
        return failure(ErrorKind::Malformed, path.string(),
                       "the folder has no config.json, expected a model folder");
    auto bytes = Bytes::open(file);
    if (!bytes)
        return failure(bytes.error().within(file.string()));
    // A config.json is named after the folder it lies in.
    const fs::path folder = fs::weakly_canonical(fs::absolute(file, problem).parent_path(), problem);
    const std::string name =
        file.filename() == "config.json" ? folder.filename().string() : file.stem().string();
    auto source = read({*std::move(bytes), name, file});
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
    auto source = read({Bytes::of(std::string(model->json)), std::string(name), {}});
    if (source)
        source->place = "bundled";
    return source;
}

} // namespace sunflop
