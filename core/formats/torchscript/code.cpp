// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/torchscript/code.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sunflop {

namespace {

std::string_view trimmed(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// The first place outside of brackets and quotes where one of `characters` stands; npos: nowhere.
std::size_t findOutside(std::string_view text, std::string_view characters)
{
    int depth = 0;
    char quote = '\0';
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != '\0') {
            i += c == '\\' ? 1 : 0;
            quote = c == quote ? '\0' : quote;
        } else if (depth == 0 && characters.find(c) != std::string_view::npos) {
            return i;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else {
            depth += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
        }
    }
    return std::string_view::npos;
}

std::string_view unquoted(std::string_view text)
{
    text = trimmed(text);
    return text.size() >= 2 && (text.front() == '"' || text.front() == '\'') ? text.substr(1, text.size() - 2)
                                                                             : text;
}

/// The texts of `["weight", "bias", ]`.
std::vector<std::string> textsOf(std::string_view list)
{
    list = trimmed(list);
    if (list.size() < 2 || list.front() != '[')
        return {};
    std::vector<std::string> texts;
    for (const std::string_view part : splitList(list.substr(1, list.size() - 2)))
        if (!part.empty())
            texts.emplace_back(unquoted(part));
    return texts;
}

/// "x: Tensor", "scale: Optional[float]=None".
ScriptParameter parameterOf(std::string_view text)
{
    const std::size_t colon = findOutside(text, ":");
    if (colon == std::string_view::npos)
        return {std::string(trimmed(text)), {}, {}};
    const std::string_view rest = text.substr(colon + 1);
    const std::size_t equals = findOutside(rest, "=");
    ScriptParameter parameter{
        std::string(trimmed(text.substr(0, colon))), std::string(trimmed(rest.substr(0, equals))), {}};
    if (equals != std::string_view::npos)
        parameter.defaultValue = trimmed(rest.substr(equals + 1));
    return parameter;
}

/// The parameters of the method whose text, after its opening bracket, this is.
std::vector<ScriptParameter> parametersOf(std::string_view text)
{
    std::vector<ScriptParameter> parameters;
    const std::string_view list = text.substr(0, std::min(findOutside(text, ")"), text.size()));
    for (const std::string_view part : splitList(list))
        if (!part.empty() && part != "*")
            parameters.push_back(parameterOf(part));
    return parameters;
}

/// Whose first parameter is the object, whatever it is called: every method of a class; of functions such
/// whose first parameter has no type, the methods of a file that is the class (before PyTorch 1.4).
enum class Scope { Class, File };

/// The method or function whose text, after "def ", this begins; `next` is where another one may.
void readMethod(std::string_view text, std::string_view next, Scope scope, ScriptClass& into)
{
    const std::size_t bracket = text.find('(');
    if (bracket == std::string_view::npos)
        return;
    const std::string_view rest = text.substr(bracket + 1, text.find(next) - bracket - 1);
    ScriptMethod method{{}, parametersOf(rest), std::string(rest)};
    auto& parameters = method.parameters;
    if (!parameters.empty() && (scope == Scope::Class || parameters.front().type.empty())) {
        method.self = std::move(parameters.front().name);
        parameters.erase(parameters.begin());
    }
    into.methods.insert_or_assign(std::string(text.substr(0, bracket)), std::move(method));
}

/// One declaration in a class, "name : type", "name : Final[type] = value", or of a name that is none:
/// __annotations__["0"] = type.
void readAttribute(std::string_view line, ScriptClass& into)
{
    constexpr std::string_view final = "Final[";
    constexpr std::string_view annotation = "  __annotations__[";
    if (line.starts_with(annotation)) {
        constexpr std::string_view middle = "] = ";
        const std::size_t end = line.find(middle);
        if (end != std::string_view::npos)
            into.attributes.insert_or_assign(
                std::string(unquoted(line.substr(annotation.size(), end - annotation.size()))),
                std::string(trimmed(line.substr(end + middle.size()))));
        return;
    }
    const std::size_t colon = line.find(" : ");
    if (colon == std::string_view::npos)
        return;
    const std::string_view type = line.substr(colon + 3);
    const std::size_t equals = findOutside(type, "=");
    if (type.starts_with(final) && equals != std::string_view::npos)
        into.constants.emplace_back(trimmed(line.substr(0, colon)), trimmed(type.substr(equals + 1)));
    else
        into.attributes.insert_or_assign(std::string(trimmed(line.substr(0, colon))),
                                         std::string(trimmed(type)));
}

void readBody(std::string_view body, ScriptClass& into)
{
    constexpr std::string_view parameters = "  __parameters__ = ";
    constexpr std::string_view buffers = "  __buffers__ = ";
    constexpr std::string_view method = "  def ";
    for (std::size_t at = 0; at < body.size();) {
        const std::string_view rest = body.substr(at);
        const std::string_view line = rest.substr(0, rest.find('\n'));
        if (line.starts_with(parameters))
            into.parameters = textsOf(line.substr(parameters.size()));
        else if (line.starts_with(buffers))
            into.buffers = textsOf(line.substr(buffers.size()));
        else if (line.starts_with(method))
            readMethod(rest.substr(method.size()), "\n  def ", Scope::Class, into);
        else if (!line.starts_with("    "))
            readAttribute(line, into);
        at += line.size() + 1;
    }
}

} // namespace

