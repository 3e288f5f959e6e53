// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes of results, as PyTorch's documentation of each operator gives them. What this LibTorch has a rule
// for already keeps it.
#include "app/worker/fake_mode.h"

#include <ATen/ExpandUtils.h>
#include <ATen/Functions.h>
#include <c10/core/WrapDimMinimal.h>
#include <torch/library.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace sunflop::worker {

namespace {

using at::IntArrayRef;
using at::Tensor;
using c10::DispatchKey;
using Optional = c10::optional<Tensor>;
using Sizes = std::vector<std::int64_t>;
using Three = std::tuple<Tensor, Tensor, Tensor>;
using torch::jit::Stack;

/// One number stands for all dimensions.
std::int64_t entry(IntArrayRef values, std::size_t i)
{
    TORCH_CHECK(!values.empty(), "an empty list, expected a number for each dimension");
    return values.size() == 1 ? values[0] : values.at(i);
}

Tensor convolution(const Tensor& input, const Tensor& weight, const Optional&, IntArrayRef stride,
                   IntArrayRef padding, IntArrayRef dilation, bool isTransposed, IntArrayRef outputPadding,
                   std::int64_t groups)
{
    const std::int64_t dimensions = weight.dim() - 2;
    TORCH_CHECK(dimensions >= 1 && groups >= 1, "a weight of ", weight.dim(), " dimensions, ", groups,
                " groups");
    TORCH_CHECK(input.dim() == dimensions + 2, "input of ", input.dim(), " dimensions, expected ",
                dimensions + 2);
    const std::int64_t channels = isTransposed ? weight.size(0) : weight.size(1) * groups;
    TORCH_CHECK(input.size(1) == channels, "input has ", input.size(1), " channels, expected ", channels);
    Sizes sizes{input.size(0), isTransposed ? weight.size(1) * groups : weight.size(0)};
    for (std::int64_t i = 0; i < dimensions; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const std::int64_t reach = entry(dilation, at) * (weight.size(i + 2) - 1);
        const std::int64_t in = input.size(i + 2);
        TORCH_CHECK(entry(stride, at) > 0, "a stride of ", entry(stride, at));
        const std::int64_t span = in + 2 * entry(padding, at) - reach - 1;
        TORCH_CHECK(isTransposed || span >= 0, "the padded input is smaller than the kernel");
        sizes.push_back(isTransposed ? (in - 1) * entry(stride, at) - 2 * entry(padding, at) + reach +
                                           entry(outputPadding, at) + 1
                                     : span / entry(stride, at) + 1);
    }
    return at::empty(sizes, input.options());
}

Three batchNorm(const Tensor& input, const Optional&, const Optional&, const Optional&, const Optional&,
                bool isTraining, double, double)
{
    const Sizes channels{isTraining ? input.size(1) : 0};
    return {at::empty_like(input), at::empty(channels, input.options()),
            at::empty(channels, input.options())};
}

Three layerNorm(const Tensor& input, IntArrayRef normalized, const Optional&, const Optional&, double)
{
    Sizes rows = input.sizes().vec();
    TORCH_CHECK(normalized.size() <= rows.size() &&
                    std::equal(normalized.rbegin(), normalized.rend(), rows.rbegin()),
                "input of shape ", input.sizes(), ", expected its last dimensions to be ", normalized);
    std::fill(rows.end() - static_cast<std::ptrdiff_t>(normalized.size()), rows.end(), 1);
    return {at::empty(input.sizes(), input.options()), at::empty(rows, input.options()),
            at::empty(rows, input.options())};
}

Three groupNorm(const Tensor& input, const Optional&, const Optional&, std::int64_t batch, std::int64_t,
                std::int64_t, std::int64_t groups, double)
{
    const Sizes rows{batch, groups};
    return {at::empty(input.sizes(), input.options()), at::empty(rows, input.options()),
            at::empty(rows, input.options())};
}

Tensor indexSelect(const Tensor& self, std::int64_t dimension, const Tensor& index)
{
    Sizes sizes = self.sizes().vec();
    if (!sizes.empty())
        sizes[static_cast<std::size_t>(c10::maybe_wrap_dim(dimension, self.dim()))] = index.numel();
    return at::empty(sizes, self.options());
}

/// The sequence that a recurrent layer gives: its last dimension is that of the state, or of its projection.
Tensor sequence(const Tensor& input, const Tensor& state, bool isBidirectional)
{
    TORCH_CHECK(input.dim() >= 2 && state.dim() >= 1, "input of ", input.dim(),
                " dimensions, expected 2 or 3");
    Sizes sizes = input.sizes().vec();
    sizes.back() = state.size(-1) * (isBidirectional ? 2 : 1);
    return at::empty(sizes, input.options());
}

void checkSequence(const Tensor& input, at::TensorList weights)
{
    TORCH_CHECK(!weights.empty() && weights[0].dim() == 2 && input.dim() >= 1 &&
                    weights[0].size(1) == input.size(-1),
                "input of shape ", input.sizes(), " does not fit the weights");
}

Three lstm(const Tensor& input, at::TensorList states, at::TensorList weights, bool, std::int64_t, double,
           bool, bool isBidirectional, bool)
{
    checkSequence(input, weights);
    TORCH_CHECK(states.size() == 2, states.size(), " states, expected 2");
    return {sequence(input, states[0], isBidirectional), at::empty(states[0].sizes(), input.options()),
            at::empty(states[1].sizes(), input.options())};
}

std::tuple<Tensor, Tensor> recurrent(const Tensor& input, const Tensor& state, at::TensorList weights, bool,
                                     std::int64_t, double, bool, bool isBidirectional, bool)
{
    checkSequence(input, weights);
    return {sequence(input, state, isBidirectional), at::empty(state.sizes(), input.options())};
}

Tensor repeatInterleave(const Tensor& self, std::int64_t repeats, c10::optional<std::int64_t> dimension,
                        c10::optional<std::int64_t>)
{
    Sizes sizes = self.sizes().vec();
    if (dimension && !sizes.empty())
        sizes[static_cast<std::size_t>(c10::maybe_wrap_dim(*dimension, self.dim()))] *= repeats;
    else
        sizes = {self.numel() * repeats};
    return at::empty(sizes, self.options());
}

template<std::size_t dimensions>
Tensor adaptiveAverage(const Tensor& self, IntArrayRef output)
{
    Sizes sizes = self.sizes().vec();
    TORCH_CHECK(sizes.size() > dimensions && output.size() == dimensions, "input of ", self.dim(),
                " dimensions");
    std::copy(output.begin(), output.end(), sizes.end() - static_cast<std::ptrdiff_t>(dimensions));
    return at::empty(sizes, self.options());
}

std::tuple<Tensor, Tensor> maxPool3d(const Tensor& self, IntArrayRef kernel, IntArrayRef stride,
                                     IntArrayRef padding, IntArrayRef dilation, bool isCeiling)
{
    Sizes sizes = self.sizes().vec();
    TORCH_CHECK(sizes.size() >= 4, "input of ", self.dim(), " dimensions, expected 4 or 5");
    for (std::size_t i = 0; i < 3; ++i) {
        const std::int64_t step = stride.empty() ? entry(kernel, i) : entry(stride, i);
        const std::int64_t pad = entry(padding, i);
        std::int64_t& size = sizes[sizes.size() - 3 + i];
        const std::int64_t in = size;
        const std::int64_t span = in + 2 * pad - entry(dilation, i) * (entry(kernel, i) - 1) - 1;
        TORCH_CHECK(step > 0 && span >= 0, "the padded input is smaller than the window");
        size = (span + (isCeiling ? step - 1 : 0)) / step + 1;
        // A window that would begin in the padding behind is left out.
        if (isCeiling && (size - 1) * step >= in + pad)
            --size;
    }
    return {at::empty(sizes, self.options()), at::empty(sizes, self.options().dtype(at::kLong))};
}

Tensor choose(const Tensor& condition, const Tensor& self, const Tensor& other)
{
    const auto sizes = at::infer_size(condition.sizes(), at::infer_size(self.sizes(), other.sizes()));
    return at::empty(sizes, (self.dim() >= other.dim() ? self : other).options().device(at::kMeta));
}

c10::Scalar number(const Tensor&)
{
    stopAtValues("aten::item");
}

bool areEqual(const Tensor& a, const Tensor& b)
{
    if (!a.is_same(b))
        stopAtValues("aten::equal");
    return true;
}

/// The result is like the first operand; in place, it is the first operand.
void likeFirst(const c10::OperatorHandle& op, Stack* stack)
{
    const std::size_t count = op.schema().arguments().size();
    const Tensor first = torch::jit::peek(*stack, 0, count).toTensor();
    torch::jit::drop(*stack, count);
    stack->push_back(op.schema().is_mutable() ? first : at::empty_like(first));
}

Tensor attention(const Tensor& query, const Tensor& key, const Tensor& value, const Optional&, double, bool,
                 c10::optional<double>, bool)
{
    TORCH_CHECK(query.dim() >= 2 && key.dim() == query.dim() && value.dim() == query.dim() &&
                    key.size(-1) == query.size(-1) && key.size(-2) == value.size(-2),
                "query, key and value of shapes ", query.sizes(), ", ", key.sizes(), " and ", value.sizes());
    Sizes sizes = query.sizes().vec();
    sizes.back() = value.size(-1);
    return at::empty(sizes, query.options());
}

Tensor rmsNorm(const Tensor& input, IntArrayRef, const Optional&, c10::optional<double>)
{
    return at::empty_like(input);
}

Tensor oneHot(const Tensor& self, std::int64_t classes)
{
    if (classes < 0)
        stopAtValues("aten::one_hot");
    Sizes sizes = self.sizes().vec();
    sizes.push_back(classes);
    return at::empty(sizes, self.options());
}

Tensor squeezeAll(const Tensor& self, IntArrayRef dimensions)
{
    Tensor result = self;
    std::vector<bool> isDropped(static_cast<std::size_t>(std::max<std::int64_t>(self.dim(), 1)));
    for (const std::int64_t dimension : dimensions)
        isDropped[static_cast<std::size_t>(c10::maybe_wrap_dim(dimension, self.dim()))] = true;
    for (std::int64_t i = self.dim() - 1; i >= 0; --i)
        if (isDropped[static_cast<std::size_t>(i)])
            result = result.squeeze(i);
    return result;
}

Tensor suppressed(const Tensor& boxes, const Tensor&, double)
{
    if (boxes.size(0) != 0)
        stopAtValues("torchvision::nms");
    return at::empty({0}, boxes.options().dtype(at::kLong));
}

Tensor regionsAligned(const Tensor& input, const Tensor& regions, double, std::int64_t height,
                      std::int64_t width, std::int64_t, bool)
{
    return at::empty({regions.size(0), input.size(1), height, width}, input.options());
}

/// linspace and logspace between numbers that are tensors: as many elements as `steps` says. They are of the
/// type that is asked for, else floats or, between complex ends, complex floats.
void evenlySpaced(const c10::OperatorHandle& op, Stack* stack)
{
    const auto& arguments = op.schema().arguments();
    at::TensorOptions options = at::TensorOptions(at::kMeta).dtype(at::kFloat);
    std::int64_t steps = 0;
    Tensor out;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const c10::IValue& given = torch::jit::peek(*stack, i, arguments.size());
        if (arguments[i].name() == "steps")
            steps = given.toInt();
        else if (arguments[i].name() == "out")
            out = given.toTensor();
        else if (arguments[i].name() == "dtype" && given.isInt())
            options = options.dtype(static_cast<at::ScalarType>(given.toInt()));
        else if (given.isComplexDouble() || (given.isTensor() && given.toTensor().is_complex()))
            options = options.dtype(at::kComplexFloat);
    }
    TORCH_CHECK(steps >= 0, steps, " steps");
    torch::jit::drop(*stack, arguments.size());
    stack->push_back(out.defined() ? out.resize_({steps}) : at::empty({steps}, options));
}

