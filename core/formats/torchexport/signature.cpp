// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/torchexport/signature.h"

#include "core/formats/torchexport/json.h"
#include "core/model/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace sunflop {

namespace {

using Json = nlohmann::json;
using Kind = ExportedInput::Kind;

constexpr std::size_t longestName = 200;

/// An argument that a node or the caller is given: a tensor's or a number's name.
ExportedInput given(const Json* argument)
{
    if (const Json* tensor = member(argument, "as_tensor"))
        return {Kind::Tensor, textIn(tensor, "name"), {}};
    if (const Json* number = member(argument, "as_sym_int"))
        if (const std::string& name = textIn(number, "as_name"); !name.empty())
            return {Kind::Integer, name, {}};
    return {Kind::Literal, {}, {}};
}

ExportedInput inputOf(const Json& spec)
{
    const auto stored = [&](const char* key, const char* nameKey, Kind kind) -> std::optional<ExportedInput> {
        const Json* entry = member(&spec, key);
        if (entry == nullptr)
            return std::nullopt;
        return ExportedInput{kind, textIn(member(entry, "arg"), "name"), textIn(entry, nameKey)};
    };
    if (auto parameter = stored("parameter", "parameter_name", Kind::Parameter))
        return *parameter;
    if (auto buffer = stored("buffer", "buffer_name", Kind::Buffer))
        return *buffer;
    if (auto constant = stored("tensor_constant", "tensor_constant_name", Kind::Constant))
        return *constant;
    if (const Json* user = member(&spec, "user_input"))
        return given(member(user, "arg"));
    if (member(&spec, "constant_input") != nullptr)
        return {Kind::Literal, {}, {}};
    return {};
}

/// Before PyTorch 2.2: {"inputs_to_parameters": {value: name}, ...} beside the graph's list of inputs.
std::vector<ExportedInput> oldInputs(const Json* signature, const Json* graph)
{
    std::vector<ExportedInput> inputs;
    for (const Json& argument : listIn(member(graph, "inputs"))) {
        ExportedInput input = given(&argument);
        for (const auto& [key, kind] : {std::pair("inputs_to_parameters", Kind::Parameter),
                                        std::pair("inputs_to_buffers", Kind::Buffer),
                                        std::pair("inputs_to_lifted_tensor_constants", Kind::Constant)})
            if (const std::string& name = textIn(member(signature, key), input.value.c_str()); !name.empty())
                input = {kind, input.value, name};
        inputs.push_back(std::move(input));
    }
    return inputs;
}

/// What the children of a container are called: its keys, its fields or their numbers.
std::vector<std::string> childNames(const Json& spec, const Json* fieldsOfTypes)
{
    const std::size_t count = listIn(member(&spec, "children_spec")).size();
    const Json* context = member(&spec, "context");
    // Most contexts are JSON within a text.
    const auto parsed = parseJson(textIn(context) != nullptr ? *textIn(context) : "null", {.depth = 16});
    const Json* keys = parsed ? &*parsed : context;
    if (const Json* fields = member(fieldsOfTypes, textIn(&spec, "type").c_str()))
        keys = member(fields, "field_names");
    std::vector<std::string> names;
    for (const Json& key : listIn(keys))
        names.push_back(key.is_string() ? key.get<std::string>() : std::to_string(names.size()));
    if (names.size() == count)
        return names;
    names.clear();
    for (std::size_t i = 0; i < count; ++i)
        names.push_back(std::to_string(i));
    return names;
}

/// Adds the path of every leaf below; an empty one where the file does not name it.
void addLeaves(const Json& spec, const std::string& path, const Json* fieldsOfTypes,
               std::vector<std::string>& leaves)
{
    const auto& children = listIn(member(&spec, "children_spec"));
    if (children.empty() && member(&spec, "type") == nullptr) {
        leaves.push_back(path);
        return;
    }
    const std::vector<std::string> names = childNames(spec, fieldsOfTypes);
    for (std::size_t i = 0; i < children.size(); ++i)
        addLeaves(children[i], path.empty() ? path : path + "." + names[i], fieldsOfTypes, leaves);
}

/// Paths of all leaves of forward()'s arguments: [version, (positional, keywords)].
std::vector<std::string> leavesOf(const Json& graphModule)
{
    const auto& calls = listIn(member(&graphModule, "module_call_graph"));
    const Json* signature = calls.empty() ? nullptr : member(&calls.front(), "signature");
    const std::string* text = textIn(member(signature, "in_spec"));
    if (text == nullptr)
        text = textIn(member(member(&graphModule, "call_spec"), "in_spec"));
    const auto spec = parseJson(text == nullptr ? "null" : *text);
    if (!spec || listIn(&*spec).size() != 2)
        return {};
    const auto& both = listIn(member(&listIn(&*spec)[1], "children_spec"));
    if (both.size() != 2)
        return {};
    const Json* fields = member(&graphModule, "treespec_namedtuple_fields");
    const auto& names = listIn(member(signature, "forward_arg_names"));
    const auto& positional = listIn(member(&both[0], "children_spec"));
    std::vector<std::string> leaves;
    for (std::size_t i = 0; i < positional.size(); ++i)
        addLeaves(positional[i], i < names.size() && names[i].is_string() ? names[i].get<std::string>() : "",
                  fields, leaves);
    const std::vector<std::string> keywords = childNames(both[1], fields);
    const auto& values = listIn(member(&both[1], "children_spec"));
    for (std::size_t i = 0; i < values.size(); ++i)
        addLeaves(values[i], keywords[i], fields, leaves);
    return leaves;
}

/// A name that can be typed: letters, digits, dots and underscores.
std::string plain(std::string_view name)
{
    std::string text(name.substr(0, longestName));
    for (char& c : text)
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.'))
            c = '_';
    return text;
}

} // namespace

std::vector<ExportedInput> inputsOf(const Json& graphModule)
{
    const Json* signature = member(&graphModule, "signature");
    if (member(signature, "input_specs") == nullptr)
        return oldInputs(signature, member(&graphModule, "graph"));
    std::vector<ExportedInput> inputs;
    for (const Json& spec : listIn(member(signature, "input_specs")))
        inputs.push_back(inputOf(spec));
    return inputs;
}

std::vector<std::string> givenNames(const Json& graphModule, const std::vector<ExportedInput>& inputs)
{
    const auto count = static_cast<std::size_t>(std::ranges::count_if(inputs, &ExportedInput::isGiven));
    std::vector<std::string> leaves = leavesOf(graphModule);
    if (leaves.size() != count)
        leaves.assign(count, {});
    std::vector<std::string> names;
    std::set<std::string> taken;
    for (const ExportedInput& input : inputs) {
        if (!input.isGiven())
            continue;
        const std::string& leaf = leaves[names.size()];
        std::string name = plain(leaf.empty() ? input.value : leaf);
        if (name.empty() || taken.contains(name))
            name = fmt::format("{}_{}", name.empty() ? "argument" : name, names.size());
        while (taken.contains(name))
            name += '_';
        taken.insert(name);
        names.push_back(std::move(name));
    }
    return names;
}

} // namespace sunflop
