// SPDX-License-Identifier: GPL-3.0-or-later
// Every operator passes `throughMode` first, which writes it down and lets it run on devices that exist here;
// an operator without a rule for shapes has `onZeros` for one, which asks the processor's kernel.
#include "app/worker/fake_mode.h"

#include <ATen/Functions.h>
#include <torch/library.h>

#include <algorithm>
#include <cstddef>
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

/// Elements that an operator may be tried on where it has no rule for shapes.
constexpr std::int64_t mostTriedElements = std::int64_t{1} << 26;

/// Defined by PyTorch through other operators, but counted as they are: the names that counters, kernels and
/// printed graphs know. Of all others, those that they call are written down.
bool isKeptWhole(const c10::OperatorName& name)
{
    static const std::unordered_set<std::string_view> kept = {"aten::linear",
                                                              "aten::matmul",
                                                              "aten::einsum",
                                                              "aten::conv1d",
                                                              "aten::conv2d",
                                                              "aten::conv3d",
                                                              "aten::_convolution_mode",
                                                              "aten::conv_transpose1d",
                                                              "aten::conv_transpose2d",
                                                              "aten::conv_transpose3d",
                                                              "aten::batch_norm",
                                                              "aten::layer_norm",
                                                              "aten::group_norm",
                                                              "aten::instance_norm",
                                                              "aten::rms_norm",
                                                              "aten::lstm",
                                                              "aten::gru",
                                                              "aten::rnn_tanh",
                                                              "aten::rnn_relu",
                                                              "aten::lstm_cell",
                                                              "aten::gru_cell",
                                                              "aten::rnn_tanh_cell",
                                                              "aten::rnn_relu_cell",
                                                              "aten::max_pool1d",
                                                              "aten::max_pool2d",
                                                              "aten::max_pool3d",
                                                              "aten::avg_pool1d",
                                                              "aten::adaptive_avg_pool1d",
                                                              "aten::adaptive_avg_pool2d",
                                                              "aten::adaptive_avg_pool3d",
                                                              "aten::adaptive_max_pool1d",
                                                              "aten::softmax",
                                                              "aten::log_softmax",
                                                              "aten::nll_loss",
                                                              "aten::scaled_dot_product_attention",
                                                              "aten::repeat_interleave",
                                                              "aten::pad"};
    return kept.count(name.name) != 0;
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

/// Replaces every tensor of a value by what `change` makes of it, those of lists too.
template<typename Change>
IValue changed(const IValue& value, const Change& change)
{
    if (value.isTensor())
        return value.toTensor().defined() ? IValue(change(value.toTensor())) : value;
    if (value.isTensorList()) {
        c10::List<Tensor> tensors;
        for (const Tensor& tensor : value.toTensorVector())
            tensors.push_back(tensor.defined() ? change(tensor) : tensor);
        return tensors;
    }
    if (!value.isList() || value.toList().elementType()->kind() != c10::TypeKind::OptionalType)
        return value;
    auto list = value.toList().copy();
    for (std::size_t i = 0; i < list.size(); ++i)
        if (const IValue element = list.get(i); element.isTensor() && element.toTensor().defined())
            list.set(i, change(element.toTensor()));
    return list;
}

template<typename Look>
void eachTensor(c10::ArrayRef<IValue> values, const Look& look)
{
    for (const IValue& value : values) {
        if (value.isTensor() && value.toTensor().defined())
            look(value.toTensor());
        else if (value.isList() && value.toList().elementType()->kind() != c10::TypeKind::IntType)
            for (const IValue& element : value.toListRef())
                if (element.isTensor() && element.toTensor().defined())
                    look(element.toTensor());
    }
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

/// Where a call says a device, or that memory be pinned: all of it is here.
void moveHere(const c10::FunctionSchema& schema, Stack& stack, std::size_t base, c10::DeviceType here)
{
    for (std::size_t i = 0; i < schema.arguments().size(); ++i) {
        IValue& value = stack[base + i];
        if (value.isDevice())
            value = c10::Device(here);
        else if (schema.arguments()[i].name() == "pin_memory")
            value = IValue();
    }
}

std::size_t deviceOf(const c10::FunctionSchema& schema)
{
    const auto& arguments = schema.arguments();
    const auto found = std::find_if(arguments.begin(), arguments.end(),
                                    [](const c10::Argument& a) { return a.name() == "device"; });
    return static_cast<std::size_t>(found - arguments.begin());
}

/// An operator that makes a tensor from nothing: real where it is small.
void make(const c10::OperatorHandle& op, Stack& stack, std::size_t base)
{
    const c10::FunctionSchema& schema = op.schema();
    const std::vector<IValue> arguments(stack.begin() + static_cast<std::ptrdiff_t>(base), stack.end());
    const std::size_t device = deviceOf(schema);
    moveHere(schema, stack, base, c10::DeviceType::Meta);
    stack[base + device] = c10::Device(c10::DeviceType::Meta);
    op.callBoxed(&stack);
    const bool isSmall = stack.size() == base + 1 && stack.back().isTensor() &&
                         stack.back().toTensor().numel() <= mostRealElements;
    if (!isSmall)
        return;
    stack.resize(base);
    stack.insert(stack.end(), arguments.begin(), arguments.end());
    moveHere(schema, stack, base, c10::DeviceType::CPU);
    stack[base + device] = c10::Device(c10::DeviceType::CPU);
    op.callBoxed(&stack);
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
    op.callBoxed(&stack);
}

void throughMode(const c10::OperatorHandle& op, c10::DispatchKeySet keys, Stack* stack)
{
    if (isOpened(op)) {
        const Recorder::Whole whole(*current, op.schema());
        op.redispatchBoxed(keys.remove(mode), stack);
        return;
    }
    const c10::impl::ExcludeDispatchKeyGuard off(mode);
    const std::size_t base = stack->size() - op.schema().arguments().size();
    Recorder::Call call = current->begin(op.schema(), c10::ArrayRef<IValue>(*stack).slice(base));
    run(op, *stack, base);
    current->end(std::move(call), c10::ArrayRef<IValue>(*stack).slice(base));
}

const std::unordered_set<std::string_view>& dependentOnValues()
{
    static const std::unordered_set<std::string_view> names = {"aten::nonzero",
                                                               "aten::masked_select",
                                                               "aten::_unique",
                                                               "aten::_unique2",
                                                               "aten::unique_dim",
                                                               "aten::unique_consecutive",
                                                               "aten::bincount",
                                                               "aten::repeat_interleave",
                                                               "aten::histc",
                                                               "aten::multinomial",
                                                               "aten::equal",
                                                               "aten::nonzero_numpy",
                                                               "aten::argwhere",
                                                               "aten::_local_scalar_dense",
                                                               "aten::is_nonzero",
                                                               "aten::segment_reduce",
                                                               "aten::_pack_padded_sequence"};
    return names;
}

/// Shapes from the processor's kernel, on zeros: right, but slow.
void onZeros(const c10::OperatorHandle& op, Stack* stack)
{
    const std::string& name = op.schema().name();
    if (dependentOnValues().count(name) != 0)
        stopAtValues(name.c_str());
    const std::size_t count = op.schema().arguments().size();
    const std::size_t base = stack->size() - count;
    const std::vector<IValue> original(stack->begin() + static_cast<std::ptrdiff_t>(base), stack->end());
    std::int64_t elements = 0;
    eachTensor(original, [&](const Tensor& tensor) { elements += tensor.is_meta() ? tensor.numel() : 0; });
    TORCH_CHECK(elements <= mostTriedElements, name, " has no rule for shapes, and its operands of ",
                elements, " elements are too large to try it on");
    const auto zeros = [](const Tensor& tensor) {
        return tensor.is_meta() ? at::zeros(tensor.sizes(), tensor.options().device(at::kCPU)) : tensor;
    };
    for (std::size_t i = base; i < stack->size(); ++i)
        (*stack)[i] = changed((*stack)[i], zeros);
    moveHere(op.schema(), *stack, base, c10::DeviceType::CPU);
    const std::vector<IValue> tried(stack->begin() + static_cast<std::ptrdiff_t>(base), stack->end());
    op.callBoxed(stack);
    for (std::size_t i = base; i < stack->size(); ++i)
        (*stack)[i] = changed((*stack)[i], [&](const Tensor& result) {
            for (std::size_t k = 0; k < count; ++k)
                if (tried[k].isTensor() && tried[k].toTensor().is_same(result))
                    return original[k].toTensor();
            return at::empty_strided(result.sizes(), result.strides(), result.options().device(at::kMeta));
        });
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
                name, DispatchKey::Meta, c10::KernelFunction::makeFromBoxedFunction<&onZeros>(), c10::nullopt,
                nullptr, "tried on zeros"));
    }
}

} // namespace sunflop::worker