std::vector<std::string_view> splitList(std::string_view text)
{
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t comma = findOutside(text, ",");
        parts.push_back(trimmed(text.substr(0, comma)));
        if (comma == std::string_view::npos)
            return parts;
        text.remove_prefix(comma + 1);
    }
}

const std::string* ScriptClass::constant(std::string_view name) const
{
    const auto found = std::ranges::find(constants, name, &std::pair<std::string, std::string>::first);
    return found == constants.end() ? nullptr : &found->second;
}

const ScriptMethod* ScriptClass::method(std::string_view name) const
{
    const auto found = methods.find(name);
    return found == methods.end() ? nullptr : &found->second;
}

std::string_view shortClassName(std::string_view fullName)
{
    return fullName.substr(fullName.rfind('.') + 1);
}

void readScriptClasses(std::string_view member, std::string_view text, ScriptClasses& into)
{
    constexpr std::string_view folder = "code/";
    constexpr std::string_view suffix = ".py";
    constexpr std::string_view classKeyword = "class ";
    constexpr std::string_view functionKeyword = "def ";
    if (!member.starts_with(folder) || !member.ends_with(suffix))
        return;
    std::string scope(member.substr(folder.size(), member.size() - folder.size() - suffix.size()));
    std::ranges::replace(scope, '/', '.');
    const auto next = [&](std::size_t from) {
        return std::min({text.find("\nclass ", from), text.find("\ndef ", from), text.size()});
    };
    std::size_t at = text.starts_with(classKeyword) || text.starts_with(functionKeyword) ? 0 : next(0);
    while (at < text.size()) {
        at += text[at] == '\n' ? 1 : 0;
        const std::size_t end = next(at);
        const std::string_view declaration = text.substr(at, end - at);
        const std::string_view head = declaration.substr(0, declaration.find('\n'));
        const std::size_t bracket = head.find_first_of("(:");
        if (head.starts_with(functionKeyword)) {
            readMethod(declaration.substr(functionKeyword.size()), "\ndef ", Scope::File, into[scope]);
        } else if (bracket != std::string_view::npos) {
            ScriptClass found{.isModule = head.substr(bracket).starts_with("(Module)")};
            readBody(declaration.substr(head.size()), found);
            const std::string_view name = head.substr(classKeyword.size(), bracket - classKeyword.size());
            into.insert_or_assign(scope + "." + std::string(name), std::move(found));
        }
        at = end;
    }
}

} // namespace sunflop
