// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/setting.h"

#include "core/base/units.h"
#include "core/model/argument.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sunflop {

namespace {

/// A free dimension among the inputs.
struct Place {
    const Input* input = nullptr;
    std::size_t index = 0;

    const Dimension& dimension() const { return input->dimensions[index]; }
};

std::optional<Place> placeOf(std::span<const Input> offered, std::string_view id)
{
    for (const Input& input : offered)
        for (std::size_t i = 0; i < input.dimensions.size(); ++i)
            if (input.dimensions[i].id == id)
                return Place{&input, i};
    return std::nullopt;
}

/// Whether two dimensions always have the same size.
bool areOne(const Dimension& a, const Dimension& b)
{
    return a.id == b.id || (a.isFree && b.isFree && a.symbol >= 0 && a.symbol == b.symbol);
}

/// The only shape of a text.
std::optional<Sizes> onlyShape(std::string_view text)
{
    auto shapes = parseShapes(text);
    return shapes && shapes->size() == 1 ? std::optional(std::move(shapes->front())) : std::nullopt;
}

/// The sizes that a text gives to the listed dimensions, if their free ones say all of it.
std::optional<Sizes> sizesOf(const Input& input, std::string_view text)
{
    auto sizes = onlyShape(text);
    if (input.dimensions.empty() || !sizes || sizes->size() != input.dimensions.size())
        return std::nullopt;
    for (std::size_t i = 0; i < sizes->size(); ++i) {
        const Dimension& dimension = input.dimensions[i];
        const bool isFixed = dimension.minimum == dimension.maximum;
        if (!dimension.isFree && (!isFixed || (*sizes)[i] != dimension.minimum))
            return std::nullopt;
    }
    return sizes;
}

/// Takes out what is set of a dimension, under whichever id.
void clear(std::vector<Assignment>& settings, std::span<const Input> offered, const Dimension& dimension)
{
    std::erase_if(settings, [&](const Assignment& setting) {
        const auto place = placeOf(offered, setting.id);
        return place && areOne(place->dimension(), dimension);
    });
}

void put(std::vector<Assignment>& settings, std::span<const Input> offered, Place place, std::string value)
{
    const auto isKept = [&](const Assignment& setting) {
        const auto kept = placeOf(offered, setting.id);
        return kept && areOne(kept->dimension(), place.dimension()) && setting.value == value;
    };
    if (std::ranges::any_of(settings, isKept))
        return;
    clear(settings, offered, place.dimension());
    const auto standard = onlyShape(place.input->defaultValue);
    const bool isDefault =
        standard && place.index < standard->size() && value == std::to_string((*standard)[place.index]);
    if (!value.empty() && !isDefault)
        settings.push_back({std::string(place.dimension().id), std::move(value)});
}

void putSizes(std::vector<Assignment>& settings, std::span<const Input> offered, const Input& input,
              const Sizes& sizes)
{
    for (std::size_t i = 0; i < sizes.size(); ++i)
        if (input.dimensions[i].isFree)
            put(settings, offered, {&input, i}, std::to_string(sizes[i]));
}

/// Spreads a shape that was kept as it was written over its free dimensions.
void loosen(std::vector<Assignment>& settings, std::span<const Input> offered, const Input& input)
{
    const auto whole = std::ranges::find(settings, input.id, &Assignment::id);
    if (whole == settings.end())
        return;
    const auto sizes = onlyShape(whole->value);
    settings.erase(whole);
    if (sizes && sizes->size() == input.dimensions.size())
        putSizes(settings, offered, input, *sizes);
}

/// The sides that a value of "image_size" gives; where it is no size, each is refused by itself.
std::array<std::string, 2> sidesOf(std::string_view size)
{
    const std::size_t cross = size.find('x');
    if (cross == std::string_view::npos)
        return {std::string(size), std::string(size)};
    return {std::string(size.substr(0, cross)), std::string(size.substr(cross + 1))};
}

/// The choice that a value means; where it means none the value, which is refused by its name.
std::string chosenBy(std::span<const Input> offered, const Assignment& setting)
{
    const auto input = std::ranges::find(offered, setting.id, &Input::id);
    if (input == offered.end() || input->spelled == nullptr ||
        std::ranges::find(input->choices, setting.value) != input->choices.end())
        return setting.value;
    return input->spelled(setting.value).value_or(setting.value);
}

} // namespace

