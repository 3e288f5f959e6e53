// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Plays a recorded program: its calls become operators, tensors and memory of a trace.

#include "core/base/result.h"
#include "core/model/recording.h"
#include "core/model/trace.h"
#include "core/playback/call_arguments.h"
#include "core/playback/stored_tree.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sunflop {

class Player;

/// What PyTorch's operators of one name are.
struct AtenOperator {
    std::string_view name; ///< without namespace, overload and the underscore of what works in place
    OpKind kind = OpKind::Unknown;
    /// Plays the player's present call of this operator. Null: nothing is known of the operator.
    void (*play)(Player&, const AtenOperator&) = nullptr;
};

/// The calls of a program, one after the other. Rules of operators ask it for the present call's arguments,
/// by the names in the operator's schema, and tell it what the call comes to: exactly one of share(),
/// allocate(), record() and leave(), any number of intermediate() before.
class Player {
public:
    /// What autograd follows: nothing, what depends on trainable parameters, or on what the caller gives too.
    enum class Gradients : std::uint8_t { None, Parameters, Inputs };

    /// `recorded` and what it refers to must outlive the player.
    Player(const Recorded& recorded, StoredTree&& tree, Gradients gradients);

    /// Errors say what the recording refers to and does not have.
    Result<void> play();
    /// Call once, after play().
    Trace finish();

    /// The first call with an operator of each module, by index into Trace::modules; where none has, the
    /// first call; null: it has none.
    const std::vector<const RecordedCall*>& firstCalls() const { return m_firstCalls; }

    // The present call. Absent arguments, and None, are nothing.
    const RecordedValue* argument(std::string_view name) const { return arguments().find(name); }
    std::optional<Operand> tensor(std::string_view name);
    std::vector<Operand> tensors(std::string_view name); ///< of a list, or the one
    bool flag(std::string_view name, bool otherwise = false) const
    {
        return arguments().integer(name).value_or(otherwise ? 1 : 0) != 0;
    }
    std::int64_t integer(std::string_view name, std::int64_t otherwise = 0) const
    {
        return arguments().integer(name).value_or(otherwise);
    }
    std::vector<std::int64_t> integers(std::string_view name) const { return arguments().integers(name); }
    std::string_view text(std::string_view name) const { return arguments().text(name); }
    bool isNumber(std::string_view name) const { return arguments().isNumber(name); }
    /// Every tensor in the order of the schema, "out" aside; of what adds, multiplies and so on the Python
    /// numbers too.
    std::vector<Operand> operands(bool withNumbers);
    /// The tensors of `names` that are there.
    std::vector<Operand> operandsNamed(std::initializer_list<std::string_view> names);
    /// The recorded tensor behind an argument, and the first result's; null: there is none.
    const RecordedTensor* recordedTensor(std::string_view name) const;
    const RecordedTensor* firstResult() const;
    std::vector<std::int64_t> sizesOf(const std::vector<RecordedSize>& sizes) const
    {
        return arguments().valuesOf(sizes);
    }
    Shape shapeOf(const RecordedTensor& tensor) const;
    Shape resultShape() const; ///< of the first result; a scalar where there is none
    DType resultDType() const;
    bool isInPlace() const { return m_isInPlace; }

    // What it comes to.
    /// The results are views of `base`: the same memory, no operator.
    void share(const Operand& base);
    /// The results are new memory that no operator fills.
    void allocate();
    /// The call has no results that matter.
    void leave() {}
    /// The results are an operator's, in new memory, or in that of "self" where the call works in place.
    /// Operands that do not make such an operator are tallied as unknown. An empty name is the kind's.
    void record(OpKind kind, std::string_view name, std::vector<Operand> inputs,
                const OpAttributes& attributes = {});
    /// An operator inside of the call, and its result.
    Operand intermediate(OpKind kind, std::string_view name, std::vector<Operand> inputs, const Shape& shape,
                         const OpAttributes& attributes = {});
    /// Remembers that the call does what it does in inference only.
    void actsAsInInference() { m_isInference = true; }
    /// The same of training.
    void actsAsInTraining() { m_isTraining = true; }
    /// Remembers that sizes behind the call follow from values of tensors.
    void dependsOnValues(std::string_view name);

private:
    Result<void> check() const;
    bool isTensor(TensorIndex tensor) const;
    CallArguments arguments() const { return {m_recorded, *m_call}; }
    void playCall(const RecordedCall& call);
    const Operand& seen(TensorIndex tensor);
    void define(TensorIndex tensor, std::int32_t storage, const Operand* base);
    std::int32_t newStorage(Storage::Kind kind, const Shape& shape, DType dtype);
    void defineResults(bool needsGradient);
    void push(Op&& op);
    std::int32_t calls() const { return static_cast<std::int32_t>(m_trace.ops.size()); }
    void readBy(const Operand& operand);
    /// What the call takes and its operators do not list, such as masks and first states, lives until its
    /// last one.
    void readArguments();
    void markRun();
    void writeNotes();

    const Recorded& m_recorded;
    const Recording& m_graph;
    Trace m_trace;
    std::vector<std::int32_t> m_modules;
    std::vector<std::int32_t> m_stored;
    Gradients m_gradients = Gradients::None;
    std::vector<Operand> m_operands;                         ///< by Recording::tensors
    std::vector<bool> m_isDefined;                           ///< by Recording::tensors
    std::unordered_map<std::int32_t, std::int32_t> m_memory; ///< storages by RecordedTensor::memory
    std::vector<std::int32_t> m_lastRead; ///< by storage: one more than the last call that uses it
    std::vector<const RecordedCall*> m_firstCalls;
    std::vector<bool> m_hasOperator;                ///< by module
    std::vector<std::string_view> m_valueDependent; ///< operators
    const RecordedCall* m_call = nullptr;
    std::int32_t m_module = 0;
    bool m_isInPlace = false;
    bool m_isInference = false;
    bool m_isTraining = false;
};

} // namespace sunflop
