// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Writes down the operators that a program calls, as JSON.

#include <ATen/core/TensorBody.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sunflop::worker {

using Json = nlohmann::json;

/// PyTorch's name of an element type: "float32".
std::string dtypeName(c10::ScalarType type);

/// The operators of one run. Tensors have numbers in the order in which they are first seen:
/// [kind, dtype, memory, sizes, strides or null, origin], where tensors with the same `memory` share it and
/// `origin` numbers arguments and stored tensors. Every result is a tensor of its own, that of an in-place
/// operator too, so that each tensor is the result of at most one call. Calls are
/// [target, module, [name, value, name, value ...], [results], site], where a site is
/// {"called": the operator that the program names, "functions": [...], "known": true, "text": "..."}, as in
/// CallSite; what is empty or false may be missing, and "called" where it is the target. "detached": true
/// stands where training switches gradients off: torch.no_grad().
///
/// Values: null, true, 3, {"t": tensor}, {"ts": [tensors, -1 for none]}, {"is": [...]}, {"f": 1.5},
/// {"fs": [...]}, {"d": dtype}, {"s": text}.
class Recorder {
public:
    /// `stored` numbers parameters and buffers by their tensor; they must outlive the recorder.
    explicit Recorder(const std::unordered_map<const c10::TensorImpl*, std::int64_t>& stored)
        : m_stored(stored)
    {}

    /// A tensor that the caller gives.
    void addArgument(const at::Tensor& tensor, std::int64_t origin);
    /// `copy` stands for `original` in a call on shapes alone.
    void addCopy(const at::Tensor& copy, const at::Tensor& original);

    /// A call that has begun: what it was given, before anything is written in place.
    struct Call {
        Json target;
        Json site = Json::object();
        Json arguments;
        bool isArithmetic = true; ///< only numbers so far: sizes being computed
    };
    Call begin(const c10::FunctionSchema& schema, c10::ArrayRef<c10::IValue> arguments);
    void end(Call call, c10::ArrayRef<c10::IValue> results);

    /// A moment of a run.
    struct Mark {
        std::size_t calls = 0;
        std::size_t tensors = 0;
        std::size_t changes = 0;
        std::size_t memories = 0;
    };
    Mark mark() const { return {m_calls.size(), m_tensors.size(), m_changes.size(), m_memories.size()}; }
    /// Forgets everything since then.
    void rewind(const Mark& mark);

    /// Remembers what the program calls while its parts are written down in its place.
    class Whole {
    public:
        Whole(Recorder& recorder, const c10::FunctionSchema& schema);
        ~Whole();
        Whole(const Whole&) = delete;
        Whole& operator=(const Whole&) = delete;

    private:
        Recorder& m_recorder;
        bool m_isOutermost;
    };

    void enter(std::int64_t module) { m_modules.push_back(module); }
    void leave();
    /// The module that runs, or ran when an error ended the run.
    std::int64_t module() const { return m_modules.empty() ? 0 : m_modules.back(); }

    /// Everything, with the tensors of a result as outputs.
    Json take(const c10::IValue& result);

    bool isTraining = false;
    std::string running;    ///< the operator that is being called; stays after an error
    std::string dependence; ///< the operator whose result depends on values that there are none of

private:
    std::int64_t add(const at::Tensor& tensor, const char* kind, std::int64_t origin);
    void number(const at::Tensor& tensor, std::int64_t index);
    std::int64_t indexOf(const at::Tensor& tensor);
    std::int64_t memoryOf(const at::Tensor& tensor);
    Json value(const c10::IValue& value, bool isType);
    Json site(const std::string& target) const;
    void collect(const c10::IValue& value, Json& into, bool isResult, int depth);

    const std::unordered_map<const c10::TensorImpl*, std::int64_t>& m_stored;
    std::unordered_map<const c10::TensorImpl*, std::int64_t> m_indices;
    std::unordered_map<const c10::StorageImpl*, std::int64_t> m_memories;
    std::vector<std::pair<const c10::TensorImpl*, std::int64_t>>
        m_changes;                  ///< of m_indices: what was there, or -1
    std::vector<at::Tensor> m_kept; ///< addresses stay theirs
    Json m_tensors = Json::array();
    Json m_calls = Json::array();
    std::vector<std::int64_t> m_modules;
    std::string m_whole; ///< "aten.selu.default" while its parts run
};

} // namespace sunflop::worker
