// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Records a model's forward on shape-only tensors: one pass yields the module tree and the operators.

#include "core/base/result.h"
#include "core/model/adapters.h"
#include "core/model/tensor.h"
#include "core/model/trace.h"
#include "core/model/traits.h"

#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sunflop {

/// Builds a Trace. Entering a module, a parameter or a phase a second time finds the first one, so the decode
/// phases run through the same functions as the prefill. The first error is kept and every later call is
/// harmless.
class Tracer {
public:
    struct Settings {
        DType weightDType = DType::BF16;
        DType activationDType = DType::BF16;
        bool gradients = false;      ///< autograd is on: what depends on trainable weights requires gradients
        bool inputGradients = false; ///< so does what depends on what the caller gives
        /// Matrix products, convolutions and attention compute in bf16 on casts of wider operands; a cast
        /// weight is kept to the end of the forward.
        bool autocast = false;
        std::int64_t loraRank = 0;    ///< of adapters beside linear layers where adapting() lives; 0: none
        std::optional<Role> loraRole; ///< of modules whose linear layers get them; nothing: all
        DType adapterDType = DType::BF16;
        /// Of a file: they go before those, wherever they stand, and all else is frozen. May be null.
        const Adapters* adapters = nullptr;
    };

    explicit Tracer(const Settings& settings);

    /// Leaves its module when destroyed.
    class [[nodiscard]] Scope {
    public:
        explicit Scope(Tracer& tracer) : m_tracer(tracer) {}
        ~Scope() { m_tracer.leave(); }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

    private:
        Tracer& m_tracer;
    };

    /// While it lives, dormant(): operators are not recorded, modules exist but do not run; frozen(true):
    /// parameters that are made are not trained, adapters aside; adapting(): linear layers get adapters.
    class [[nodiscard]] Counted {
    public:
        Counted(int& count, bool isOn) : m_count(count), m_isOn(isOn) { m_count += m_isOn ? 1 : 0; }
        ~Counted() { m_count -= m_isOn ? 1 : 0; }
        Counted(const Counted&) = delete;
        Counted& operator=(const Counted&) = delete;

    private:
        int& m_count;
        bool m_isOn;
    };

    /// Enters child `name` of the current module; the first module entered is the model.
    Scope module(std::string_view name, std::string_view className, ModuleTraits traits = {});
    Counted dormant() { return Counted(m_dormant, true); }
    Counted frozen(bool isOn) { return Counted(m_frozen, isOn); }
    Counted adapting() { return Counted(m_adapting, true); }
    /// What stands beside the current module, which has a weight [out, in] or, of an embedding, [rows,
    /// width]; nothing: no adapter. One of a file that does not fit is an error.
    std::optional<LowRank> adapter(const Shape& weight, bool isEmbedding = false);
    /// The end of the run of layers from `first` on that have the same adapters, at most `end`. The current
    /// module is the list that holds them.
    std::int64_t alikeUntil(std::int64_t first, std::int64_t end) const;

    /// A weight of the current module in the workload's weight dtype. Block formats hold matrices whose rows
    /// are whole blocks; anything else stays in the activation dtype.
    Tensor parameter(std::string_view name, const Shape& shape, const ParameterTraits& traits = {});
    /// A tensor that the caller of the model made before the run.
    Tensor input(const Shape& shape, DType dtype);
    Tensor input(const Shape& shape) { return input(shape, m_settings.activationDType); }
    /// A tensor that a factory function makes during the run: torch.arange, torch.zeros.
    Tensor create(const Shape& shape, DType dtype) { return made(Storage::Kind::Result, shape, dtype); }
    /// Keys or values that earlier tokens left in the cache.
    Tensor cached(const Shape& shape, DType dtype) { return made(Storage::Kind::Cached, shape, dtype); }
    /// What the current module, one of a run of equal siblings, is handed by the one before it. Every sibling
    /// but the first gets its predecessor's result, memory of its own.
    Tensor carried(Tensor x);
    /// Marks x as what the current module hands to the next of its siblings, and returns it.
    Tensor handOn(Tensor x);
    /// The cast of a weight that autocast made earlier in this forward, or makes now.
    Tensor castOnce(const Tensor& weight, DType dtype);
    /// A Python number.
    Tensor number();

