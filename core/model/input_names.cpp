// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/input_names.h"

#include "core/base/nearest.h"
#include "core/model/input_definitions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

namespace sunflop {

namespace {

constexpr std::string_view command = "list inputs";

/// What both sides of an image together are called, which is an axis and no input.
constexpr std::array<std::string_view, 4> imageSizes{"resolution", "img_size", "input_size", "crop_size"};

/// Other names and what they mean.
const std::vector<Synonym>& synonyms()
{
    static const std::vector<Synonym> all = [] {
        std::vector<Synonym> found;
        for (const std::string_view word : imageSizes)
            found.push_back({word, "image_size"});
        for (const InputDefinition& row : inputDefinitions())
            for (std::string_view rest = row.otherNames; !rest.empty();) {
                const std::size_t end = std::min(rest.find(' '), rest.size());
                found.push_back({rest.substr(0, end), row.id});
                rest.remove_prefix(std::min(end + 1, rest.size()));
            }
        return found;
    }();
    return all;
}

} // namespace

std::string expectedInput(std::string_view id, std::span<const std::string_view> known)
{
    return expectedName(id, known, command, synonyms());
}

std::string expectedInput(std::string_view id, std::span<const Input> offered)
{
    std::vector<std::string_view> known;
    std::vector<std::string_view> arguments;
    for (const Input& input : offered) {
        known.emplace_back(input.id);
        if (input.isArgument)
            arguments.emplace_back(input.id);
    }
    if (arguments.empty() || !nearestNames(id, known, 1, synonyms()).empty())
        return expectedInput(id, known);
    constexpr std::size_t few = 2;
    arguments.resize(std::min(arguments.size(), few));
    return fmt::format("expected one such as {}; \"sunflop {}\" prints all", fmt::join(arguments, " or "),
                       command);
}

} // namespace sunflop
