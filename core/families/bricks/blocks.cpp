// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/blocks.h"

#include "core/base/plain_text.h"
#include "core/base/units.h"
#include "core/families/bricks/adapted.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace sunflop {

Tensor linear(Tracer& t, std::string_view name, const Tensor& x, std::int64_t out, Bias bias, Role role,
              std::string_view tie, std::string_view biasTie)
{
    const std::int64_t in = x.fromEnd(0).size;
    const bool hasBias = bias == Bias::Yes;
    const auto scope = t.module(name, "Linear",
                                {.detail = fmt::format("in_features={}, out_features={}, bias={}", in, out,
                                                       hasBias ? "True" : "False"),
                                 .role = role});
    const Tensor weight = t.parameter("weight", {out, in}, {.tie = tie});
    std::optional<Tensor> added;
    if (hasBias)
        added = t.parameter("bias", {out}, {.tie = biasTie});
    Tensor y = linear(x, weight, added);
    const auto low = t.adapter({out, in});
    return low ? adaptedLinear(t, *low, x, weight, added, std::move(y)) : y;
}

namespace {

/// Conv1D of transformers' pytorch_utils.py: x [b, n, in] to [b, n, out].
Tensor conv1d(Tracer& t, std::string_view name, const Tensor& x, std::int64_t out)
{
    const std::int64_t in = x.fromEnd(0).size;
    const auto scope = t.module(name, "Conv1D", {.detail = fmt::format("nf={}, nx={}", out, in)});
    const Tensor weight = t.parameter("weight", {in, out});
    const Tensor bias = t.parameter("bias", {out});
    const Tensor rows = view(x, {x.size(0) * x.size(1).size, in});
    Tensor y = view(addmm(bias, rows, weight), {x.size(0), x.size(1), out});
    const auto low = t.adapter({out, in});
    return low ? adaptedLinear(t, *low, x, transpose(weight, 0, 1), bias, std::move(y)) : y;
}

} // namespace

Tensor product(Tracer& t, ProductClass layer, std::string_view name, const Tensor& x, std::int64_t out,
               Bias bias)
{
    return layer == ProductClass::Conv1d ? conv1d(t, name, x, out) : linear(t, name, x, out, bias);
}

Tensor embedding(Tracer& t, std::string_view name, const Tensor& ids, std::int64_t rows, std::int64_t width,
                 std::optional<std::int64_t> paddingRow, std::string_view tie, std::string_view className,
                 bool scales)
{
    std::string detail = fmt::format("{}, {}", rows, width);
    if (paddingRow)
        detail += fmt::format(", padding_idx={}", *paddingRow < 0 ? rows + *paddingRow : *paddingRow);
    const auto scope = t.module(name, className, {.detail = std::move(detail), .role = Role::Embedding});
    Tensor y = embedding(ids, t.parameter("weight", {rows, width}, {.tie = tie}));
    if (scales)
        y = mul(std::move(y), t.number());
    const auto low = t.adapter({rows, width}, true);
    return low ? adaptedEmbedding(t, *low, ids, std::move(y)) : y;
}

Tensor patchConvolution(Tracer& t, std::string_view name, const Tensor& x, std::int64_t out,
                        std::int64_t patch)
{
    const std::int64_t in = x.shape()[1];
    const auto scope = t.module(name, "Conv2d",
                                {.detail = fmt::format("{}, {}, kernel_size=({}, {}), stride=({}, {})", in,
                                                       out, patch, patch, patch, patch),
                                 .role = Role::Conv});
    const Shape shape{out, in, patch, patch};
    const Tensor weight = t.parameter("weight", shape);
    Tensor y = conv2d(x, weight, t.parameter("bias", {out}), {.stride = patch});
    const auto low = t.adapter(shape);
    return low ? adaptedConvolution(t, *low, x, patch, std::move(y)) : y;
}

Tensor layerNorm(Tracer& t, std::string_view name, const Tensor& x, double epsilon)
{
    const std::int64_t width = x.fromEnd(0).size;
    const auto scope = t.module(
        name, "LayerNorm",
        {.detail = fmt::format("({},), eps={}, elementwise_affine=True", width, pythonFloat(epsilon)),
         .role = Role::Norm});
    const Tensor weight = t.parameter("weight", {width});
    return layer_norm(x, weight, t.parameter("bias", {width}));
}

