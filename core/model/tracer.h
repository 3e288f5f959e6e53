// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Records a model's forward written on shape-only tensors: one pass yields the module tree and the
/// operators.

#include "core/base/result.h"
#include "core/model/trace.h"

#include <initializer_list>
#include <string>
#include <string_view>

namespace sunflop {

class Tracer;

/// A live tensor of a forward being traced: what the next operator sees of it, and who records.
struct Tensor {
    Tracer* tracer = nullptr;
    Operand operand;

    const Shape& shape() const { return operand.shape; }
    DType dtype() const { return operand.dtype; }
    /// Dimension i; fromEnd(0) is the innermost.
    Extent size(std::size_t i) const { return operand.shape.extent(i); }
    Extent fromEnd(std::size_t i) const { return operand.shape.fromEnd(i); }
};

/// What is known of a module besides name and class.
struct ModuleTraits {
    std::string detail;       ///< text of extra_repr()
    Role role = Role::Other;  ///< Other: the parent's role
    std::int64_t repeat = 1;  ///< equal siblings, traced once
    std::int64_t visited = 0; ///< of those, how many a token passes; 0: all
    bool isContainer = false; ///< ModuleList and the like
    /// Children in registration order where that differs from call order; others follow as called.
    std::initializer_list<std::string_view> order = {};
};

struct ParameterTraits {
    /// Parameters with the same key are one tensor, in each instance of the module that holds them all.
    std::string_view tie = {};
    bool trainable = true;
};

/// Builds a Trace. Entering a module, a parameter or a phase a second time finds the first one, so the decode
/// phases run through the same functions as the prefill. The first error is kept and every later call is
/// harmless.
class Tracer {
public:
    struct Settings {
        DType weightDType = DType::BF16;
        DType activationDType = DType::BF16;
        bool gradients =
            false; ///< autograd is on: results that depend on trainable weights require gradients
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

    /// Operators are not recorded while it lives: modules exist, but do not run.
    class [[nodiscard]] Dormant {
    public:
        explicit Dormant(Tracer& tracer) : m_tracer(tracer) { ++m_tracer.m_dormant; }
        ~Dormant() { --m_tracer.m_dormant; }
        Dormant(const Dormant&) = delete;
        Dormant& operator=(const Dormant&) = delete;

    private:
        Tracer& m_tracer;
    };

    /// Enters child `name` of the current module; the first module entered is the model.
    Scope module(std::string_view name, std::string_view className, ModuleTraits traits = {});
    Dormant dormant() { return Dormant(*this); }

    /// A weight of the current module in the workload's weight dtype. Block formats hold matrices whose rows
    /// are whole blocks; anything else stays in the activation dtype.
    Tensor parameter(std::string_view name, const Shape& shape, const ParameterTraits& traits = {});
    /// A tensor that comes from outside the model or from a factory function, in `dtype`.
    Tensor input(const Shape& shape, DType dtype);
    Tensor input(const Shape& shape) { return input(shape, m_settings.activationDType); }
    /// A Python number.
    Tensor number();

    /// Records a call of the current module and returns its result, a new tensor in new memory.
    Tensor record(OpKind kind, std::initializer_list<Tensor> inputs, const Shape& shape, DType dtype,
                  Spelling spelling = Spelling::Function, const OpAttributes& attributes = {});
    /// Records that the current module keeps keys and values of these many elements when the run ends.
    void keep(Count elements, DType dtype);

    /// What follows belongs to this phase; a tracer starts in the prefill.
    void beginPhase(const Phase& phase);
    RunSummary& run() { return m_trace.run; }

    /// Keeps an error about the current module: operands that do not fit, impossible sizes.
    void fail(ErrorKind kind, std::string detail);

    const Settings& settings() const { return m_settings; }

    /// The finished trace, modules in registration order. Call once.
    Result<Trace> finish();

private:
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
    Parameter makeParameter(std::string_view name, const Shape& shape, const ParameterTraits& traits);
    std::string currentPath() const;
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
    std::int32_t m_current = -1;
    std::int32_t m_storages = 0;
    int m_dormant = 0;
    std::optional<Error> m_error;
};

} // namespace sunflop