c10::optional<c10::OperatorHandle> find(const char* name, const char* overload)
{
    return c10::Dispatcher::singleton().findSchema({std::string("aten::") + name, overload});
}

bool lacksRule(const char* name, const char* overload)
{
    const auto op = find(name, overload);
    return op && !op->hasKernelForDispatchKey(DispatchKey::Meta);
}

template<typename Kernel>
void add(torch::Library& library, const char* name, const char* overload, Kernel&& kernel)
{
    const std::string qualified = *overload == '\0' ? name : std::string(name) + "." + overload;
    if (lacksRule(name, overload))
        library.impl(qualified.c_str(), std::forward<Kernel>(kernel));
}

void addElementwise(torch::Library& library)
{
    const auto boxed = [] { return torch::CppFunction::makeFromBoxedFunction<&likeFirst>(); };
    for (const char* name :
         {"relu",       "relu_",        "relu6",       "hardswish", "hardswish_", "hardtanh",
          "hardtanh_",  "hardsigmoid",  "abs",         "abs_",      "roll",       "flip",
          "celu",       "celu_",        "selu",        "selu_",     "mish",       "rrelu",
          "nan_to_num", "masked_fill_", "logical_not", "clone",     "cumsum"}) {
        const auto op = find(name, "");
        const bool isWhole = op && !op->hasKernelForDispatchKey(DispatchKey::CompositeImplicitAutograd);
        if (isWhole && lacksRule(name, "") &&
            !op->hasKernelForDispatchKey(DispatchKey::CompositeExplicitAutograd))
            library.impl(name, boxed());
    }
}

