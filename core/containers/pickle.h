// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Python's pickle, protocols 0 to 5, read without running anything: calls become records of what was to be
/// called. Source: CPython's pickletools, which documents every opcode.

#include "core/base/byte_reader.h"
#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

class Pickle;

/// One value of a pickle, which must outlive it. Values may contain themselves and may be reached on many
/// paths: who follows them bounds depth and number of visits. What is asked of a value that has no such thing
/// is Missing, and of that anything can be asked again.
class PickleValue {
public:
    enum class Kind : std::uint8_t {
        Missing,
        None,
        Bool,
        Int,
        Long, ///< an integer of more than 64 bits: text() has its little-endian bytes
        Float,
        Text,
        Bytes,
        List,
        Tuple,
        Set,
        Dict,
        Global,     ///< a class or function: text() is "torch.nn.modules.linear.Linear"
        Object,     ///< what a call of callee() with arguments() would give, and what it was then given
        Persistent, ///< kept outside of the pickle under identity(): in PyTorch, a storage
    };

    PickleValue() = default;
    PickleValue(const Pickle* pickle, std::int32_t index) : m_pickle(pickle), m_index(index) {}

    Kind kind() const;
    bool is(Kind kind) const { return this->kind() == kind; }
    explicit operator bool() const { return !is(Kind::Missing); }
    /// Which value of the pickle it is; the same for all references to one.
    std::int32_t index() const { return m_index; }

    /// Of Int and Bool.
    std::optional<std::int64_t> integer() const;
    std::optional<double> real() const;
    /// Of Text, Bytes, Long and Global. Texts and bytes of more than Pickle::longestText are empty.
    std::string_view text() const;

    /// Elements of a List, Tuple or Set; of an Object, what was appended to it.
    std::size_t size() const { return items().size(); }
    PickleValue item(std::size_t i) const;
    /// Entries of a Dict; of an Object, what was set in it as in an OrderedDict. Keys may repeat, as in the
    /// file: the last one holds.
    std::size_t entries() const { return pairs().size() / 2; }
    PickleValue key(std::size_t i) const;
    PickleValue value(std::size_t i) const;
    /// The entry of this key.
    PickleValue operator[](std::string_view key) const;

    PickleValue callee() const;
    PickleValue arguments() const; ///< a tuple
    PickleValue state() const;     ///< what __setstate__ would get
    PickleValue identity() const;  ///< of a Persistent
    /// An attribute that an Object's state sets, directly or among its slots.
    PickleValue attribute(std::string_view name) const;
    /// What a Global names, or an Object's callee: "torch.nn.modules.linear.Linear"; empty for others.
    std::string_view typeName() const;

private:
    std::span<const std::int32_t> items() const;
    std::span<const std::int32_t> pairs() const;

    const Pickle* m_pickle = nullptr;
    std::int32_t m_index = -1;
};

/// A pickle's values. Immutable once read.
class Pickle {
public:
    /// Longer texts are skipped, not kept: arrays of numbers, not names.
    static constexpr std::uint64_t longestText = 64 << 10;

    /// Reads up to the opcode that ends a pickle: several may follow each other. Memory is bounded by a
    /// fixed budget. Errors name the byte.
    static Result<Pickle> read(ByteReader& reader);
    static Result<Pickle> read(const Bytes& bytes);

    PickleValue root() const { return {this, m_root}; }

private:
    friend class PickleValue;
    friend class PickleMachine;

    /// 16 bytes: a checkpoint of a hundred thousand tensors has millions of values.
    struct Value {
        PickleValue::Kind kind{};
        std::uint32_t count = 0; ///< of a text or tuple
        union {
            std::int64_t number = 0; ///< an Int or Bool, or where the rest is
            double real;
        };
    };
    struct Record {
        std::int32_t callee = -1;
        std::int32_t arguments = -1;
        std::int32_t state = -1;
        std::vector<std::int32_t> items;
        std::vector<std::int32_t> pairs;
    };

    std::vector<Value> m_values;
    std::string m_texts;                           ///< Text, Bytes, Long, Global: at number
    std::vector<std::int32_t> m_tuples;            ///< Tuple: at number
    std::deque<std::vector<std::int32_t>> m_lists; ///< List, Set, Dict: at number; -1 while it is empty
    std::deque<Record> m_records;                  ///< Object: at number
    std::int32_t m_root = -1;
};

} // namespace sunflop
