// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The stack machine that reads pickles. Every opcode takes a step forward in the file, so a pickle is read
/// in time linear in its length; what its values take in memory is counted against a budget.

#include "core/containers/pickle.h"

#include <array>
#include <unordered_map>
#include <vector>

namespace sunflop {

/// One run over one pickle.
class PickleMachine {
public:
    explicit PickleMachine(ByteReader& reader) : m_reader(reader) {}

    Result<Pickle> run();

private:
    using Index = std::int32_t;
    using Kind = PickleValue::Kind;

    /// Of a line in protocol 0.
    static constexpr std::uint64_t longestLine = 64 << 10;

    bool isDone() const { return m_pickle.m_root >= 0 || m_reader.failed(); }
    void step(std::uint8_t opcode);
    // Whether the opcode is of this sort; then it was carried out.
    bool stepNumber(std::uint8_t opcode);
    bool stepText(std::uint8_t opcode);
    bool stepContainer(std::uint8_t opcode);
    bool stepMemo(std::uint8_t opcode);
    bool stepObject(std::uint8_t opcode);
    bool stepStack(std::uint8_t opcode);

    /// Whether the budget still holds `bytes` more; else that is the error.
    bool spend(std::uint64_t bytes);
    Index make(Pickle::Value value);
    Index makeText(Kind kind, std::string_view text);
    Index makeTuple(std::span<const Index> items);
    Index makeObject(Index callee, Index arguments);
    void addPairs(Index object);
    void push(Index value);
    void push(Kind kind, std::int64_t number) { push(make({.kind = kind, .number = number})); }
    void pushInteger(std::int64_t number);
    void pushText(Kind kind, std::uint64_t count);
    void pushLong(std::uint64_t count);
    void pushDecimal(bool mayBeBool);
    void pushReal(double real);
    void pushContainer(Kind kind, std::span<const Index> items);
    void pushGlobal(std::string_view module, std::string_view name);

    /// Where the values above the last mark begin.
    std::size_t base() const { return m_marks.empty() ? 0 : m_marks.back(); }
    Index pop();
    Index top();
    /// What stands above the last mark, and the mark, leave the stack.
    std::vector<Index> popToMark();
    void popTuple(std::size_t count);
    /// The elements of `kind` that values are added to: of a container, or of an object.
    std::vector<Index>* growing(Index container, bool takesPairs);
    void add(Index container, std::span<const Index> items, bool takesPairs);
    void memoize(std::uint64_t place);
    void recall(std::uint64_t place);
    std::uint64_t lineNumber();
    void build();
    void instantiate(bool isNamed);

    ByteReader& m_reader;
    Pickle m_pickle;
    std::vector<Index> m_stack;
    std::vector<std::size_t> m_marks;
    std::vector<Index> m_memo;                             ///< picklers number from 0 on ...
    std::unordered_map<std::uint64_t, Index> m_sparseMemo; ///< ... but need not
    Index m_none = -1;
    Index m_true = -1;
    Index m_false = -1;
    Index m_emptyTuple = -1;
    std::array<Index, 256> m_bytes{}; ///< the integers of one byte, made once; 0: not yet
    std::uint64_t m_spent = 0;
};

} // namespace sunflop