void addEvenlySpaced(torch::Library& library)
{
    for (const char* name : {"linspace", "logspace"})
        for (const char* overload : {"Tensor_Tensor", "Tensor_Scalar", "Scalar_Tensor", "Tensor_Tensor_out",
                                     "Tensor_Scalar_out", "Scalar_Tensor_out"})
            add(library, name, overload, torch::CppFunction::makeFromBoxedFunction<&evenlySpaced>());
}

/// Operators of later releases, by the schemas that those print.
void addNewer(torch::Library& definitions, torch::Library& kernels)
{
    const auto define = [&](const char* name, const char* overload, const char* schema, auto kernel) {
        if (find(name, overload))
            return;
        definitions.def(schema);
        const std::string qualified = *overload == '\0' ? name : std::string(name) + "." + overload;
        kernels.impl(qualified.c_str(), kernel);
    };
    define(
        "scaled_dot_product_attention", "",
        "scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float "
        "dropout_p=0.0, bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor",
        attention);
    define("rms_norm", "",
           "rms_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor",
           rmsNorm);
    define("squeeze", "dims", "squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)", squeezeAll);
}

} // namespace

void registerShapeRules()
{
    // Registrations end with these objects: they live as long as the process.
    static torch::Library rules(torch::Library::IMPL, "aten", DispatchKey::Meta, __FILE__, __LINE__);
    static torch::Library definitions(torch::Library::FRAGMENT, "aten", c10::nullopt, __FILE__, __LINE__);
    static torch::Library newer(torch::Library::IMPL, "aten", DispatchKey::CompositeExplicitAutograd,
                                __FILE__, __LINE__);
    add(rules, "convolution_overrideable", "", convolution);
    add(rules, "native_batch_norm", "", batchNorm);
    add(rules, "native_layer_norm", "", layerNorm);
    add(rules, "native_group_norm", "", groupNorm);
    add(rules, "index_select", "", indexSelect);
    add(rules, "lstm", "input", lstm);
    add(rules, "gru", "input", recurrent);
    add(rules, "rnn_tanh", "input", recurrent);
    add(rules, "rnn_relu", "input", recurrent);
    add(rules, "repeat_interleave", "self_int", repeatInterleave);
    add(rules, "_adaptive_avg_pool2d", "", adaptiveAverage<2>);
    add(rules, "_adaptive_avg_pool3d", "", adaptiveAverage<3>);
    add(rules, "max_pool3d_with_indices", "", maxPool3d);
    add(rules, "where", "self", choose);
    add(rules, "one_hot", "", oneHot);
    add(rules, "_local_scalar_dense", "", number);
    add(rules, "equal", "", areEqual);
    addElementwise(rules);
    addEvenlySpaced(rules);
    addNewer(definitions, newer);
    registerTries();
}

TORCH_LIBRARY_FRAGMENT(torchvision, library)
{
    library.def("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor", suppressed);
    library.def(
        "roi_align(Tensor input, Tensor rois, float spatial_scale, int pooled_height, int pooled_width, "
        "int sampling_ratio, bool aligned) -> Tensor",
        regionsAligned);
    library.def("_cuda_version() -> int", [] { return std::int64_t{-1}; });
}

} // namespace sunflop::worker
