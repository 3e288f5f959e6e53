// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Counts the products of LibTorch's operators while they run, module by module. For the LibTorch side only.
///
/// The rule is PyTorch's FlopCounterMode: an operator that has a formula is counted where it is called, and
/// nothing that it calls in turn; operators without a formula are followed inwards. Output extents come from
/// the tensors that LibTorch returned, so a size is never derived twice.

#include "tests/referee/torch_models.h"

#include <ATen/record_function.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sunflop::referee {

/// At most one at a time in a thread. LibTorch hides exceptions of its callbacks, so these do not throw: an
/// operand that is no tensor leaves its product out, and the comparison fails.
class Recorder {
public:
    Recorder()
        : m_callback(at::addThreadLocalCallback(at::RecordFunctionCallback(start, end)
                                                    .needsInputs(true)
                                                    .needsOutputs(true)
                                                    .scopes({at::RecordScope::FUNCTION})))
    {
        s_current = this;
    }
    ~Recorder()
    {
        at::removeCallback(m_callback);
        s_current = nullptr;
    }
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    /// Leaves its module when destroyed.
    class [[nodiscard]] Scope {
    public:
        Scope(Recorder& recorder, std::string_view name) : m_recorder(recorder), m_outer(recorder.m_path)
        {
            m_recorder.m_path += m_outer.empty() || name.empty() ? "" : ".";
            m_recorder.m_path += name;
        }
        ~Scope() { m_recorder.m_path = std::move(m_outer); }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

    private:
        Recorder& m_recorder;
        std::string m_outer;
    };
    Scope module(std::string_view name) { return Scope(*this, name); }

    const ModuleMacs& macs() const { return m_macs; }

private:
    /// A running operator that has a formula: every output element takes this many products.
    struct Product : at::ObserverContext {
        std::int64_t depth = 0;
        bool isOutermost = false;
    };

    static std::optional<std::int64_t> productDepth(const at::RecordFunction& call);
    static std::unique_ptr<at::ObserverContext> start(const at::RecordFunction& call);
    static void end(const at::RecordFunction& call, at::ObserverContext* context);

    inline static thread_local Recorder* s_current = nullptr;
    at::CallbackHandle m_callback;
    std::string m_path;
    ModuleMacs m_macs;
    int m_open = 0; ///< operators with a formula that are running
};

/// Products per output element: the inner extent of a matrix product, one filter of a convolution.
inline std::optional<std::int64_t> Recorder::productDepth(const at::RecordFunction& call)
{
    // A boxed call shows the whole stack, of which its arguments are the last ones.
    const auto arguments = call.inputs().slice(call.inputs().size() - call.num_inputs());
    const auto sizes = [&](std::size_t i) {
        return i < arguments.size() && arguments[i].isTensor() ? arguments[i].toTensor().sizes()
                                                               : at::IntArrayRef();
    };
    const std::string_view name = call.name();
    at::IntArrayRef factors;
    if (name == "aten::mm" || name == "aten::bmm")
        factors = sizes(0).empty() ? factors : sizes(0).slice(sizes(0).size() - 1);
    else if (name == "aten::addmm" || name == "aten::baddbmm")
        factors = sizes(1).empty() ? factors : sizes(1).slice(sizes(1).size() - 1);
    else if (name == "aten::_convolution")
        factors = sizes(1).empty() ? factors : sizes(1).slice(1);
    if (factors.empty())
        return std::nullopt;
    return c10::multiply_integers(factors);
}

inline std::unique_ptr<at::ObserverContext> Recorder::start(const at::RecordFunction& call)
{
    const auto depth = productDepth(call);
    if (!depth)
        return nullptr;
    auto product = std::make_unique<Product>();
    product->depth = *depth;
    product->isOutermost = s_current->m_open++ == 0;
    return product;
}

inline void Recorder::end(const at::RecordFunction& call, at::ObserverContext* context)
{
    const auto* product = static_cast<const Product*>(context);
    if (product == nullptr)
        return;
    --s_current->m_open;
    const auto& outputs = call.outputs();
    if (product->isOutermost && !outputs.empty() && outputs.back().isTensor())
        s_current->m_macs[s_current->m_path] += outputs.back().toTensor().numel() * product->depth;
}

} // namespace sunflop::referee
