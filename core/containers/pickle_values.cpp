// SPDX-License-Identifier: GPL-3.0-or-later
// The opcodes that put values together: containers, the memo, calls.

#include "core/containers/pickle_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace sunflop {

PickleMachine::Index PickleMachine::pop()
{
    if (m_stack.size() <= base()) {
        m_reader.fail("a value is taken off an empty stack");
        return m_none;
    }
    const Index value = m_stack.back();
    m_stack.pop_back();
    return value;
}

PickleMachine::Index PickleMachine::top()
{
    if (m_stack.size() <= base()) {
        m_reader.fail("the top of an empty stack is used");
        return m_none;
    }
    return m_stack.back();
}

std::vector<PickleMachine::Index> PickleMachine::popToMark()
{
    if (m_marks.empty()) {
        m_reader.fail("there is no mark on the stack");
        return {};
    }
    const auto begin = m_stack.begin() + static_cast<std::ptrdiff_t>(m_marks.back());
    std::vector<Index> values(begin, m_stack.end());
    m_stack.erase(begin, m_stack.end());
    m_marks.pop_back();
    return values;
}

void PickleMachine::popTuple(std::size_t count)
{
    std::vector<Index> items(count);
    for (std::size_t i = count; i-- > 0;)
        items[i] = pop();
    push(makeTuple(items));
}

void PickleMachine::pushContainer(Kind kind, std::span<const Index> items)
{
    const Index container = make({.kind = kind, .number = -1});
    if (!items.empty())
        add(container, items, kind == Kind::Dict);
    push(container);
}

std::vector<PickleMachine::Index>* PickleMachine::growing(Index container, bool takesPairs)
{
    Pickle::Value& value = m_pickle.m_values[static_cast<std::size_t>(container)];
    if (value.kind == Kind::Object) {
        Pickle::Record& record = m_pickle.m_records[static_cast<std::size_t>(value.number)];
        return takesPairs ? &record.pairs : &record.items;
    }
    const bool fits =
        takesPairs ? value.kind == Kind::Dict : value.kind == Kind::List || value.kind == Kind::Set;
    if (!fits) {
        m_reader.fail("elements are added to a value that holds none");
        return nullptr;
    }
    if (value.number < 0) {
        if (!spend(sizeof(std::vector<Index>)))
            return nullptr;
        value.number = static_cast<std::int64_t>(m_pickle.m_lists.size());
        m_pickle.m_lists.emplace_back();
    }
    return &m_pickle.m_lists[static_cast<std::size_t>(value.number)];
}

void PickleMachine::add(Index container, std::span<const Index> items, bool takesPairs)
{
    if (takesPairs && items.size() % 2 != 0)
        m_reader.fail("a key of a dictionary has no value");
    if (items.empty() || !spend(items.size_bytes()))
        return;
    if (auto* elements = growing(container, takesPairs))
        elements->insert(elements->end(), items.begin(), items.end());
}

bool PickleMachine::stepContainer(std::uint8_t opcode)
{
    switch (opcode) {
    case ']': pushContainer(Kind::List, {}); return true;
    case '}': pushContainer(Kind::Dict, {}); return true;
    case 0x8f: pushContainer(Kind::Set, {}); return true;
    case ')': push(makeTuple({})); return true;
    case 'l': pushContainer(Kind::List, popToMark()); return true;
    case 'd': pushContainer(Kind::Dict, popToMark()); return true;
    case 0x91: pushContainer(Kind::Set, popToMark()); return true;
    case 't': push(makeTuple(popToMark())); return true;
    case 0x85: popTuple(1); return true;
    case 0x86: popTuple(2); return true;
    case 0x87: popTuple(3); return true;
    case 'a': {
        const Index item = pop();
        add(top(), std::span(&item, 1), false);
        return true;
    }
    case 's': {
        const Index value = pop();
        const Index pair[] = {pop(), value};
        add(top(), pair, true);
        return true;
    }
    case 'e':
    case 0x90:
    case 'u': {
        const std::vector<Index> items = popToMark();
        add(top(), items, opcode == 'u');
        return true;
    }
    default: return false;
    }
}

std::uint64_t PickleMachine::lineNumber()
{
    const std::string line = m_reader.line(longestLine);
    std::uint64_t value = 0;
    const auto read = std::from_chars(line.data(), line.data() + line.size(), value);
    if (read.ec != std::errc() || read.ptr != line.data() + line.size())
        m_reader.fail(fmt::format("\"{}\" is no place in the memo", line.substr(0, 60)));
    return value;
}

