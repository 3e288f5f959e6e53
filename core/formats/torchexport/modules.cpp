// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/torchexport/modules.h"

#include "core/base/entry.h"
#include "core/formats/torchexport/json.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sunflop {

namespace {

constexpr std::size_t longestPath = 4096;
constexpr std::size_t deepest = 64; // modules within each other

bool isNumber(std::string_view text)
{
    return !text.empty() && text.size() < 10 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::int64_t numberIn(std::string_view text)
{
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// Parts of a text between `separator`s that stand outside of all brackets.
std::vector<std::string_view> parts(std::string_view text, char separator)
{
    std::vector<std::string_view> found;
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '(' || c == '[')
            ++depth;
        else if ((c == ')' || c == ']') && depth > 0)
            --depth;
        else if (c == separator && depth == 0) {
            found.push_back(text.substr(begin, i - begin));
            begin = i + 1;
        }
    }
    found.push_back(text.substr(begin));
    return found;
}

/// Names of a path one after the other: what stands between dots, and in brackets.
std::vector<std::string_view> namesOf(std::string_view text)
{
    std::vector<std::string_view> names;
    for (std::string_view part : parts(text, '.')) {
        const std::size_t bracket = part.find('[');
        const std::string_view name = part.substr(0, bracket);
        if (!name.empty())
            names.push_back(name);
        for (std::size_t at = bracket; at < part.size(); at = part.find('[', at + 1)) {
            const std::size_t end = std::min(part.find(']', at), part.size());
            std::string_view index = part.substr(at + 1, end - at - 1);
            if (index.size() >= 2 && (index.front() == '\'' || index.front() == '"'))
                index = index.substr(1, index.size() - 2);
            names.push_back(index);
        }
    }
    return names;
}

/// "torch.nn.modules.linear.Linear" or "<class 'torch...Linear'>" without its module.
std::string className(std::string_view type)
{
    const std::size_t quote = type.find('\'');
    if (type.starts_with("<class") && quote != type.npos)
        type = type.substr(quote + 1, type.rfind('\'') - quote - 1);
    const std::string_view last = parts(type, '.').back();
    return std::string(last.substr(0, longestPath));
}

std::string_view parentOf(std::string_view path)
{
    const std::size_t dot = path.rfind('.');
    return dot == path.npos ? std::string_view() : path.substr(0, dot);
}

std::string_view withoutUnderscore(std::string_view name)
{
    if (name.ends_with('_') && !name.starts_with("__"))
        name.remove_suffix(1);
    return name;
}

/// Of a method whose Python name is known. In-place ones end in one underscore; `x += y` is one of them.
CalledAs methodCall(std::string_view name)
{
    const std::string function(withoutUnderscore(name));
    if (isArithmetic(name)) {
        const bool isInPlace = name.starts_with("__i") && name != "__invert__";
        return {isInPlace ? Spelling::InPlace : Spelling::Operator, function};
    }
    return {name.ends_with('_') ? Spelling::InPlace : Spelling::Method, function};
}

/// "aten.softmax.int" is called "softmax".
std::string_view operatorName(std::string_view target)
{
    const std::size_t begin = target.find('.') + 1;
    return target.substr(begin, target.find('.', begin) - begin);
}

/// Of a function written in Python, which stands for all that it calls.
CalledAs functionCall(std::string_view name, std::string_view target)
{
    if (isComposedInPython(name)) {
        const bool callsMethods = name == "gumbel_softmax" || name == "softmin"; // others call functions
        return calledAs({.called = operatorName(target), .isKnown = callsMethods});
    }
    const std::array functions{std::string(name)};
    return calledAs({.called = name, .functions = functions});
}

/// Of a function of PyTorch's own; some of torch.nn.functional are.
CalledAs builtInCall(std::string_view name)
{
    CalledAs call = calledAs({.called = name});
    if (call.spelling == Spelling::Operator)
        call.spelling = Spelling::Function;
    return call;
}

/// "torch.nn.functional.linear", "_operator.iadd", "transpose"
CalledAs sourceCall(std::string_view function, std::string_view target)
{
    constexpr std::string_view functional = "torch.nn.functional.";
    if (function.starts_with("_operator.")) {
        const std::string_view name = function.substr(10);
        const bool isInPlace = name.starts_with('i') && isArithmetic(name.substr(1));
        return {isInPlace ? Spelling::InPlace : Spelling::Operator,
                std::string(name.substr(isInPlace ? 1 : 0))};
    }
    if (function.starts_with(functional))
        return functionCall(function.substr(functional.size()), target);
    if (function.starts_with("torch.") && !function.starts_with("torch.nn."))
        return builtInCall(function.substr(function.rfind('.') + 1));
    if (!function.empty() && function.find_first_of(". <") == function.npos)
        return methodCall(function);
    return calledAs({.called = operatorName(target), .isKnown = false}); // a module's class, or nothing
}

} // namespace

