// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/worker/fillings.h"

#include "app/worker/boxed.h"
#include "app/worker/fake_mode.h"

#include <ATen/Functions.h>
#include <ATen/core/enum_tag.h>

#include <exception>
#include <sstream>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sunflop::worker {

namespace {

using at::Tensor;
using c10::IValue;
using torch::jit::Stack;

/// Elements that an operator may be tried on where it has no rule for shapes.
constexpr std::int64_t mostTriedElements = std::int64_t{1} << 26;

/// What stands in for values.
enum class Filling {
    Zeros,
    Positive, ///< ones, and twos on the diagonal: a distribution, a positive definite matrix
};

Tensor filled(const Tensor& shape, Filling filling)
{
    if (!shape.is_meta())
        return shape;
    Tensor made = at::empty_strided(shape.sizes(), shape.strides(), shape.options().device(at::kCPU)).zero_();
    if (filling == Filling::Zeros || made.is_quantized())
        return made;
    made.fill_(1);
    if (made.dim() > 1)
        made.diagonal(0, -2, -1).fill_(2);
    else if (made.dim() == 1 && made.numel() > 1)
        made.select(0, 0).fill_(2);
    return made;
}

/// One run of a kernel of the processor.
struct Tried {
    std::vector<IValue> arguments;
    std::vector<IValue> results;
};

Tried tryOn(Filling filling, const c10::OperatorHandle& op, const std::vector<IValue>& arguments)
{
    Stack stack;
    for (const IValue& argument : arguments)
        stack.push_back(changed(argument, [&](const Tensor& tensor) { return filled(tensor, filling); }));
    moveHere(op.schema(), stack, 0, c10::DeviceType::CPU);
    Tried tried{stack, {}};
    op.callBoxed(&stack);
    tried.results = std::move(stack);
    return tried;
}

/// Everything but values: sizes of tensors, and numbers.
std::string outlineOf(const std::vector<IValue>& values)
{
    std::ostringstream text;
    for (const IValue& value : values) {
        if (!value.isTensor() && !value.isList())
            text << value << ';';
        eachTensor(value, [&](const Tensor& tensor) { text << tensor.sizes(); });
    }
    return text.str();
}

/// A tensor that a kernel has written to stays the one it is, and takes the sizes that the kernel gave it.
void takeSizes(const Tensor& written, const Tensor& result)
{
    if (!written.is_meta() || written.sizes() == result.sizes())
        return;
    written.resize_(result.sizes());
    if (written.strides() != result.strides())
        written.as_strided_(result.sizes(), result.strides());
}

} // namespace

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

bool dependsOnValues(const c10::OperatorHandle& op)
{
    static const std::unordered_set<std::string> unmarked = {
        "aten::_pack_padded_sequence", "aten::_pad_packed_sequence", "aten::segment_reduce",
        "aten::_reshape_from_tensor"};
    static const std::unordered_set<std::string> unmarkedOverloads = {
        "aten::ctc_loss.Tensor",
        "aten::_ctc_loss.Tensor",
        "aten::lstm.data",
        "aten::gru.data",
        "aten::rnn_tanh.data",
        "aten::rnn_relu.data",
        "aten::tensor_split.tensor_indices_or_sections"};
    return op.hasTag(at::Tag::dynamic_output_shape) || op.hasTag(at::Tag::data_dependent_output) ||
           unmarked.count(op.schema().name()) != 0 ||
           unmarkedOverloads.count(c10::toString(op.operator_name())) != 0;
}

bool isMisruled(const c10::OperatorHandle& op)
{
    return c10::toString(op.operator_name()) == "aten::isin.Scalar_Tensor";
}

void onFillings(const c10::OperatorHandle& op, Stack* stack)
{
    if (dependsOnValues(op))
        stopAtValues(op.schema().name().c_str());
    const std::size_t count = op.schema().arguments().size();
    const auto base = stack->end() - static_cast<std::ptrdiff_t>(count);
    const std::vector<IValue> original(base, stack->end());
    std::int64_t elements = 0;
    eachTensor(original, [&](const Tensor& tensor) { elements += tensor.is_meta() ? tensor.numel() : 0; });
    TORCH_CHECK(elements <= mostTriedElements, op.schema().name(),
                " has no rule for shapes, and its operands of ", elements,
                " elements are too large to try it on");
    std::vector<Tried> taken;
    std::exception_ptr refusal;
    for (const Filling filling : {Filling::Zeros, Filling::Positive}) {
        try {
            taken.push_back(tryOn(filling, op, original));
        } catch (const std::exception&) {
            refusal = refusal ? refusal : std::current_exception();
        }
    }
    if (taken.empty())
        std::rethrow_exception(refusal);
    const Tried& tried = taken.front();
    if (outlineOf(tried.results) != outlineOf(taken.back().results))
        stopAtValues(op.schema().name().c_str());
    for (std::size_t i = 0; i < count; ++i)
        if (original[i].isTensor() && original[i].toTensor().defined())
            takeSizes(original[i].toTensor(), tried.arguments[i].toTensor());
    stack->erase(base, stack->end());
    for (const IValue& value : tried.results)
        stack->push_back(changed(value, [&](const Tensor& result) {
            for (std::size_t i = 0; i < count; ++i)
                if (tried.arguments[i].isTensor() && tried.arguments[i].toTensor().is_same(result))
                    return original[i].toTensor();
            return at::empty_strided(result.sizes(), result.strides(), result.options().device(at::kMeta));
        }));
}

} // namespace sunflop::worker
