// SPDX-License-Identifier: GPL-3.0-or-later
// What python_print.cpp writes is regular: a value is assigned once, a call is "(object).method(a, b, )" or
// "__torch__.function(a, )", an object is a name, an attribute, or getattr(object, "0").
#include "core/formats/torchscript/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <tuple>
#include <utility>

namespace sunflop {

namespace {

constexpr std::size_t mostKeys = 256;
constexpr int deepest = 32;

bool isNamePart(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// The next place from `from` on where `name` stands as a whole word; npos: nowhere.
std::size_t findWord(std::string_view body, std::string_view name, std::size_t from)
{
    for (std::size_t at = body.find(name, from); at != std::string_view::npos; at = body.find(name, at + 1)) {
        const bool begins = at == 0 || (!isNamePart(body[at - 1]) && body[at - 1] != '.');
        const std::size_t end = at + name.size();
        if (begins && (end == body.size() || !isNamePart(body[end])))
            return at;
    }
    return std::string_view::npos;
}

/// Where the bracket opens that is closed at `close`; npos: nowhere.
std::size_t openingOf(std::string_view body, std::size_t close)
{
    int depth = 0;
    for (std::size_t at = close + 1; at-- > 0;) {
        const char c = body[at];
        depth += c == ')' || c == ']' ? 1 : c == '(' || c == '[' ? -1 : 0;
        if (depth == 0)
            return at;
    }
    return std::string_view::npos;
}

/// A call in a body: what is called, and which argument is meant.
struct Call {
    std::string_view object; ///< "left"; empty: a function
    std::string_view name;   ///< "forward", "__torch__.helper"
    std::size_t argument = 0;
};

/// The call that has the word at `at` as one of its arguments; without a name: there is none.
Call callAround(std::string_view body, std::size_t at)
{
    Call call;
    std::size_t open = at;
    for (int depth = 0;;) {
        if (open-- == 0 || body[open] == '\n')
            return {};
        const char c = body[open];
        if (c == ')' || c == ']')
            ++depth;
        else if ((c == '(' || c == '[') && depth-- == 0)
            break;
        else if (c == ',' && depth == 0)
            ++call.argument;
    }
    std::size_t begin = open;
    while (begin > 0 && (isNamePart(body[begin - 1]) || body[begin - 1] == '.'))
        --begin;
    call.name = body.substr(begin, open - begin);
    if (begin > 0 && body[begin - 1] == ')' && call.name.starts_with('.')) {
        const std::size_t object = openingOf(body, begin - 1);
        if (object == std::string_view::npos)
            return {};
        call.object = body.substr(object + 1, begin - object - 2);
        call.name.remove_prefix(1);
    }
    return call;
}

/// What a name is assigned in a body; empty: it is a parameter.
std::string_view assigned(std::string_view body, std::string_view name)
{
    const std::size_t at = body.find(fmt::format(" {} = ", name));
    if (at == std::string_view::npos)
        return {};
    const std::string_view rest = body.substr(at + name.size() + 4);
    return rest.substr(0, rest.find('\n'));
}

class Reader {
public:
    explicit Reader(const ScriptClasses& classes) : m_classes(classes) {}

    void read(std::string_view className, std::string_view method, std::string_view parameter, int depth);
    std::vector<std::string> take() { return std::move(m_keys); }

private:
    void add(std::string_view key);
    void follow(std::string_view className, const ScriptMethod& caller, const Call& call, int depth);
    std::string_view typeOf(std::string_view className, const ScriptMethod& method, std::string_view object,
                            int depth) const;
    const ScriptClass* named(std::string_view name) const
    {
        const auto found = m_classes.find(name);
        return found == m_classes.end() ? nullptr : &found->second;
    }

    const ScriptClasses& m_classes;
    std::vector<std::string> m_keys;
    std::set<std::tuple<std::string, std::string, std::string>> m_seen;
};

void Reader::add(std::string_view key)
{
    if (m_keys.size() < mostKeys && std::ranges::find(m_keys, key) == m_keys.end())
        m_keys.emplace_back(key);
}

std::string_view Reader::typeOf(std::string_view className, const ScriptMethod& method,
                                std::string_view object, int depth) const
{
    constexpr std::string_view getter = "getattr(";
    if (depth > deepest)
        return {};
    if (object == method.self)
        return className;
    std::string_view holder;
    std::string_view attribute;
    const std::size_t quote = object.find('"');
    if (object.starts_with(getter) && quote != std::string_view::npos) {
        holder = object.substr(getter.size(), object.find(',') - getter.size());
        attribute = object.substr(quote + 1, object.find('"', quote + 1) - quote - 1);
    } else if (const std::size_t dot = object.rfind('.'); dot != std::string_view::npos) {
        holder = object.substr(0, dot);
        attribute = object.substr(dot + 1);
    } else {
        const std::string_view value = assigned(method.body, object);
        return value.empty() ? value : typeOf(className, method, value, depth + 1);
    }
    const ScriptClass* type = named(typeOf(className, method, holder, depth + 1));
    if (type == nullptr)
        return {};
    const auto found = type->attributes.find(attribute);
    return found == type->attributes.end() ? std::string_view() : found->second;
}

void Reader::follow(std::string_view className, const ScriptMethod& caller, const Call& call, int depth)
{
    std::string_view type;
    std::string_view method = call.name;
    if (!call.object.empty()) {
        type = typeOf(className, caller, call.object, 0);
    } else {
        // A function's name may be a shorthand: _0 = __torch__.torch.nn.functional.relu.
        const std::string_view whole = assigned(caller.body, method);
        method = whole.empty() ? method : whole;
        const std::size_t dot = method.rfind('.');
        type = dot == std::string_view::npos ? std::string_view() : method.substr(0, dot);
        method = method.substr(dot + 1);
    }
    const ScriptClass* found = named(type);
    const ScriptMethod* called = found == nullptr ? nullptr : found->method(method);
    if (called != nullptr && call.argument < called->parameters.size())
        read(type, method, called->parameters[call.argument].name, depth + 1);
}

void Reader::read(std::string_view className, std::string_view method, std::string_view parameter, int depth)
{
    const ScriptClass* type = named(className);
    const ScriptMethod* found = type == nullptr ? nullptr : type->method(method);
    if (found == nullptr || depth > deepest || !m_seen.emplace(className, method, parameter).second)
        return;
    const std::string_view body = found->body;
    const std::size_t begin = std::min(body.find("->"), body.size());
    for (std::size_t at = findWord(body, parameter, begin); at != std::string_view::npos;
         at = findWord(body, parameter, at + 1)) {
        const std::string_view rest = body.substr(at + parameter.size());
        if (rest.starts_with("[\""))
            add(rest.substr(2, rest.find('"', 2) - 2));
        else if (rest.starts_with(",") || rest.starts_with(")"))
            if (const Call call = callAround(body, at); !call.name.empty())
                follow(className, *found, call, depth);
    }
}

} // namespace

std::vector<std::string> keysRead(const ScriptClasses& classes, std::string_view className,
                                  std::string_view parameter)
{
    Reader reader(classes);
    reader.read(className, "forward", parameter, 0);
    return reader.take();
}

} // namespace sunflop
