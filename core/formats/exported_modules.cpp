// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/exported_modules.h"

#include "core/base/entry.h"
#include "core/formats/exported_json.h"

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

bool isArithmetic(std::string_view name)
{
    static constexpr std::array names{"add",  "sub",         "mul",        "div",       "true_divide",
                                      "pow",  "matmul",      "neg",        "remainder", "eq",
                                      "ne",   "lt",          "le",         "gt",        "ge",
                                      "rsub", "bitwise_and", "bitwise_or", "abs",       "floor_divide"};
    return std::ranges::find(names, name) != names.end() || (name.starts_with("__") && name.ends_with("__"));
}

/// Of a call whose Python name is known. In-place methods end in one underscore; `x += y` is one of them.
Spelling methodSpelling(std::string_view name)
{
    if (isArithmetic(name))
        return name.starts_with("__i") && name != "__invert__" ? Spelling::InPlace : Spelling::Operator;
    return name.ends_with('_') ? Spelling::InPlace : Spelling::Method;
}

/// "torch.nn.functional.linear", "_operator.iadd", "transpose"
Spelling sourceSpelling(std::string_view function)
{
    if (function.starts_with("_operator.")) {
        const std::string_view name = function.substr(10);
        const bool isInPlace = name.starts_with('i') && isArithmetic(name.substr(1));
        return isInPlace ? Spelling::InPlace : Spelling::Operator;
    }
    const bool isMethod = !function.empty() && function.find_first_of(". <") == function.npos;
    return isMethod ? methodSpelling(function) : Spelling::Function;
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

Spelling spellingOf(const nlohmann::json* metadata, std::string_view target)
{
    const std::string_view torchFunction = textIn(metadata, "torch_fn");
    const std::string_view source = textIn(metadata, "source_fn_stack");
    if (!torchFunction.empty()) {
        const std::string_view function = torchFunction.substr(torchFunction.rfind(';') + 1);
        const std::string_view name = function.substr(function.find('.') + 1);
        const bool isMethod = function.starts_with("method_descriptor.") ||
                              function.starts_with("wrapper_descriptor.") ||
                              function.starts_with("method-wrapper.");
        if (function.starts_with("getset_descriptor."))
            return Spelling::Method;
        if (!isMethod)
            return Spelling::Function;
        // add_() is how `x += y` is recorded.
        return methodSpelling(name);
    }
    if (!source.empty()) {
        const std::string_view last = source.substr(source.rfind(';') + 1);
        return sourceSpelling(last.substr(last.rfind(',') + 1));
    }
    const std::size_t begin = target.find('.') + 1;
    const std::string_view name = target.substr(begin, target.find('.', begin) - begin);
    return isArithmetic(name) ? Spelling::Operator : Spelling::Function;
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
