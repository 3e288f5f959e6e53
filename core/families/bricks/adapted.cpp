// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/adapted.h"

#include <fmt/format.h>

#include <utility>

namespace sunflop {

namespace {

/// Whether autograd follows a product: DoRA's norm is detached.
enum class Followed : bool { No, Yes };

Tensor lowRankLinear(Tracer& t, const LowRank& low, std::string_view name, const Tensor& x, Followed followed)
{
    const bool isUp = name == "lora_B";
    const Shape& shape = isUp ? low.up : low.down;
    const bool hasBias = isUp && low.hasBias;
    const auto scope = t.module(name, "Linear",
                                {.detail = fmt::format("in_features={}, out_features={}, bias={}", shape[1],
                                                       shape[0], hasBias ? "True" : "False")});
    const ParameterTraits traits{.isAdapter = true, .dtype = low.dtype};
    Tensor weight = t.parameter("weight", shape, traits);
    weight.operand.requiresGradient &= followed == Followed::Yes;
    return hasBias ? linear(x, weight, t.parameter("bias", {shape[0]}, traits)) : linear(x, weight);
}

/// B A x, not yet scaled, in the adapter's type.
Tensor throughBoth(Tracer& t, const LowRank& low, const Tensor& x, Followed followed = Followed::Yes)
{
    return lowRankLinear(t, low, "lora_B", lowRankLinear(t, low, "lora_A", x, followed), followed);
}

/// A result of mixed types has the type that the layer would have had alone.
Tensor sum(Tensor y, Tensor change)
{
    const DType dtype = y.dtype();
    return to(add(std::move(y), std::move(change)), dtype);
}

/// peft's DoraLinearLayer: what is added to the layer's own result. The norms are taken anew in every
/// forward, of the weight plus the product of both matrices, which is made by passing an identity through
/// them.
Tensor magnified(Tracer& t, const LowRank& low, const Tensor& x, const Tensor& weight,
                 const std::optional<Tensor>& bias, const Tensor& y)
{
    const std::int64_t in = low.down[1];
    const std::int64_t out = low.up[0];
    Tensor product = transpose(throughBoth(t, low, t.create({in, in}, low.dtype), Followed::No), 0, 1);
    Tensor ratio = [&] {
        const auto scope = t.module("lora_magnitude_vector", "DoraLinearLayer");
        const Tensor magnitude = t.parameter("weight", {out}, {.isAdapter = true, .dtype = low.dtype});
        const Tensor whole = add(to(weight, low.dtype), mul(std::move(product), t.number()));
        const Tensor norm = t.record(OpKind::Reduction, {whole}, {out}, low.dtype, Spelling::Function, {},
                                     "linalg_vector_norm");
        return view(div(magnitude, norm), {1, out});
    }();
    const Tensor change = mul(mul(ratio, throughBoth(t, low, x)), t.number());
    const Tensor own = bias ? sub(y, *bias) : y;
    return add(mul(sub(ratio, t.number()), own), change);
}

} // namespace

Tensor adaptedLinear(Tracer& t, const LowRank& low, const Tensor& x, const Tensor& weight,
                     const std::optional<Tensor>& bias, Tensor y)
{
    const Tensor input = to(x, low.dtype);
    Tensor change = low.hasMagnitude ? magnified(t, low, input, weight, bias, y)
                                     : mul(throughBoth(t, low, input), t.number());
    return sum(std::move(y), std::move(change));
}

Tensor adaptedConvolution(Tracer& t, const LowRank& low, const Tensor& x, std::int64_t stride, Tensor y)
{
    const auto part = [&](std::string_view name, const Tensor& from, const Shape& shape, std::int64_t step) {
        const auto scope =
            t.module(name, "Conv2d",
                     {.detail = fmt::format("{}, {}, kernel_size=({}, {}), stride=({}, {}), bias=False",
                                            shape[1], shape[0], shape[2], shape[3], step, step)});
        return conv2d(from, t.parameter("weight", shape, {.isAdapter = true, .dtype = low.dtype}), {},
                      {.stride = step});
    };
    if (low.hasMagnitude || low.hasBias)
        t.fail(ErrorKind::Unsupported, "an adapter of a convolution with a magnitude (DoRA) or a bias, which "
                                       "is not read; expected lora_A and lora_B alone");
    Tensor change = part("lora_B", part("lora_A", to(x, low.dtype), low.down, stride), low.up, 1);
    return sum(std::move(y), mul(std::move(change), t.number()));
}

Tensor adaptedEmbedding(Tracer& t, const LowRank& low, const Tensor& indices, Tensor y)
{
    const ParameterTraits traits{.isAdapter = true, .dtype = low.dtype};
    if (low.hasMagnitude)
        t.fail(ErrorKind::Unsupported,
               "an adapter of an embedding with a magnitude (DoRA), which is not read; "
               "expected lora_embedding_A and lora_embedding_B alone");
    const Tensor down = t.parameter("lora_embedding_A", low.down, traits);
    const Tensor up = t.parameter("lora_embedding_B", low.up, traits);
    Tensor change =
        matmul(embedding(indices, transpose(down, 0, 1)), transpose(up, 0, 1), Spelling::Operator);
    return sum(std::move(y), mul(std::move(change), t.number()));
}

} // namespace sunflop
