// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/torchscript/arguments.h"

#include "core/base/plain_text.h"
#include "core/formats/torchscript/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

namespace sunflop {

namespace {

using nlohmann::json;
using Kind = ScriptArgument::Kind;

constexpr std::int64_t largestSize = std::int64_t{1} << 24;
constexpr int deepest = 8;
constexpr std::size_t mostArguments = 256;
/// Those that a tensor may be asked to have, as PyTorch names them.
constexpr std::array<std::string_view, 10> dtypeNames = {"float32", "float16", "bfloat16", "float64", "int64",
                                                         "int32",   "int16",   "int8",     "uint8",   "bool"};

/// What stands in `name[...]`; nothing where the type is another one.
std::optional<std::string_view> inside(std::string_view type, std::string_view name)
{
    if (!type.starts_with(name) || !type.ends_with(']') || type.substr(name.size(), 1) != "[")
        return std::nullopt;
    return type.substr(name.size() + 1, type.size() - name.size() - 2);
}

/// Where the keys of a dictionary are looked for.
struct KeySource {
    const ScriptClasses& classes;
    std::string_view className;
};

std::optional<ScriptArgument> argumentOf(std::string id, std::string_view type, const KeySource& keys,
                                         int depth);

std::optional<ScriptArgument> tupleOf(std::string id, std::string_view types, const KeySource& keys,
                                      int depth)
{
    ScriptArgument tuple{.kind = Kind::Tuple, .id = std::move(id)};
    for (const std::string_view type : splitList(types)) {
        auto part = argumentOf(fmt::format("{}.{}", tuple.id, tuple.parts.size()), type, keys, depth + 1);
        if (!part || tuple.parts.size() == mostArguments)
            return std::nullopt;
        tuple.parts.push_back(*std::move(part));
    }
    return tuple;
}

ScriptArgument dictOf(std::string id, const KeySource& keys)
{
    ScriptArgument dict{.kind = Kind::Dict, .id = std::move(id)};
    dict.keys = keysRead(keys.classes, keys.className, dict.id);
    for (const std::string& key : dict.keys)
        dict.parts.push_back({.kind = Kind::Tensor, .id = fmt::format("{}.{}", dict.id, key)});
    return dict;
}

/// An argument of a type; nothing where none can be made.
std::optional<ScriptArgument> argumentOf(std::string id, std::string_view type, const KeySource& keys,
                                         int depth)
{
    if (depth > deepest)
        return std::nullopt;
    if (const auto element = inside(type, "Optional")) {
        auto made = argumentOf(id, *element, keys, depth + 1);
        if (!made || made->kind == Kind::Dict || made->kind == Kind::Tuple)
            return ScriptArgument{.kind = Kind::None, .id = std::move(id), .isOptional = true};
        made->isOptional = true;
        return made;
    }
    if (const auto types = inside(type, "Tuple"))
        return tupleOf(std::move(id), *types, keys, depth);
    if (type == "List[Tensor]")
        return ScriptArgument{.kind = Kind::TensorList, .id = std::move(id)};
    if (type == "Dict[str, Tensor]")
        return dictOf(std::move(id), keys);
    constexpr std::array<std::pair<std::string_view, Kind>, 6> simple = {{{"Tensor", Kind::Tensor},
                                                                          {"int", Kind::Int},
                                                                          {"float", Kind::Float},
                                                                          {"number", Kind::Float},
                                                                          {"bool", Kind::Bool},
                                                                          {"str", Kind::Text}}};
    const auto found = std::ranges::find(simple, type, &std::pair<std::string_view, Kind>::first);
    if (found == simple.end())
        return type == "NoneType" ? std::optional(ScriptArgument{.kind = Kind::None, .id = std::move(id)})
                                  : std::nullopt;
    ScriptArgument made{.kind = found->second, .id = std::move(id)};
    made.value = made.kind == Kind::Int ? "1" : made.kind == Kind::Float ? "1.0" : "False";
    if (made.kind == Kind::Text)
        made.value.clear();
    return made;
}

/// The value that the declaration gives.
void takeDefault(const std::string& text, ScriptArgument& argument)
{
    argument.hasDefault = true;
    if (text == "None") {
        argument.isOptional = true;
        return;
    }
    argument.isOptional = false;
    argument.value = text;
    if (argument.kind == Kind::Text && text.size() >= 2)
        argument.value = text.substr(1, text.size() - 2);
}

/// The value of an input: what the user gave, else its default.
const std::string& textOf(std::span<const Argument> values, std::string_view id, const std::string& otherwise)
{
    const auto found = std::ranges::find(values, id, &Argument::id);
    return found == values.end() ? otherwise : found->text;
}

std::string givenId(const ScriptArgument& argument)
{
    return argument.id + ".given";
}

json tensorGiven(const Sizes& sizes, std::string dtype)
{
    return {{"shape", sizes}, {"dtype", std::move(dtype)}};
}

json given(const ScriptArgument& argument, std::span<const Argument> values)
{
    const bool isTensor = argument.kind == Kind::Tensor || argument.kind == Kind::TensorList;
    if (argument.isOptional && (!isTensor || textOf(values, givenId(argument), "no") != "yes"))
        return nullptr;
    if (isTensor) {
        const auto shapes = parseShapes(textOf(values, argument.id, shapesText(argument.example.shapes)))
                                .value_or(std::vector<Sizes>());
        const std::string dtype = textOf(values, argument.id + ".dtype", argument.example.dtype);
        if (argument.kind == Kind::Tensor)
            return tensorGiven(shapes.empty() ? Sizes() : shapes.front(), dtype);
        json list = json::array();
        for (const Sizes& sizes : shapes)
            list.push_back(tensorGiven(sizes, dtype));
        return {{"list", std::move(list)}};
    }
    json parts = argument.kind == Kind::Dict ? json::object() : json::array();
    for (std::size_t i = 0; i < argument.parts.size(); ++i) {
        json part = given(argument.parts[i], values);
        if (argument.kind == Kind::Dict)
            parts[argument.keys[i]] = std::move(part);
        else
            parts.push_back(std::move(part));
    }
    const std::string& text = textOf(values, argument.id, argument.value);
    switch (argument.kind) {
    case Kind::Tuple: return {{"tuple", std::move(parts)}};
    case Kind::Dict: return {{"dict", std::move(parts)}};
    case Kind::Int: return std::strtoll(text.c_str(), nullptr, 10);
    case Kind::Float: return std::strtod(text.c_str(), nullptr);
    case Kind::Bool: return text == "true" || text == "True";
    case Kind::Text: return text;
    default: return nullptr;
    }
}

/// Adds inputs to a program.
class Offer {
public:
    explicit Offer(Program& program) : m_program(program) {}

