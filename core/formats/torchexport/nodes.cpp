// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/entry.h"
#include "core/base/plain_text.h"
#include "core/formats/torchexport/json.h"
#include "core/formats/torchexport/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace sunflop {

namespace {

using Json = nlohmann::json;

constexpr std::size_t mostCalls = std::size_t{1} << 20;
constexpr std::string_view operators = "torch.ops.";
constexpr std::string_view higherOrder = "higher_order.";

/// What only computes or checks sizes: no tensor is touched.
bool isAboutSizes(std::string_view target)
{
    static constexpr std::array beginnings{"aten.sym_",          "aten._assert",      "aten.item.",
                                           "aten._local_scalar", "aten.is_same_size", "aten._constrain"};
    return std::ranges::any_of(beginnings, [&](std::string_view with) { return target.starts_with(with); });
}

std::vector<double> floatsIn(const Json& list)
{
    std::vector<double> values;
    for (const Json& entry : listIn(&list))
        values.push_back(entry.is_number() ? entry.get<double>() : 0.0);
    return values;
}

/// A float; infinities and NaN are texts.
RecordedValue floatIn(const Json& value)
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (value.is_number())
        return value.get<double>();
    const std::string* text = textIn(&value);
    if (text == nullptr)
        return std::monostate();
    return *text == "Infinity"    ? infinity
           : *text == "-Infinity" ? -infinity
                                  : std::numeric_limits<double>::quiet_NaN();
}

std::vector<RecordedSize> wholesIn(const Json& list)
{
    std::vector<RecordedSize> values;
    for (const Json& entry : listIn(&list)) {
        if (entry.is_array())
            std::ranges::copy(wholesIn(entry), std::back_inserter(values));
        else
            values.push_back({entry.is_boolean() ? entry.get<bool>() : wholeIn(&entry).value_or(0), -1});
    }
    return values;
}

std::string memoryFormat(const Json& value)
{
    switch (wholeIn(&value).value_or(0)) {
    case 1: return "contiguous_format";
    case 2: return "channels_last";
    case 3: return "channels_last_3d";
    default: return "preserve_format";
    }
}

} // namespace

bool ExportedReader::addNodes(Scope& scope)
{
    for (const Json& node : listIn(member(scope.graph, "nodes"))) {
        m_node = shortened(textIn(&node, "name"));
        addNode(scope, node);
        if (m_error)
            return false;
    }
    return true;
}

void ExportedReader::addNode(Scope& scope, const Json& node)
{
    const Json* target = member(&node, "target");
    const std::string* text = textIn(target);
    if (text == nullptr)
        text = textIn(member(target, "name")); // of the first schemas
    if (text == nullptr) {
        fail("found a node without \"target\"");
        return;
    }
    if (m_node.empty())
        m_node = shortened(*text);
    // Python's own functions compute sizes: "_operator.mul", "math.ceil".
    if (!text->starts_with(operators))
        return;
    const std::string_view name = std::string_view(*text).substr(operators.size());
    if (isAboutSizes(name))
        return;
    if (name.starts_with(higherOrder)) {
        addHigherOrder(scope, node, name.substr(higherOrder.size()));
        return;
    }
    std::vector<RecordedArgument> arguments;
    for (const Json& input : listIn(member(&node, "inputs")))
        if (const Json* argument = member(&input, "arg"))
            arguments.push_back({textIn(&input, "name"), valueOf(scope, *argument)});
    addCall(scope, node, std::string(name), std::move(arguments));
}

void ExportedReader::addCall(Scope& scope, const Json& node, std::string target,
                             std::vector<RecordedArgument> arguments)
{
    if (m_read.recording.calls.size() == mostCalls)
        fail(fmt::format("more than {} calls", mostCalls), ErrorKind::Unsupported);
    if (m_error)
        return;
    CalledAs call = calledBy(member(&node, "metadata"), target);
    const std::int32_t module = moduleOf(scope, node, arguments);
    Tensors made = results(scope, node);
    m_read.recording.calls.push_back({.target = std::move(target),
                                      .module = module,
                                      .spelling = call.spelling,
                                      .function = std::move(call.function),
                                      .arguments = std::move(arguments),
                                      .results = std::move(made)});
}

/// By the node's own stack. Nodes of conditions have none: they are of the module below that has a parameter
/// which they are given, else of the module that is being read.
std::int32_t ExportedReader::moduleOf(const Scope& scope, const Json& node,
                                      const std::vector<RecordedArgument>& arguments)
{
    if (const std::string* stack = textIn(member(member(&node, "metadata"), "nn_module_stack")))
        return m_read.modules.moduleOf(*stack);
    for (const RecordedArgument& argument : arguments) {
        const auto* tensor = std::get_if<TensorIndex>(&argument.value);
        const std::int32_t stored =
            tensor == nullptr || tensor->index < 0 ? -1 : at(m_read.recording.tensors, tensor->index).stored;
        if (stored < 0)
            continue;
        const std::string& name = at(m_read.tensors, stored).name;
        const auto owner = m_read.modules.known(name.substr(0, std::min(name.rfind('.'), name.size())));
        if (owner && m_read.modules.path(*owner).starts_with(m_read.modules.path(scope.module)))
            return *owner;
    }
    return scope.module;
}

