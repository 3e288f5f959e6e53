// SPDX-License-Identifier: GPL-3.0-or-later
// Source: aten/src/ATen/native/quantized/library.cpp, which has the schemas.
#include "app/worker/quantised_layers.h"

#include <ATen/ExpandUtils.h>
#include <ATen/Functions.h>
#include <ATen/core/class_type.h>
#include <ATen/native/quantized/PackedParams.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sunflop::worker {

namespace {

using at::Tensor;
using c10::IValue;
using torch::jit::Stack;

at::TensorOptions shapeOnly(c10::ScalarType type)
{
    return at::TensorOptions().device(at::kMeta).dtype(type);
}

bool isOf(const IValue& value, const char* className)
{
    return value.isObject() && value.toObjectRef().type()->name() &&
           value.toObjectRef().type()->name()->name() == className;
}

/// Quantised elements are their integers.
Tensor shapeOf(const Tensor& tensor)
{
    if (!tensor.defined())
        return tensor;
    return at::empty(tensor.sizes(), shapeOnly(tensor.is_quantized() ? c10::toUnderlying(tensor.scalar_type())
                                                                     : tensor.scalar_type()));
}

template<typename Layer>
PackedWeights unpacked(const IValue& value)
{
    const auto [weight, bias] = value.toCustomClass<Layer>()->unpack();
    return {shapeOf(weight), shapeOf(bias.value_or(Tensor()))};
}

PackedWeights unpackedBy(const IValue& value)
{
    if (isOf(value, "LinearPackedParamsBase"))
        return unpacked<LinearPackedParamsBase>(value);
    if (isOf(value, "Conv2dPackedParamsBase"))
        return unpacked<ConvPackedParamsBase<2>>(value);
    if (isOf(value, "Conv3dPackedParamsBase"))
        return unpacked<ConvPackedParamsBase<3>>(value);
    return {};
}

template<typename Layer>
Tensor convolved(const Tensor& input, const IValue& value, const Tensor& weight)
{
    const auto layer = value.toCustomClass<Layer>();
    // A convolution along one dimension is packed as one along two, of height 1.
    const bool isFlat = weight.dim() == 4 && input.dim() == 3;
    const Tensor image = isFlat ? input.unsqueeze(2) : input;
    const Tensor result = at::convolution(image, weight, {}, layer->stride().vec(), layer->padding().vec(),
                                          layer->dilation().vec(), layer->transpose(),
                                          layer->output_padding().vec(), layer->groups());
    return isFlat ? result.squeeze(2) : result;
}

/// Shape of a layer's result, in floats.
Tensor resultOf(const Tensor& input, const IValue& value, const Tensor& packed)
{
    const Tensor given = at::empty(input.sizes(), shapeOnly(at::kFloat));
    const Tensor weight = at::empty(packed.sizes(), shapeOnly(at::kFloat));
    if (isOf(value, "LinearPackedParamsBase"))
        return at::linear(given, weight);
    return isOf(value, "Conv2dPackedParamsBase") ? convolved<ConvPackedParamsBase<2>>(given, value, weight)
                                                 : convolved<ConvPackedParamsBase<3>>(given, value, weight);
}

/// Tensors of quantised numbers, as long as their recorder keeps them.
struct Known {
    const Recorder* recorder = nullptr;
    std::unordered_set<const c10::TensorImpl*> tensors;
};
thread_local Known known;

Tensor quantised(at::IntArrayRef sizes, Recorder& recorder)
{
    Tensor made = at::empty(sizes, shapeOnly(at::kByte));
    if (std::exchange(known.recorder, &recorder) != &recorder)
        known.tensors.clear();
    known.tensors.insert(made.unsafeGetTensorImpl());
    return made;
}

bool isKnown(const IValue& value)
{
    return value.isTensor() && known.tensors.count(value.toTensor().unsafeGetTensorImpl()) != 0;
}

Tensor asFloats(const Tensor& tensor)
{
    return at::empty_strided(tensor.sizes(), tensor.strides(), shapeOnly(at::kFloat));
}

void runLayer(const std::string& name, c10::ArrayRef<IValue> arguments, const IValue& packed, Stack& results,
              Recorder& recorder)
{
    const PackedWeights weights = packedWeights(packed);
    TORCH_CHECK(weights.weight.defined() && !arguments.empty() && arguments[0].isTensor(), name,
                " has no rule for shapes");
    const Tensor input = arguments[0].toTensor();
    const c10::FunctionSchema schema(name, "",
                                     {c10::Argument("input"), c10::Argument("weight"), c10::Argument("bias")},
                                     {c10::Argument("output")});
    Recorder::Call call = recorder.begin(schema, {input, weights.weight, weights.bias});
    const bool isDynamic = name.find("dynamic") != std::string::npos;
    const Tensor shape = resultOf(input, packed, weights.weight);
    results.emplace_back(isDynamic ? shape : quantised(shape.sizes(), recorder));
    recorder.end(std::move(call), results);
}

/// Sizes of what is done to each element of one or of two tensors, or of several in a row.
std::vector<std::int64_t> elementwise(const std::string& name, c10::ArrayRef<IValue> arguments)
{
    if (name.compare(0, 14, "quantized::cat") == 0) {
        std::vector<Tensor> parts;
        for (const Tensor& part : arguments[0].toTensorVector())
            parts.push_back(at::empty(part.sizes(), shapeOnly(at::kByte)));
        return at::cat(parts, arguments[1].toInt()).sizes().vec();
    }
    const auto sizes = arguments[0].toTensor().sizes();
    const bool isPair = arguments.size() > 1 && arguments[1].isTensor() &&
                        arguments[1].toTensor().defined() &&
                        (name.find("::add") != std::string::npos || name.find("::mul") != std::string::npos);
    return isPair ? at::infer_size(sizes, arguments[1].toTensor().sizes()) : sizes.vec();
}

} // namespace

