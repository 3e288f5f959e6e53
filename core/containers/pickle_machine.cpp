// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/containers/pickle_machine.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <utility>

namespace sunflop {

namespace {

/// Bytes that the values of one pickle may take: three times what 100,000 tensors need.
constexpr std::uint64_t mostBytes = 160 << 20;
constexpr std::uint64_t mostOperations = 64 << 20;

} // namespace

Result<Pickle> PickleMachine::run()
{
    m_none = make({.kind = Kind::None});
    m_false = make({.kind = Kind::Bool, .number = 0});
    m_true = make({.kind = Kind::Bool, .number = 1});
    m_emptyTuple = make({.kind = Kind::Tuple});
    for (std::uint64_t operations = 0; !isDone(); ++operations) {
        if (operations == mostOperations)
            m_reader.fail(fmt::format("a pickle of more than {} operations", mostOperations),
                          ErrorKind::Unsupported);
        const std::uint8_t opcode = m_reader.u8();
        if (!m_reader.failed())
            step(opcode);
    }
    if (m_reader.failed())
        return failure(*m_reader.error());
    return std::move(m_pickle);
}

void PickleMachine::step(std::uint8_t opcode)
{
    const bool isKnown = stepNumber(opcode) || stepText(opcode) || stepContainer(opcode) ||
                         stepMemo(opcode) || stepObject(opcode) || stepStack(opcode);
    if (!isKnown)
        m_reader.fail(fmt::format("0x{:02x} is no opcode of pickle", opcode));
}

bool PickleMachine::spend(std::uint64_t bytes)
{
    m_spent += bytes;
    if (m_spent > mostBytes && !m_reader.failed())
        m_reader.fail(fmt::format("the values take more than {} bytes of memory", mostBytes),
                      ErrorKind::Unsupported);
    return !m_reader.failed();
}

PickleMachine::Index PickleMachine::make(Pickle::Value value)
{
    if (!spend(sizeof(value)))
        return m_none;
    m_pickle.m_values.push_back(value);
    return static_cast<Index>(m_pickle.m_values.size() - 1);
}

PickleMachine::Index PickleMachine::makeText(Kind kind, std::string_view text)
{
    if (!spend(text.size()))
        return m_none;
    const auto place = static_cast<std::int64_t>(m_pickle.m_texts.size());
    m_pickle.m_texts += text;
    return make({.kind = kind, .count = static_cast<std::uint32_t>(text.size()), .number = place});
}

PickleMachine::Index PickleMachine::makeTuple(std::span<const Index> items)
{
    if (items.empty() || !spend(items.size_bytes()))
        return m_emptyTuple;
    const auto place = static_cast<std::int64_t>(m_pickle.m_tuples.size());
    m_pickle.m_tuples.insert(m_pickle.m_tuples.end(), items.begin(), items.end());
    return make({.kind = Kind::Tuple, .count = static_cast<std::uint32_t>(items.size()), .number = place});
}

PickleMachine::Index PickleMachine::makeObject(Index callee, Index arguments)
{
    if (!spend(sizeof(Pickle::Record)))
        return m_none;
    m_pickle.m_records.push_back({.callee = callee, .arguments = arguments, .items = {}, .pairs = {}});
    return make({.kind = Kind::Object, .number = static_cast<std::int64_t>(m_pickle.m_records.size() - 1)});
}

void PickleMachine::push(Index value)
{
    if (spend(sizeof(Index)))
        m_stack.push_back(value);
}

void PickleMachine::pushInteger(std::int64_t number)
{
    if (number < 0 || number >= static_cast<std::int64_t>(m_bytes.size()))
        return push(Kind::Int, number);
    Index& made = m_bytes[static_cast<std::size_t>(number)];
    if (made == 0) // the index of None
        made = make({.kind = Kind::Int, .number = number});
    push(made);
}

void PickleMachine::pushText(Kind kind, std::uint64_t count)
{
    if (count > Pickle::longestText) {
        m_reader.skip(count);
        return push(makeText(kind, {}));
    }
    const std::string text = m_reader.text(count);
    push(makeText(kind, text));
}

/// Two's complement, little-endian, as short as it goes.
void PickleMachine::pushLong(std::uint64_t count)
{
    if (count > sizeof(std::int64_t))
        return pushText(Kind::Long, count);
    const std::string bytes = m_reader.text(count);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        value |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << (8 * i);
    const std::size_t bits = 8 * bytes.size();
    if (bits > 0 && bits < 64 && (value >> (bits - 1)) != 0)
        value |= ~std::uint64_t{0} << bits;
    pushInteger(static_cast<std::int64_t>(value));
}

/// A line of protocol 0: "147", "147L", and for some booleans "00" and "01".
void PickleMachine::pushDecimal(bool mayBeBool)
{
    std::string line = m_reader.line(longestLine);
    if (mayBeBool && (line == "00" || line == "01"))
        return push(line == "01" ? m_true : m_false);
    if (line.ends_with('L'))
        line.pop_back();
    std::int64_t value = 0;
    const auto read = std::from_chars(line.data(), line.data() + line.size(), value);
    if (read.ec == std::errc::result_out_of_range)
        return push(makeText(Kind::Long, line));
    if (read.ec != std::errc() || read.ptr != line.data() + line.size())
        m_reader.fail(fmt::format("\"{}\" is no integer", line.substr(0, 60)));
    pushInteger(value);
}

void PickleMachine::pushReal(double real)
{
    push(make({.kind = Kind::Float, .real = real}));
}

bool PickleMachine::stepNumber(std::uint8_t opcode)
{
    switch (opcode) {
    case 'N': push(m_none); return true;
    case 0x88: push(m_true); return true;
    case 0x89: push(m_false); return true;
    case 'I': pushDecimal(true); return true;
    case 'L': pushDecimal(false); return true;
    case 'J': pushInteger(static_cast<std::int32_t>(m_reader.u32())); return true;
    case 'K': pushInteger(m_reader.u8()); return true;
    case 'M': pushInteger(m_reader.u16()); return true;
    case 0x8a: pushLong(m_reader.u8()); return true;
    case 0x8b: pushLong(m_reader.u32()); return true;
    case 'F': {
        const std::string line = m_reader.line(longestLine);
        double value = 0;
        std::from_chars(line.data(), line.data() + line.size(), value);
        pushReal(value);
        return true;
    }
    case 'G': pushReal(std::bit_cast<double>(__builtin_bswap64(m_reader.u64()))); return true;
    default: return false;
    }
}

bool PickleMachine::stepText(std::uint8_t opcode)
{
    switch (opcode) {
    case 'X':
    case 'T': pushText(Kind::Text, m_reader.u32()); return true;
    case 'U':
    case 0x8c: pushText(Kind::Text, m_reader.u8()); return true;
    case 0x8d: pushText(Kind::Text, m_reader.u64()); return true;
    case 'V': push(makeText(Kind::Text, m_reader.line(longestLine))); return true;
    case 'S': {
        std::string line = m_reader.line(longestLine);
        const bool isQuoted = line.size() >= 2 && line.front() == line.back();
        push(makeText(Kind::Text, isQuoted ? line.substr(1, line.size() - 2) : line));
        return true;
    }
    case 'B': pushText(Kind::Bytes, m_reader.u32()); return true;
    case 'C': pushText(Kind::Bytes, m_reader.u8()); return true;
    case 0x8e:
    case 0x96: pushText(Kind::Bytes, m_reader.u64()); return true;
    case 0x97: push(makeText(Kind::Bytes, {})); return true; // a buffer beside the pickle
    case 0x98: return true;                                  // the same, read-only
    default: return false;
    }
}

bool PickleMachine::stepStack(std::uint8_t opcode)
{
    constexpr std::uint8_t newestProtocol = 5;
    switch (opcode) {
    case '(':
        if (spend(sizeof(std::size_t)))
            m_marks.push_back(m_stack.size());
        return true;
    case '0':
        if (m_stack.size() > base() || m_marks.empty())
            pop();
        else
            m_marks.pop_back();
        return true;
    case '1': popToMark(); return true;
    case '2': push(top()); return true;
    case 0x80:
        if (const std::uint8_t protocol = m_reader.u8(); protocol > newestProtocol)
            m_reader.fail(fmt::format("pickle protocol {}, expected at most {}", protocol, newestProtocol),
                          ErrorKind::Unsupported);
        return true;
    case 0x95: m_reader.skip(8); return true; // length of a frame
    case '.':
        if (const Index root = pop(); !m_reader.failed())
            m_pickle.m_root = root;
        return true;
    default: return false;
    }
}

Result<Pickle> Pickle::read(ByteReader& reader)
{
    return PickleMachine(reader).run();
}

Result<Pickle> Pickle::read(const Bytes& bytes)
{
    ByteReader reader(bytes);
    return read(reader);
}

} // namespace sunflop
