// SPDX-License-Identifier: GPL-3.0-or-later
// Every operator passes `throughMode` first, which writes it down and lets it run on devices that exist here;
// an operator without a rule for shapes has `onFillings` for one, which asks the processor's kernel.
#include "app/worker/fake_mode.h"

#include "app/worker/boxed.h"
#include "app/worker/fillings.h"
#include "app/worker/quantised_layers.h"

#include <ATen/Functions.h>
#include <torch/library.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sunflop::worker {

namespace {

using at::Tensor;
using c10::DispatchKey;
using c10::IValue;
using torch::jit::Stack;

constexpr DispatchKey mode = DispatchKey::TESTING_ONLY_GenericMode;
thread_local Recorder* current = nullptr;
thread_local bool isOnShapesAlone = false; ///< a tensor on the device of shapes is none, however small

/// Defined by PyTorch through other operators, but counted as they are: the names that counters, kernels and
/// printed graphs know. Of all others, those that they call are written down.
// clang-format off
const std::unordered_set<std::string_view> keptWhole = {
    "aten::linear", "aten::matmul", "aten::einsum", "aten::conv1d", "aten::conv2d", "aten::conv3d",
    "aten::_convolution_mode", "aten::conv_transpose1d", "aten::conv_transpose2d", "aten::conv_transpose3d",
    "aten::batch_norm", "aten::layer_norm", "aten::group_norm", "aten::instance_norm", "aten::rms_norm",
    "aten::lstm", "aten::gru", "aten::rnn_tanh", "aten::rnn_relu", "aten::lstm_cell", "aten::gru_cell",
    "aten::rnn_tanh_cell", "aten::rnn_relu_cell", "aten::max_pool1d", "aten::max_pool2d",
    "aten::max_pool3d", "aten::avg_pool1d", "aten::adaptive_avg_pool1d", "aten::adaptive_avg_pool2d",
    "aten::adaptive_avg_pool3d", "aten::adaptive_max_pool1d", "aten::dropout", "aten::dropout_",
    "aten::feature_dropout", "aten::feature_dropout_", "aten::alpha_dropout", "aten::alpha_dropout_",
    "aten::feature_alpha_dropout", "aten::feature_alpha_dropout_", "aten::softmax", "aten::log_softmax",
    "aten::nll_loss", "aten::scaled_dot_product_attention", "aten::repeat_interleave", "aten::pad",
};
// clang-format on

bool isKeptWhole(const c10::OperatorName& name)
{
    return keptWhole.count(name.name) != 0;
}

/// Whether an operator's parts are written down in its place: fast_paths.cpp says what those of a layer are.
bool isOpened(const c10::OperatorHandle& op)
{
    const std::string& name = op.operator_name().name;
    if (name == "aten::_native_multi_head_attention" || name == "aten::_transformer_encoder_layer_fwd")
        return true;
    return op.hasKernelForDispatchKey(DispatchKey::CompositeImplicitAutograd) &&
           !op.hasKernelForDispatchKey(DispatchKey::Meta) && !isKeptWhole(op.operator_name());
}

/// What kinds of tensors a call is given.
struct Given {
    bool hasTensor = false;
    bool hasShapeOnly = false;
    bool hasReal = false; ///< with dimensions; numbers go along with either kind
};

Given given(c10::ArrayRef<IValue> arguments)
{
    Given found;
    eachTensor(arguments, [&](const Tensor& tensor) {
        found.hasTensor = true;
        found.hasShapeOnly = found.hasShapeOnly || tensor.is_meta();
        found.hasReal = found.hasReal || (!tensor.is_meta() && tensor.dim() > 0);
    });
    return found;
}

Tensor shapeOf(const Tensor& tensor)
{
    if (tensor.is_meta() || tensor.dim() == 0 || tensor.layout() != c10::kStrided)
        return tensor;
    const Tensor shape =
        at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().device(at::kMeta));
    current->addCopy(shape, tensor);
    return shape;
}