PackedWeights packedWeights(const IValue& value)
{
    static thread_local std::unordered_map<const void*, PackedWeights> layers;
    static thread_local std::vector<IValue> kept; // addresses stay theirs
    if (!value.isObject())
        return {};
    const auto [found, isNew] = layers.try_emplace(&value.toObjectRef());
    if (isNew) {
        found->second = unpackedBy(value);
        kept.push_back(value);
    }
    return found->second;
}

bool isQuantised(const c10::OperatorHandle& op)
{
    const std::string& name = op.operator_name().name;
    if (op.operator_name().overload_name.find("out") != std::string::npos)
        return false; // into a tensor that is there, as no program does
    return name.compare(0, 11, "quantized::") == 0 || name.compare(0, 18, "aten::quantize_per") == 0 ||
           name == "aten::dequantize" || name == "aten::q_scale" || name == "aten::q_zero_point" ||
           name == "aten::int_repr";
}

void runQuantised(const c10::OperatorHandle& op, Stack& stack, Recorder& recorder)
{
    const c10::FunctionSchema& schema = op.schema();
    const std::string& name = schema.name();
    const std::size_t base = stack.size() - schema.arguments().size();
    const std::vector<IValue> arguments(stack.begin() + static_cast<std::ptrdiff_t>(base), stack.end());
    stack.resize(base);
    Stack results;
    const auto isObject = [](const IValue& value) { return value.isObject(); };
    const auto packed = std::find_if(arguments.begin(), arguments.end(), isObject);
    if (name == "aten::q_scale") {
        results.emplace_back(1.0);
    } else if (name == "aten::q_zero_point") {
        results.emplace_back(std::int64_t{0});
    } else if (packed != arguments.end()) {
        runLayer(name, arguments, *packed, results, recorder);
    } else {
        TORCH_CHECK(schema.returns().size() == 1 && !arguments.empty() &&
                        (arguments[0].isTensor() || arguments[0].isTensorList()),
                    name, " has no rule for shapes");
        Recorder::Call call = recorder.begin(schema, arguments);
        const std::vector<std::int64_t> sizes = elementwise(name, arguments);
        const bool isFloat = name == "aten::dequantize";
        results.emplace_back(isFloat ? at::empty(sizes, shapeOnly(at::kFloat)) : quantised(sizes, recorder));
        recorder.end(std::move(call), results);
    }
    stack.insert(stack.end(), results.begin(), results.end());
}

bool takesQuantised(c10::ArrayRef<IValue> arguments)
{
    return std::any_of(arguments.begin(), arguments.end(), [](const IValue& value) {
        if (!value.isTensorList())
            return isKnown(value);
        const auto list = value.toTensorVector();
        return std::any_of(list.begin(), list.end(), [](const Tensor& part) { return isKnown(part); });
    });
}

void runOnQuantised(const c10::OperatorHandle& op, Stack& stack, Recorder& recorder)
{
    const std::size_t base = stack.size() - op.schema().arguments().size();
    const std::vector<IValue> given(stack.begin() + static_cast<std::ptrdiff_t>(base), stack.end());
    Recorder::Call call = recorder.begin(op.schema(), given);
    for (std::size_t i = base; i < stack.size(); ++i) {
        if (isKnown(stack[i])) {
            stack[i] = asFloats(stack[i].toTensor());
        } else if (stack[i].isTensorList()) {
            c10::List<Tensor> parts;
            for (const Tensor& part : stack[i].toTensorVector())
                parts.push_back(isKnown(part) ? asFloats(part) : part);
            stack[i] = parts;
        }
    }
    const std::vector<IValue> tried(stack.begin() + static_cast<std::ptrdiff_t>(base), stack.end());
    op.callBoxed(&stack);
    for (std::size_t i = base; i < stack.size(); ++i) {
        const auto same = std::find_if(tried.begin(), tried.end(), [&](const IValue& argument) {
            return argument.isTensor() && stack[i].isTensor() &&
                   argument.toTensor().is_same(stack[i].toTensor());
        });
        if (same != tried.end()) // it works in place
            stack[i] = given[static_cast<std::size_t>(same - tried.begin())];
        else if (stack[i].isTensor() && stack[i].toTensor().scalar_type() == at::kFloat)
            stack[i] = quantised(stack[i].toTensor().sizes(), recorder);
    }
    recorder.end(std::move(call), c10::ArrayRef<IValue>(stack).slice(base));
}

} // namespace sunflop::worker
