// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/torchscript_code.h"

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
    bool isSelf = true;
    for (const std::string_view part : splitList(list)) {
        if (!std::exchange(isSelf, false) && !part.empty() && part != "*")
            parameters.push_back(parameterOf(part));
    }
    return parameters;
}

/// One declaration in a class, "name : type" or "name : Final[type] = value".
void readAttribute(std::string_view line, ScriptClass& into)
{
    constexpr std::string_view final = "Final[";
    const std::size_t colon = line.find(" : ");
    if (colon == std::string_view::npos)
        return;
    const std::string_view type = line.substr(colon + 3);
    const std::size_t equals = findOutside(type, "=");
    if (type.starts_with(final) && equals != std::string_view::npos)
        into.constants.emplace_back(trimmed(line.substr(0, colon)), trimmed(type.substr(equals + 1)));
}

void readBody(std::string_view body, ScriptClass& into)
{
    constexpr std::string_view parameters = "  __parameters__ = ";
    constexpr std::string_view buffers = "  __buffers__ = ";
    constexpr std::string_view method = "  def ";
    constexpr std::string_view forward = "  def forward(";
    for (std::size_t at = 0; at < body.size();) {
        const std::string_view rest = body.substr(at);
        const std::string_view line = rest.substr(0, rest.find('\n'));
        if (line.starts_with(parameters))
            into.parameters = textsOf(line.substr(parameters.size()));
        else if (line.starts_with(buffers))
            into.buffers = textsOf(line.substr(buffers.size()));
        else if (line.starts_with(forward)) {
            into.forward = parametersOf(rest.substr(forward.size()));
            into.forwardBody = rest.substr(forward.size(), rest.find("\n  def ", 1));
        } else if (!line.starts_with(method) && !line.starts_with("    ")) {
            readAttribute(line, into);
        }
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

std::string_view shortClassName(std::string_view fullName)
{
    return fullName.substr(fullName.rfind('.') + 1);
}

void readScriptClasses(std::string_view member, std::string_view text, ScriptClasses& into)
{
    constexpr std::string_view folder = "code/";
    constexpr std::string_view suffix = ".py";
    constexpr std::string_view keyword = "class ";
    if (!member.starts_with(folder) || !member.ends_with(suffix))
        return;
    std::string scope(member.substr(folder.size(), member.size() - folder.size() - suffix.size()));
    std::ranges::replace(scope, '/', '.');
    std::size_t at = text.starts_with(keyword) ? 0 : text.find("\nclass ");
    while (at < text.size()) {
        at += text[at] == '\n' ? 1 : 0;
        const std::size_t end = std::min(text.find("\nclass ", at), text.size());
        const std::string_view declaration = text.substr(at, end - at);
        const std::string_view head = declaration.substr(0, declaration.find('\n'));
        const std::size_t bracket = head.find_first_of("(:");
        if (bracket != std::string_view::npos) {
            ScriptClass found{.isModule = head.substr(bracket).starts_with("(Module)")};
            readBody(declaration.substr(head.size()), found);
            const std::string_view name = head.substr(keyword.size(), bracket - keyword.size());
            into.insert_or_assign(scope + "." + std::string(name), std::move(found));
        }
        at = end;
    }
}

} // namespace sunflop