/// Makes the tensors that a node returns.
ExportedReader::Tensors ExportedReader::results(Scope& scope, const Json& node)
{
    Tensors made;
    const auto make = [&](const Json* reference) {
        const std::string& name = textIn(reference, "name");
        if (m_error || name.empty())
            return;
        made.push_back(addTensor(scope, name));
        scope.tensors.insert_or_assign(name, made.back());
    };
    for (const Json& output : listIn(member(&node, "outputs"))) {
        make(member(&output, "as_tensor"));
        make(member(member(&output, "as_optional_tensor"), "as_tensor"));
        for (const Json& tensor : listIn(member(&output, "as_tensors")))
            make(&tensor);
        for (const Json& tensor : listIn(member(&output, "as_optional_tensors")))
            make(member(&tensor, "as_tensor"));
    }
    return made;
}

TensorIndex ExportedReader::tensorNamed(const Scope& scope, const Json* reference)
{
    const std::string& name = textIn(reference, "name");
    const auto found = scope.tensors.find(name);
    if (found != scope.tensors.end())
        return found->second;
    fail(fmt::format("found \"{}\", which nothing before it makes", shortened(name)));
    return {};
}

/// Every tensor of an argument, those of lists one after the other; -1 for None within a list.
ExportedReader::Tensors ExportedReader::tensorsIn(const Scope& scope, const Json& argument)
{
    Tensors found;
    const auto addOptional = [&](const Json* entry) {
        const Json* tensor = member(entry, "as_tensor");
        found.push_back(tensor == nullptr ? TensorIndex() : tensorNamed(scope, tensor));
    };
    if (const Json* tensor = member(&argument, "as_tensor"))
        found.push_back(tensorNamed(scope, tensor));
    for (const Json& tensor : listIn(member(&argument, "as_tensors")))
        found.push_back(tensorNamed(scope, &tensor));
    for (const Json& list : listIn(member(&argument, "as_nested_tensors")))
        for (const Json& tensor : listIn(&list))
            found.push_back(tensorNamed(scope, &tensor));
    for (const Json& entry : listIn(member(&argument, "as_optional_tensors")))
        addOptional(&entry);
    if (const Json* entry = member(&argument, "as_optional_tensor"))
        addOptional(entry);
    return found;
}

/// {"as_name": "sym_size_int"} or {"as_int": 3}
RecordedSize ExportedReader::sizeNamed(const Scope& scope, const Json& reference)
{
    if (const auto whole = wholeIn(member(&reference, "as_int")))
        return {*whole, -1};
    const std::string& name = textIn(&reference, "as_name");
    const Json* value = member(member(scope.graph, "sym_int_values"), name.c_str());
    if (value == nullptr) {
        fail(fmt::format("sym_int_values has no \"{}\"", shortened(name)));
        return {};
    }
    const auto size = m_read.sizes.read(*value);
    if (!size) {
        fail(size.error().detail, size.error().kind);
        return {};
    }
    return *size;
}

RecordedValue ExportedReader::valueOf(const Scope& scope, const Json& argument)
{
    for (const auto& [key, value] : entriesIn(&argument)) {
        if (value.is_null())
            continue;
        if (key == "as_tensor")
            return tensorNamed(scope, &value);
        if (key.find("tensor") != key.npos) {
            Tensors tensors = tensorsIn(scope, argument);
            if (key == "as_optional_tensor")
                return tensors.front().index < 0 ? RecordedValue() : RecordedValue(tensors.front());
            return tensors;
        }
        if (key == "as_sym_int")
            return sizeNamed(scope, value);
        if (key == "as_sym_ints") {
            std::vector<RecordedSize> sizes;
            for (const Json& entry : listIn(&value))
                sizes.push_back(sizeNamed(scope, entry));
            return sizes;
        }
        return plainValue(key, value);
    }
    return {};
}

/// A value that refers to nothing else in the graph; None for what no operator's cost depends on.
RecordedValue ExportedReader::plainValue(const std::string& key, const Json& value)
{
    if (key == "as_int")
        return RecordedSize{wholeIn(&value).value_or(0), -1};
    if (key == "as_ints" || key == "as_int_lists" || key == "as_bools")
        return wholesIn(value);
    if (key == "as_float")
        return floatIn(value);
    if (key == "as_sym_float" && member(&value, "as_float") != nullptr)
        return floatIn(*member(&value, "as_float"));
    if (key == "as_floats")
        return floatsIn(value);
    if (key == "as_bool" && value.is_boolean())
        return value.get<bool>();
    if (key == "as_sym_bool" && member(&value, "as_bool") != nullptr)
        return plainValue("as_bool", *member(&value, "as_bool"));
    if (key == "as_string" && value.is_string())
        return value.get<std::string>();
    if (key == "as_memory_format")
        return memoryFormat(value);
    if (key == "as_device")
        return textIn(&value, "type");
    if (key == "as_scalar_type")
        if (const auto dtype = exportedDType(wholeIn(&value).value_or(0)))
            return *dtype;
    return {};
}

} // namespace sunflop