std::vector<Assignment> spelledOut(std::span<const Input> offered, std::span<const Assignment> settings)
{
    const auto isOffered = [&](std::string_view id) { return inputSetBy(offered, id) != nullptr; };
    const bool hasSides = !isOffered(imageSize) && std::ranges::all_of(imageSides, isOffered);
    std::vector<Assignment> spelled;
    for (const Assignment& setting : settings) {
        if (!hasSides || setting.id != imageSize) {
            spelled.push_back({setting.id, chosenBy(offered, setting)});
            continue;
        }
        const std::array<std::string, 2> sides = sidesOf(setting.value);
        for (std::size_t i = 0; i < sides.size(); ++i)
            spelled.push_back({std::string(imageSides[i]), sides[i]});
    }
    return spelled;
}

const Input* inputSetBy(std::span<const Input> offered, std::string_view id)
{
    if (const auto found = std::ranges::find(offered, id, &Input::id); found != offered.end())
        return &*found;
    const auto place = placeOf(offered, id);
    return place ? place->input : nullptr;
}

std::optional<std::int64_t> sizeIn(std::string_view shape, std::string_view dimension)
{
    const std::size_t open = dimension.rfind('[');
    if (open == std::string_view::npos || !dimension.ends_with(']'))
        return std::nullopt;
    const auto index = parseWhole(dimension.substr(open + 1, dimension.size() - open - 2));
    const auto sizes = onlyShape(shape);
    if (!index || *index < 0 || !sizes || static_cast<std::size_t>(*index) >= sizes->size())
        return std::nullopt;
    return (*sizes)[static_cast<std::size_t>(*index)];
}

std::string defaultOf(const Input& input, std::string_view id)
{
    const auto size = input.id == id ? std::nullopt : sizeIn(input.defaultValue, id);
    return size ? std::to_string(*size) : input.defaultValue;
}

bool replaces(std::span<const Input> offered, const Assignment& newer, const Assignment& older)
{
    if (newer.id == older.id)
        return true;
    const auto changed = placeOf(offered, older.id);
    if (!changed)
        return false;
    if (const auto place = placeOf(offered, newer.id))
        return areOne(place->dimension(), changed->dimension());
    return changed->input->id == newer.id;
}

std::vector<Assignment> withSetting(std::span<const Input> offered, std::vector<Assignment> settings,
                                    const Assignment& newest)
{
    const Input* const input = inputSetBy(offered, newest.id);
    if (input != nullptr && input->id != newest.id) {
        loosen(settings, offered, *input);
        put(settings, offered, *placeOf(offered, newest.id), newest.value);
        return settings;
    }
    std::erase_if(settings, [&](const Assignment& setting) { return setting.id == newest.id; });
    if (const auto sizes = input != nullptr ? sizesOf(*input, newest.value) : std::nullopt) {
        putSizes(settings, offered, *input, *sizes);
        return settings;
    }
    if (input != nullptr)
        for (const Dimension& dimension : input->dimensions)
            clear(settings, offered, dimension);
    if (!newest.value.empty() && (input == nullptr || newest.value != input->defaultValue))
        settings.push_back(newest);
    return settings;
}

std::vector<Assignment> withSettings(std::span<const Input> offered, std::vector<Assignment> settings,
                                     std::span<const Assignment> newest)
{
    for (const Assignment& setting : newest)
        settings = withSetting(offered, std::move(settings), setting);
    return settings;
}

std::vector<Assignment> withLooseShapes(std::span<const Input> offered, std::span<const Assignment> settings)
{
    std::vector<Assignment> loose;
    for (const Assignment& setting : settings) {
        const Input* const input = inputSetBy(offered, setting.id);
        if (input != nullptr && input->scale == InputScale::Shape)
            loose = withSetting(offered, std::move(loose), setting);
        else
            loose.push_back(setting);
    }
    return loose;
}

bool isSetAmong(std::span<const Assignment> settings, std::span<const Input> offered, const Input& input)
{
    return std::ranges::any_of(settings, [&](const Assignment& setting) {
        if (setting.id == input.id)
            return true;
        const auto place = placeOf(offered, setting.id);
        return place && std::ranges::any_of(input.dimensions, [&](const Dimension& dimension) {
                   return areOne(dimension, place->dimension());
               });
    });
}

std::string valueUnder(std::span<const Assignment> settings, std::span<const Input> offered,
                       const Input& input)
{
    if (input.scale == InputScale::Shape)
        if (const auto arguments = shapesOf(offered, settings)) {
            const auto argument = std::ranges::find(*arguments, input.id, &Argument::id);
            return argument->text;
        }
    const auto set = std::ranges::find(settings, input.id, &Assignment::id);
    return set == settings.end() ? input.defaultValue : set->value;
}

} // namespace sunflop