void PickleMachine::memoize(std::uint64_t place)
{
    const Index value = top();
    constexpr std::uint64_t sparseBytes = 64;
    if (place < m_memo.size()) {
        m_memo[static_cast<std::size_t>(place)] = value;
    } else if (place == m_memo.size()) {
        if (spend(sizeof(Index)))
            m_memo.push_back(value);
    } else if (spend(sparseBytes)) {
        m_sparseMemo[place] = value;
    }
}

void PickleMachine::recall(std::uint64_t place)
{
    if (place < m_memo.size())
        return push(m_memo[static_cast<std::size_t>(place)]);
    const auto found = m_sparseMemo.find(place);
    if (found == m_sparseMemo.end())
        return m_reader.fail(fmt::format("nothing was remembered as {}", place));
    push(found->second);
}

bool PickleMachine::stepMemo(std::uint8_t opcode)
{
    switch (opcode) {
    case 'p': memoize(lineNumber()); return true;
    case 'q': memoize(m_reader.u8()); return true;
    case 'r': memoize(m_reader.u32()); return true;
    case 0x94: memoize(m_memo.size() + m_sparseMemo.size()); return true;
    case 'g': recall(lineNumber()); return true;
    case 'h': recall(m_reader.u8()); return true;
    case 'j': recall(m_reader.u32()); return true;
    default: return false;
    }
}

void PickleMachine::pushGlobal(std::string_view module, std::string_view name)
{
    push(makeText(Kind::Global, fmt::format("{}.{}", module, name)));
}

/// "i" names the class, "o" finds it below the arguments.
void PickleMachine::instantiate(bool isNamed)
{
    Index callee = m_none;
    if (isNamed) {
        const std::string module = m_reader.line(longestLine);
        const std::string name = m_reader.line(longestLine);
        pushGlobal(module, name);
        callee = pop();
    }
    std::vector<Index> values = popToMark();
    if (!isNamed) {
        if (values.empty())
            return m_reader.fail("an object has no class");
        callee = values.front();
        values.erase(values.begin());
    }
    push(makeObject(callee, makeTuple(values)));
}

void PickleMachine::build()
{
    const Index state = pop();
    const Pickle::Value& value = m_pickle.m_values[static_cast<std::size_t>(top())];
    if (value.kind == Kind::Object)
        m_pickle.m_records[static_cast<std::size_t>(value.number)].state = state;
}

/// What Python 2 hands to OrderedDict() are its entries, [[key, value], ...], and may be of other dicts.
void PickleMachine::addPairs(Index object)
{
    if (m_reader.failed())
        return;
    const PickleValue made(&m_pickle, object);
    const PickleValue list = made.arguments().item(0);
    constexpr std::array<std::string_view, 3> dicts{"collections.OrderedDict", "__builtin__.dict",
                                                    "builtins.dict"};
    if (std::ranges::find(dicts, made.typeName()) == dicts.end())
        return;
    std::vector<Index> entries;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const PickleValue pair = list.item(i);
        if (pair.size() != 2 || !spend(2 * sizeof(Index)))
            return;
        entries.insert(entries.end(), {pair.item(0).index(), pair.item(1).index()});
    }
    add(object, entries, true);
}

bool PickleMachine::stepObject(std::uint8_t opcode)
{
    switch (opcode) {
    case 'c': {
        const std::string module = m_reader.line(longestLine);
        pushGlobal(module, m_reader.line(longestLine));
        return true;
    }
    case 0x93: {
        const PickleValue name(&m_pickle, pop());
        const PickleValue module(&m_pickle, pop());
        if (!name.is(Kind::Text) || !module.is(Kind::Text))
            m_reader.fail("a class is named by values that are no texts");
        pushGlobal(std::string(module.text()), std::string(name.text()));
        return true;
    }
    case 'R':
    case 0x81: {
        const Index arguments = pop();
        push(makeObject(pop(), arguments));
        addPairs(top());
        return true;
    }
    case 0x92: { // with keyword arguments, which no reader here asks for
        pop();
        const Index arguments = pop();
        push(makeObject(pop(), arguments));
        return true;
    }
    case 'i':
    case 'o': instantiate(opcode == 'i'); return true;
    case 'b': build(); return true;
    case 'P': push(Kind::Persistent, makeText(Kind::Text, m_reader.line(longestLine))); return true;
    case 'Q': push(Kind::Persistent, pop()); return true;
    case 0x82:
    case 0x83:
    case 0x84:
        m_reader.fail("a class is named by its number in Python's extension registry, expected its name",
                      ErrorKind::Unsupported);
        return true;
    default: return false;
    }
}

} // namespace sunflop