std::string modulePathOf(std::string_view text)
{
    constexpr std::string_view slice = "slice(";
    std::string path;
    std::int64_t offset = 0;
    std::size_t count = 0;
    for (std::string_view name : namesOf(text.substr(0, longestPath))) {
        name = name.substr(0, name.find('@'));
        if (name == "_modules" || name.empty() || (count == 0 && (name == "L" || name == "self")) ||
            name == "L__self__")
            continue;
        if (name.starts_with(slice)) {
            const std::string_view start = name.substr(slice.size(), name.find(',') - slice.size());
            offset += isNumber(start) ? numberIn(start) : 0;
            continue;
        }
        if (++count > deepest)
            break;
        path += path.empty() ? "" : ".";
        path += offset > 0 && isNumber(name) ? std::to_string(offset + numberIn(name)) : std::string(name);
        offset = 0;
    }
    return path;
}

CalledAs calledBy(const nlohmann::json* metadata, std::string_view target)
{
    const std::string_view torchFunction = textIn(metadata, "torch_fn");
    const std::string_view source = textIn(metadata, "source_fn_stack");
    if (!torchFunction.empty()) {
        const std::string_view function = torchFunction.substr(torchFunction.rfind(';') + 1);
        const std::string_view type = function.substr(0, function.find('.'));
        const std::string_view name = function.substr(function.find('.') + 1);
        if (type == "getset_descriptor")
            return {Spelling::Method, std::string(name)};
        if (type == "function")
            return functionCall(name, target);
        if (type == "builtin_function_or_method")
            return builtInCall(name);
        if (type == "method_descriptor" || type == "wrapper_descriptor" || type == "method-wrapper")
            return methodCall(name); // add_() is how `x += y` is recorded
    }
    const std::string_view last = source.substr(source.rfind(';') + 1);
    return sourceCall(last.substr(last.rfind(',') + 1), target);
}

ExportedModules::ExportedModules()
{
    m_modules.emplace_back();
    m_paths.emplace(std::string(), 0);
}

void ExportedModules::addCallGraph(const nlohmann::json* entries)
{
    for (const nlohmann::json& entry : listIn(entries))
        modulePath(modulePathOf(textIn(&entry, "fqn")));
}

std::int32_t ExportedModules::modulePath(const std::string& path)
{
    if (const auto known = m_paths.find(path); known != m_paths.end())
        return known->second;
    modulePath(std::string(parentOf(path)));
    const auto index = static_cast<std::int32_t>(m_modules.size());
    m_modules.push_back({.path = path});
    m_paths.emplace(path, index);
    return index;
}

std::int32_t ExportedModules::moduleOf(const std::string& stack)
{
    const auto [known, isNew] = m_stacks.try_emplace(stack, 0);
    if (!isNew)
        return known->second;
    std::int32_t module = 0;
    for (const std::string_view item : parts(stack, ';')) {
        const auto fields = parts(item, ',');
        // "_empty_nn_module_stack_from_metadata_hook" stands for none.
        if (fields.size() < 3 || fields[0].starts_with("_empty_nn_module_stack"))
            continue;
        module = modulePath(modulePathOf(fields[1]));
        if (std::string& name = at(m_modules, module).className; name.empty())
            name = className(fields[2]);
    }
    known->second = module;
    return module;
}

std::vector<StoredModule> ExportedModules::finish() &&
{
    struct Children {
        bool any = false;
        bool areNumbered = true;
    };
    std::vector<Children> children(m_modules.size());
    for (const StoredModule& module : m_modules) {
        if (module.path.empty())
            continue;
        const std::string_view parent = parentOf(module.path);
        Children& of = at(children, m_paths.at(std::string(parent)));
        of.any = true;
        of.areNumbered &=
            isNumber(std::string_view(module.path).substr(parent.empty() ? 0 : parent.size() + 1));
    }
    for (std::size_t i = 1; i < m_modules.size(); ++i)
        if (m_modules[i].className.empty() && children[i].any) {
            m_modules[i].isContainer = true;
            if (children[i].areNumbered)
                m_modules[i].className = "ModuleList";
        }
    return std::move(m_modules);
}

} // namespace sunflop