    void shape(const ScriptArgument& argument);
    void scalar(const ScriptArgument& argument);
    void choice(const std::string& id, std::string_view defaultValue, std::vector<std::string> choices);

private:
    Program& m_program;
};

void Offer::shape(const ScriptArgument& argument)
{
    Input input{.id = argument.id,
                .title = argument.id,
                .defaultValue = shapesText(argument.example.shapes),
                .scale = InputScale::Shape};
    if (argument.kind == Kind::Tensor) {
        input.isRankFree = true;
        for (std::size_t i = 0; i < argument.example.shapes.front().size(); ++i)
            input.dimensions.push_back({.id = fmt::format("{}[{}]", argument.id, i),
                                        .minimum = 1,
                                        .maximum = largestSize,
                                        .isFree = true});
    }
    m_program.arguments.push_back(std::move(input));
}

void Offer::scalar(const ScriptArgument& argument)
{
    if (argument.kind == Kind::Bool) {
        choice(argument.id, argument.value == "True" ? "true" : "false", {"false", "true"});
        return;
    }
    const std::int64_t most = std::numeric_limits<std::int32_t>::max();
    m_program.arguments.push_back({.id = argument.id,
                                   .title = argument.id,
                                   .minimum = -most,
                                   .maximum = most,
                                   .defaultValue = argument.value});
}

void Offer::choice(const std::string& id, std::string_view defaultValue, std::vector<std::string> choices)
{
    m_program.arguments.push_back({.id = id,
                                   .title = id,
                                   .defaultValue = std::string(defaultValue),
                                   .scale = InputScale::Choice,
                                   .choices = std::move(choices)});
}

void eachArgument(std::span<const ScriptArgument> arguments,
                  const std::function<void(const ScriptArgument&)>& look)
{
    for (const ScriptArgument& argument : arguments) {
        look(argument);
        eachArgument(argument.parts, look);
    }
}

} // namespace

Result<std::vector<ScriptArgument>> scriptArguments(const ScriptClasses& classes, std::string_view className)
{
    const auto type = classes.find(className);
    const ScriptMethod* forward = type == classes.end() ? nullptr : type->second.method("forward");
    if (forward == nullptr)
        return failure(ErrorKind::Unsupported, {}, "the model has no forward(), expected a program");
    std::vector<ScriptArgument> arguments;
    for (const ScriptParameter& parameter : forward->parameters) {
        auto made = argumentOf(parameter.name, parameter.type, {classes, className}, 0);
        if (!made && parameter.defaultValue != "None")
            return failure(
                ErrorKind::Unsupported, parameter.name,
                fmt::format("forward() takes a {}, expected tensors, numbers, flags, texts, lists of "
                            "tensors, tuples or dictionaries of these",
                            shortened(parameter.type)));
        if (arguments.size() == mostArguments)
            return failure(ErrorKind::Unsupported, {}, fmt::format("more than {} arguments", mostArguments));
        arguments.push_back(made ? *std::move(made)
                                 : ScriptArgument{.kind = Kind::None, .id = parameter.name});
        if (parameter.defaultValue)
            takeDefault(*parameter.defaultValue, arguments.back());
    }
    return arguments;
}

std::vector<ScriptArgument*> tensorsOf(std::span<ScriptArgument> arguments)
{
    std::vector<ScriptArgument*> tensors;
    for (ScriptArgument& argument : arguments) {
        if (argument.kind == Kind::Tensor || argument.kind == Kind::TensorList)
            tensors.push_back(&argument);
        const auto parts = tensorsOf(argument.parts);
        tensors.insert(tensors.end(), parts.begin(), parts.end());
    }
    return tensors;
}

void offerInputs(std::span<const ScriptArgument> arguments, Program& program)
{
    Offer offer(program);
    const auto isTensor = [](const ScriptArgument& argument) {
        return argument.kind == Kind::Tensor || argument.kind == Kind::TensorList;
    };
    const auto isScalar = [](const ScriptArgument& argument) {
        return (argument.kind == Kind::Int || argument.kind == Kind::Bool) && !argument.isOptional;
    };
    eachArgument(arguments, [&](const ScriptArgument& argument) {
        if (isTensor(argument))
            offer.shape(argument);
        else if (isScalar(argument) && !argument.hasDefault)
            offer.scalar(argument);
    });
    eachArgument(arguments, [&](const ScriptArgument& argument) {
        if (isScalar(argument) && argument.hasDefault)
            offer.scalar(argument);
        if (isTensor(argument) && argument.isOptional)
            offer.choice(givenId(argument), "no", {"no", "yes"});
    });
    eachArgument(arguments, [&](const ScriptArgument& argument) {
        if (isTensor(argument))
            offer.choice(argument.id + ".dtype", argument.example.dtype,
                         {dtypeNames.begin(), dtypeNames.end()});
    });
}

json givenArguments(std::span<const ScriptArgument> arguments, std::span<const Argument> values)
{
    json made = json::array();
    for (const ScriptArgument& argument : arguments)
        made.push_back(given(argument, values));
    return made;
}

} // namespace sunflop