Tensor rmsNorm(Tracer& t, std::string_view name, const Tensor& x, const RmsNormStyle& style)
{
    const std::int64_t width = x.fromEnd(0).size;
    std::string detail;
    if (style.printsShape)
        detail = fmt::format("({},), eps={}", width, pythonFloat(style.epsilon));
    const auto scope = t.module(name, style.className, {.detail = std::move(detail), .role = Role::Norm});
    const Tensor weight = t.parameter("weight", {width});
    Tensor wide = to(x, DType::F32);
    const Tensor variance = mean(pow(wide));
    Tensor scaled = mul(std::move(wide), rsqrt(add(variance, t.number())));
    if (style.addsOne) {
        scaled = mul(std::move(scaled), add(to(weight, DType::F32), t.number()));
        return to(std::move(scaled), x.dtype());
    }
    return style.weightOnTheLeft ? mul(weight, to(scaled, x.dtype())) : mul(to(scaled, x.dtype()), weight);
}

void idle(Tracer& t, std::string_view name, std::string_view className, std::string detail)
{
    const auto scope = t.module(name, className, {.detail = std::move(detail)});
}

void dropout(Tracer& t, std::string_view name, double probability)
{
    idle(t, name, "Dropout", fmt::format("p={}, inplace=False", pythonFloat(probability)));
}

Tensor dropout(Tracer& t, std::string_view name, Tensor x, double probability, Mode mode)
{
    const auto scope =
        t.module(name, "Dropout", {.detail = fmt::format("p={}, inplace=False", pythonFloat(probability))});
    return mode == Mode::Training && probability > 0 ? elementwise("dropout", std::move(x), x.dtype()) : x;
}

Tensor activation(Tracer& t, std::string_view name, const Tensor& x, std::string_view act,
                  Version transformers)
{
    const ModuleTraits traits{.role = Role::Activation};
    if (act == "silu" || act == "swish") {
        const bool ownClass =
            transformers < Version{4, 30} || (act == "silu" && transformers >= Version{5, 0});
        const auto scope = t.module(name, ownClass ? "SiLUActivation" : "SiLU", traits);
        return silu(x);
    }
    if (act == "gelu") {
        const auto scope = t.module(name, "GELUActivation", traits);
        return gelu(x, Spelling::Captured);
    }
    if (act == "gelu_pytorch_tanh") {
        const bool renamed = transformers >= Version{4, 56};
        const auto scope = t.module(name, renamed ? "GELUTanh" : "PytorchGELUTanh", traits);
        return gelu_tanh(x, renamed ? Spelling::Captured : Spelling::Functional);
    }
    if (act == "gelu_new") { // 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))
        const auto scope = t.module(name, "NewGELUActivation", traits);
        Tensor inner = add(x, mul(pow(x, Spelling::Function), t.number()));
        inner = add(tanh(mul(std::move(inner), t.number())), t.number());
        return mul(mul(x, t.number()), std::move(inner));
    }
    if (act == "relu") {
        const auto scope = t.module(name, "ReLU", traits);
        return relu(x);
    }
    t.fail(ErrorKind::Unsupported,
           fmt::format("activation \"{}\", expected silu, swish, gelu, gelu_new, gelu_pytorch_tanh or relu",
                       shortened(act)));
    return x;
}

Tensor splitHeads(const Tensor& x, std::int64_t heads, std::int64_t width)
{
    return transpose(view(x, {x.size(0), x.size(1), heads, width}), 1, 2);
}

Tensor floatSoftmax(const Tensor& scores, DType result)
{
    Tensor input = scores.dtype() == DType::BF16 ? to(scores, DType::F32) : scores;
    return to(softmax(std::move(input), DType::F32), result);
}

Tensor mergeHeads(const Tensor& x, HeadOrder order)
{
    const Shape merged{x.size(0), x.size(2), x.size(1) * x.size(3).size};
    return order == HeadOrder::TokensFirst ? slice(x, merged) : copy(x, merged);
}

HeadOrder headOrder(AttentionKernel kernel)
{
    return kernel == AttentionKernel::Eager ? HeadOrder::HeadsFirst : HeadOrder::TokensFirst;
}