std::size_t deviceOf(const c10::FunctionSchema& schema)
{
    const auto& arguments = schema.arguments();
    const auto found = std::find_if(arguments.begin(), arguments.end(),
                                    [](const c10::Argument& a) { return a.name() == "device"; });
    return static_cast<std::size_t>(found - arguments.begin());
}

/// An operator that makes a tensor from nothing: real where it is small, unless the parts of
/// an operator ask for the device of its operands and cannot do with another.
void make(const c10::OperatorHandle& op, Stack& stack, std::size_t base)
{
    const c10::FunctionSchema& schema = op.schema();
    const std::vector<IValue> arguments(stack.begin() + static_cast<std::ptrdiff_t>(base), stack.end());
    const std::size_t device = deviceOf(schema);
    const bool isBesideShapes =
        isOnShapesAlone && arguments[device].isDevice() && arguments[device].toDevice().is_meta();
    moveHere(schema, stack, base, c10::DeviceType::Meta);
    stack[base + device] = c10::Device(c10::DeviceType::Meta);
    op.callBoxed(&stack);
    const bool isSmall = !isBesideShapes && stack.size() == base + 1 && stack.back().isTensor() &&
                         stack.back().toTensor().numel() <= mostRealElements;
    if (!isSmall)
        return;
    stack.resize(base);
    stack.insert(stack.end(), arguments.begin(), arguments.end());
    moveHere(schema, stack, base, c10::DeviceType::CPU);
    stack[base + device] = c10::Device(c10::DeviceType::CPU);
    op.callBoxed(&stack);
}

/// Calls an operator on shapes: by its rule, or where that fails, which rules made of other operators do here
/// and there, on made-up values. What both refuse is refused in the words of the rule.
void onShapes(const c10::OperatorHandle& op, Stack& stack, std::size_t base)
{
    const std::vector<IValue> arguments(stack.begin() + static_cast<std::ptrdiff_t>(base), stack.end());
    if (isMisruled(op)) {
        onFillings(op, &stack);
        return;
    }
    try {
        op.callBoxed(&stack);
    } catch (const std::exception&) {
        if (!current->dependence.empty())
            throw;
        stack.resize(base);
        stack.insert(stack.end(), arguments.begin(), arguments.end());
        try {
            onFillings(op, &stack);
            return;
        } catch (const std::exception&) {
            if (!current->dependence.empty())
                throw;
        }
        throw;
    }
}

void run(const c10::OperatorHandle& op, Stack& stack, std::size_t base)
{
    const c10::FunctionSchema& schema = op.schema();
    const Given found = given(c10::ArrayRef<IValue>(stack).slice(base));
    if (!found.hasTensor && deviceOf(schema) < schema.arguments().size()) {
        make(op, stack, base);
        return;
    }
    if (found.hasShapeOnly && found.hasReal)
        for (std::size_t i = base; i < stack.size(); ++i)
            stack[i] = changed(stack[i], shapeOf);
    moveHere(schema, stack, base, found.hasShapeOnly ? c10::DeviceType::Meta : c10::DeviceType::CPU);
    if (found.hasShapeOnly)
        onShapes(op, stack, base);
    else
        op.callBoxed(&stack);
}

/// Restores the arguments of a call, and what was recorded before it.
class Again {
public:
    explicit Again(const Stack& stack, std::size_t base)
        : m_base(base), m_arguments(stack.begin() + static_cast<std::ptrdiff_t>(base), stack.end()),
          m_mark(current->mark())
    {}

    bool hasShapes() const { return given(m_arguments).hasShapeOnly; }
    void restore(Stack& stack) const
    {
        current->rewind(m_mark);
        stack.resize(m_base);
        stack.insert(stack.end(), m_arguments.begin(), m_arguments.end());
    }

private:
    std::size_t m_base;
    std::vector<IValue> m_arguments;
    Recorder::Mark m_mark;
};

