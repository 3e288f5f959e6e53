// SPDX-License-Identifier: GPL-3.0-or-later
// A Hugging Face config.json: one JSON object of hyper-parameters. Python writes Infinity and NaN into it,
// which JSON has no words for; they are read as null, "no value". The params.json of Meta and of Mistral
// tells the same in other words.

#include "core/formats/checkpoint/checkpoint.h"
#include "core/formats/checkpoint/quantisation_beside.h"
#include "core/formats/foreign/foreign.h"
#include "core/formats/format.h"
#include "core/formats/hfconfig/params_json.h"
#include "core/model/json_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cctype>

namespace sunflop::format {

namespace {

bool sniff(const Bytes& bytes)
{
    constexpr std::uint64_t headBytes = 4096;
    const std::string head = bytes.head(headBytes);
    const std::size_t first = head.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    if (first == std::string::npos || (head[first] != '{' && head[first] != '['))
        return false;
    // A section of an INI file begins with a bracket too.
    const std::size_t second = head.find_first_not_of(" \t\r\n", first + 1);
    return head[first] == '{' || second == std::string::npos ||
           std::isalpha(static_cast<unsigned char>(head[second])) == 0;
}

Result<Source> read(const OpenedFile& file)
{
    const auto text = textOf(file);
    if (!text)
        return failure(foreignJsonName(file).value_or(text.error()));
    const bool isModels = file.path.filename() == "config.json";
    auto config = isModels ? parseConfig(*text, file) : parseConfig(*text);
    if (!config)
        return failure(config.error());
    Source source{.name = file.name, .format = "hfconfig", .config = *std::move(config)};
    if (!source.config.modelType().empty())
        return source;
    if (auto described = configOfParams(source.config)) {
        if (!*described)
            return failure(described->error());
        source.config = std::move((*described)->config);
        source.notes = std::move((*described)->notes);
    } else if (auto foreign = foreignJson(source.config.json(), file)) {
        return failure(*std::move(foreign));
    }
    return source;
}

} // namespace

Format hfconfig()
{
    return {.id = "hfconfig",
            .title = "Hugging Face config.json",
            .suffixes = {".json"},
            .sniff = sniff,
            .read = read};
}

} // namespace sunflop::format

namespace sunflop {

Result<Config> parseConfig(std::string_view text)
{
    return parseJsonObject(text).map([](nlohmann::json object) { return Config(std::move(object)); });
}

} // namespace sunflop