    /// A call of the current module; its result is new memory. The last references to `inputs` end after it.
    Tensor record(OpKind kind, std::initializer_list<Tensor> inputs, const Shape& shape, DType dtype,
                  Spelling spelling = Spelling::Functional, const OpAttributes& attributes = {},
                  std::string_view name = {});
    /// Keys and values that the current module keeps at the end, in `heads` equal parts; in no run of more
    /// tokens than `tokenLimit`, 0: of all.
    void keep(Count elements, DType dtype, std::int64_t heads = 1, std::int64_t tokenLimit = 0);
    /// Refers to x until the phase ends: a result that the caller gets ...
    void hold(Tensor x);
    /// ... or keys or values that the cache keeps.
    void cache(Tensor x);

    /// What follows belongs to this phase; a tracer starts in the prefill.
    void beginPhase(const Phase& phase);
    RunSummary& run() { return m_trace.run; }
    std::vector<std::string>& notes() { return m_trace.notes; }

    /// Keeps an error about the current module: operands that do not fit, impossible sizes.
    void fail(ErrorKind kind, std::string detail);

    const Settings& settings() const { return m_settings; }

    /// The finished trace, modules in registration order. Call once.
    Result<Trace> finish();

private:
    friend class Tensor;
    struct Child {
        std::int32_t node = 0;
        std::uint32_t hash = 0; ///< of its name: a list may have hundreds of children
    };
    struct Node {
        Module module;
        std::vector<std::string_view> order;
        std::vector<Child> children;
        std::size_t nextChild = 0;        ///< where a second pass will look first
        std::int32_t firstParameter = -1; ///< the others follow by m_parameters
    };

    void leave();
    void retain(std::int32_t storage) { ++m_references[static_cast<std::size_t>(storage)]; }
    void release(std::int32_t storage)
    {
        // A tensor may outlive finish(), which gives the trace away.
        if (--m_references[static_cast<std::size_t>(storage)] == 0 && !m_trace.storages.empty())
            m_trace.storages[static_cast<std::size_t>(storage)].died = calls();
    }
    Block& openBlock();
    bool trainsAdapters() const;
    std::int32_t calls() const { return static_cast<std::int32_t>(m_trace.ops.size()); }
    std::int32_t allocate(Storage::Kind kind, const Shape& shape, DType dtype);
    Tensor made(Storage::Kind kind, const Shape& shape, DType dtype);
    void releaseHeld();
    Parameter makeParameter(std::string_view name, const Shape& shape, const ParameterTraits& traits);
    std::string currentPath() const;
    std::string memberPath(std::string_view name) const;
    void markApplied(std::string_view name);
    Tensor ownParameter(std::string_view name, const Shape& shape, const ParameterTraits& traits);
    std::optional<Error> unapplied() const;
    void flatten(std::int32_t node, std::int32_t parent, std::vector<std::int32_t>& newIndex);
    std::int32_t childNamed(std::int32_t parent, std::string_view name);
    std::int32_t parameterNamed(std::string_view name) const;

    Settings m_settings;
    Trace m_trace; ///< module indices are nodes until finish() renumbers them
    /// What the tracer knows of a parameter, by index into Trace::parameters.
    struct ParameterLink {
        std::int32_t storage = -1;
        std::int32_t next = -1; ///< of the same module
    };

    std::vector<Node> m_nodes;
    std::vector<std::string> m_tieKeys;
    std::vector<ParameterLink> m_parameters;
    std::vector<std::int32_t> m_references; ///< by storage
    std::vector<std::int32_t> m_open;       ///< blocks that have not ended
    std::vector<Tensor> m_held;
    std::vector<std::pair<std::int32_t, Tensor>> m_casts; ///< by the weight's storage
    std::int32_t m_current = -1;
    int m_dormant = 0, m_frozen = 0, m_adapting = 0;
    std::set<std::string, std::less<>> m_applied; ///< of a file's adapters, what stands beside a module
    std::optional<Error> m_error;
};

inline Tensor::Tensor(Tracer* recorder, Operand seen) : tracer(recorder), operand(seen)
{
    if (tracer != nullptr && operand.storage >= 0)
        tracer->retain(operand.storage);
}

inline Tensor::~Tensor()
{
    if (tracer != nullptr && operand.storage >= 0)
        tracer->release(operand.storage);
}

} // namespace sunflop