/// Calls an operator and writes it down.
template<typename Run>
void record(const c10::OperatorHandle& op, Stack& stack, std::size_t base, const Run& run)
{
    const c10::impl::ExcludeDispatchKeyGuard off(mode);
    Recorder::Call call = current->begin(op.schema(), c10::ArrayRef<IValue>(stack).slice(base));
    run(op, stack, base);
    current->end(std::move(call), c10::ArrayRef<IValue>(stack).slice(base));
}

/// Runs and writes down the parts of an operator. Some check that their tensors are on one device, or read
/// elements: those get shapes alone, and at last the whole is run on made-up values.
void open(const c10::OperatorHandle& op, c10::DispatchKeySet keys, Stack* stack, std::size_t base)
{
    const Recorder::Whole whole(*current, op.schema());
    const Again again(*stack, base);
    const auto attempt = [&] {
        try {
            op.redispatchBoxed(keys.remove(mode), stack);
            return std::exception_ptr();
        } catch (const std::exception&) {
            return std::current_exception();
        }
    };
    const std::exception_ptr refusal = attempt();
    if (!refusal)
        return;
    if (!current->dependence.empty() || isOnShapesAlone || !again.hasShapes())
        std::rethrow_exception(refusal);
    if (dependsOnValues(op))
        stopAtValues(op.schema().name().c_str());
    again.restore(*stack);
    isOnShapesAlone = true;
    const bool isDone = !attempt();
    isOnShapesAlone = false;
    if (isDone)
        return;
    again.restore(*stack);
    current->dependence.clear();
    try {
        record(op, *stack, base, [](const auto& called, Stack& on, std::size_t) { onFillings(called, &on); });
    } catch (const std::exception&) {
        if (!current->dependence.empty())
            throw;
        std::rethrow_exception(refusal);
    }
}

void throughMode(const c10::OperatorHandle& op, c10::DispatchKeySet keys, Stack* stack)
{
    const std::size_t base = stack->size() - op.schema().arguments().size();
    if (isOpened(op)) {
        open(op, keys, stack, base);
        return;
    }
    const c10::impl::ExcludeDispatchKeyGuard off(mode);
    if (isQuantised(op))
        runQuantised(op, *stack, *current);
    else if (takesQuantised(c10::ArrayRef<IValue>(*stack).slice(base)))
        runOnQuantised(op, *stack, *current);
    else
        record(op, *stack, base, run);
}

/// Whether an operator runs on shapes by itself, or through others.
bool hasRule(const c10::OperatorHandle& op)
{
    for (const DispatchKey key :
         {DispatchKey::Meta, DispatchKey::CompositeImplicitAutograd, DispatchKey::CompositeExplicitAutograd,
          DispatchKey::CompositeExplicitAutogradNonFunctional})
        if (op.hasKernelForDispatchKey(key))
            return true;
    return false;
}

} // namespace

void stopAtValues(const char* what)
{
    if (current != nullptr)
        current->dependence = what;
    TORCH_CHECK(false, what, " needs the values of a tensor");
}

FakeMode::FakeMode(Recorder& recorder) : m_guard(mode)
{
    current = &recorder;
}

FakeMode::~FakeMode()
{
    current = nullptr;
}

Recorder* FakeMode::recorder()
{
    return current;
}

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericMode, library)
{
    library.fallback(torch::CppFunction::makeFromBoxedFunction<&throughMode>());
}

void registerTries()
{
    // Registrations end with these handles: they live as long as the process. A fallback would be one line,
    // but LibTorch 2 has its own, and refuses a second one.
    static std::vector<c10::RegistrationHandleRAII> registrations;
    c10::Dispatcher& dispatcher = c10::Dispatcher::singleton();
    for (const c10::OperatorName& name : dispatcher.getAllOpNames()) {
        const auto op = dispatcher.findSchema(name);
        if (op && !hasRule(*op))
            registrations.push_back(dispatcher.registerImpl(
                name, DispatchKey::Meta, c10::KernelFunction::makeFromBoxedFunction<&onFillings>(),
                c10::nullopt, nullptr, "tried on made-up values"));
    }
}

} // namespace sunflop::worker