void checkVisionSizes(ConfigReader& config, const VisionSizes& sizes)
{
    if (sizes.hidden % sizes.heads != 0)
        config.refuse("num_attention_heads", fmt::format("found {}, expected a divisor of hidden_size {}",
                                                         sizes.heads, sizes.hidden));
    if (sizes.imageSize > mostPixels)
        config.refuse("image_size",
                      fmt::format("found {}, expected at most {}", sizes.imageSize, mostPixels));
    if (sizes.imageSize < sizes.patch)
        config.refuse("patch_size",
                      fmt::format("found {}, expected at most image_size {}", sizes.patch, sizes.imageSize));
}

std::optional<std::size_t> readArchitecture(ConfigReader& config, std::span<const std::string_view> known)
{
    const std::vector<std::string> names = config.texts("architectures");
    if (names.empty())
        return std::nullopt;
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    auto found = std::ranges::find(known, names.front());
    if (found == known.end()) // LLaMAForCausalLM, of its first days
        found = std::ranges::find_if(known, [&](std::string_view name) {
            return std::ranges::equal(name, names.front(), {}, lower, lower);
        });
    if (found == known.end()) {
        config.refuse("architectures",
                      fmt::format("found \"{}\", expected {}{}{}", shortened(names.front()),
                                  fmt::join(known.first(known.size() - 1), ", "),
                                  known.size() > 1 ? " or " : "", known.back()),
                      ErrorKind::Unsupported);
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - known.begin());
}

std::int64_t readLabels(ConfigReader& config)
{
    if (config.has("id2label"))
        return static_cast<std::int64_t>(config.object("id2label").json().size());
    return config.count("num_labels", 2);
}

DType readDType(ConfigReader& config)
{
    const std::string_view key = config.has("dtype") ? "dtype" : "torch_dtype";
    const auto dtype = dtypeNamed(config.text(key, "bfloat16"));
    if (!dtype)
        config.refuse(key, dtype.error().detail, ErrorKind::Unsupported);
    else if (!isFloat(*dtype) && *dtype != DType::I8)
        config.refuse(key, fmt::format("found {}, expected a type that holds weights", info(*dtype).id),
                      ErrorKind::Unsupported);
    return dtype.value_or(DType::BF16);
}

DType activationsFor(DType dtype)
{
    return isFloat(dtype) && info(dtype).blockElements == 1 && info(dtype).blockBytes >= 2 ? dtype
                                                                                           : DType::BF16;
}

namespace {

std::optional<Role> roleOf(LoraTargets targets)
{
    switch (targets) {
    case LoraTargets::AllLinear:
    case LoraTargets::Stored: return std::nullopt;
    case LoraTargets::Attention: return Role::Attention;
    case LoraTargets::Mlp: return Role::Mlp;
    }
    return std::nullopt;
}

} // namespace

Tracer::Settings tracerSettings(const Workload& workload)
{
    // Beside packed weights adapters are in the type that products compute in.
    const bool isPacked =
        !workload.quantisation.empty() || activationsFor(workload.weightDType) != workload.weightDType;
    return {.weightDType = workload.weightDType,
            .activationDType = workload.activationDType,
            .gradients = !workload.isGeneration(),
            .inputGradients = workload.inputGradients && !workload.isGeneration(),
            .autocast = workload.autocast,
            .loraRank = workload.hasAdapters() ? workload.loraRank : 0,
            .loraRole = roleOf(workload.loraTargets),
            .adapterDType = isPacked ? workload.activationDType : workload.weightDType,
            .adapters = workload.hasAdapters() ? workload.adapters.get() : nullptr};
}

std::vector<Step> runSteps(const Workload& workload, std::int64_t promptTokens,
                           std::vector<std::int64_t> windows)
{
    std::int64_t cached = workload.cachedTokens + promptTokens;
    const std::int64_t end = cached + workload.decodeSteps();
    std::vector<Step> steps{{.phase = {Phase::Kind::Prefill, 1},
                             .cached = workload.cachedTokens,
                             .tokens = promptTokens,
                             .end = end}};
    std::ranges::sort(windows);
    windows.push_back(end + 1);
    for (const std::int64_t window : windows) {
        const std::int64_t until = std::min(window - 1, end);
        if (until <= cached)
            continue;
        steps.push_back(
            {.phase = {Phase::Kind::Decode, until - cached}, .cached = {cached, 1}, .tokens = 1, .end = end});
        cached = until;
    }
    return steps;
}

} // namespace sunflop
