// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/ops.h"

#include "core/model/promotion.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

void refuse(const Tensor& x, OpKind kind, const std::string& expected)
{
    x.tracer->fail(ErrorKind::Shape, fmt::format("{}: {}", opName(kind), expected));
}

Tensor binary(OpKind kind, Tensor a, Tensor b, Spelling spelling)
{
    const auto shape = broadcast(a.shape(), b.shape());
    if (!shape)
        refuse(a, kind, fmt::format("shapes {} and {} do not broadcast", a.shape().text(), b.shape().text()));
    const DType dtype = promoted(a, b);
    return a.tracer->record(kind, {std::move(a), std::move(b)}, shape.value_or(a.shape()), dtype, spelling);
}

Tensor unary(OpKind kind, Tensor x, Spelling spelling)
{
    return x.tracer->record(kind, {std::move(x)}, x.shape(), x.dtype(), spelling);
}

Tensor withBias(OpKind kind, Tensor x, Tensor weight, std::optional<Tensor> bias, const Shape& shape,
                const OpAttributes& attributes = {})
{
    Tracer& t = *x.tracer;
    if (!bias)
        return t.record(kind, {std::move(x), std::move(weight)}, shape, x.dtype(), Spelling::Functional,
                        attributes);
    if (weight.shape().rank() == 0 || bias->shape().rank() != 1 || bias->size(0) != weight.size(0))
        refuse(x, kind, fmt::format("bias {} for weight {}", bias->shape().text(), weight.shape().text()));
    return t.record(kind, {std::move(x), std::move(weight), *std::move(bias)}, shape, x.dtype(),
                    Spelling::Functional, attributes);
}

/// What autocast hands to a product: wide floats as bf16, weights cast once in a forward.
Tensor lowered(Tensor x)
{
    if (!x.tracer->settings().autocast || x.dtype() != DType::F32)
        return x;
    return x.operand.isParameter ? x.tracer->castOnce(x, DType::BF16) : to(std::move(x), DType::BF16);
}

std::optional<Tensor> lowered(std::optional<Tensor> x)
{
    return x ? std::optional(lowered(*std::move(x))) : std::nullopt;
}

} // namespace

Tensor linear(Tensor x, Tensor weight, std::optional<Tensor> bias)
{
    x = lowered(std::move(x));
    weight = lowered(std::move(weight));
    bias = lowered(std::move(bias));
    Shape shape = x.shape();
    if (shape.rank() == 0 || weight.shape().rank() != 2 || x.fromEnd(0) != weight.size(1))
        refuse(x, OpKind::Linear, fmt::format("input {} for weight {}", shape.text(), weight.shape().text()));
    else
        shape.set(shape.rank() - 1, weight.size(0));
    return withBias(OpKind::Linear, std::move(x), std::move(weight), std::move(bias), shape);
}

Tensor conv2d(Tensor x, Tensor weight, std::optional<Tensor> bias, const Conv2dOptions& options)
{
    const ConvolutionAttributes attributes{.groups = options.groups};
    x = lowered(std::move(x));
    weight = lowered(std::move(weight));
    bias = lowered(std::move(bias));
    bool fits = x.shape().rank() == 4 && weight.shape().rank() == 4 &&
                x.shape()[1] == weight.shape()[1] * options.groups;
    for (const std::size_t i : {2U, 3U})
        fits = fits && x.shape()[i] + 2 * options.padding >= weight.shape()[i];
    Shape shape = x.shape();
    if (fits) {
        shape.set(1, weight.size(0));
        for (const std::size_t i : {2U, 3U})
            shape.set(i, (x.shape()[i] + 2 * options.padding - weight.shape()[i]) / options.stride + 1);
    }
    if (!fits)
        refuse(x, OpKind::Conv2d,
               fmt::format("input {} for weight {}", x.shape().text(), weight.shape().text()));
    return withBias(OpKind::Conv2d, std::move(x), std::move(weight), std::move(bias), shape, attributes);
}

Tensor matmul(Tensor left, Tensor right, Spelling spelling)
{
    left = lowered(std::move(left));
    right = lowered(std::move(right));
    const Shape& a = left.shape();
    const Shape& b = right.shape();
    std::optional<Shape> shape;
    if (a.rank() >= 2 && b.rank() >= 2 && a.fromEnd(0) == b.fromEnd(1)) {
        Shape batchA = a;
        Shape batchB = b;
        for (const std::size_t i : {0U, 1U}) {
            batchA.set(a.rank() - 1 - i, 1);
            batchB.set(b.rank() - 1 - i, 1);
        }
        shape = broadcast(batchA, batchB);
    }
    if (shape) {
        shape->set(shape->rank() - 2, a.fromEnd(1));
        shape->set(shape->rank() - 1, b.fromEnd(0));
    } else {
        refuse(left, OpKind::MatMul, fmt::format("shapes {} and {} do not multiply", a.text(), b.text()));
    }
    return left.tracer->record(OpKind::MatMul, {std::move(left), std::move(right)}, shape.value_or(a),
                               promoted(left, right), spelling);
}

Tensor addmm(Tensor added, Tensor left, Tensor right)
{
    added = lowered(std::move(added));
    left = lowered(std::move(left));
    right = lowered(std::move(right));
    Shape shape = left.shape();
    if (shape.rank() != 2 || right.shape().rank() != 2 || left.size(1) != right.size(0) ||
        added.shape().rank() != 1 || added.size(0) != right.size(1))
        refuse(left, OpKind::AddMm,
               fmt::format("{} times {} plus {}", shape.text(), right.shape().text(), added.shape().text()));
    else
        shape.set(1, right.size(1));
    const DType dtype = left.dtype();
    return left.tracer->record(OpKind::AddMm, {std::move(added), std::move(left), std::move(right)}, shape,
                               dtype, Spelling::Function);
}

Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value,
                                    const AttentionAttributes& attributes, std::optional<Tensor> mask)
{
    query = lowered(std::move(query));
    key = lowered(std::move(key));
    value = lowered(std::move(value));
    const Shape& q = query.shape();
    const Shape& k = key.shape();
    const Shape& v = value.shape();
    Shape shape = q;
    if (q.rank() == 4 && k.rank() == 4 && v.rank() == 4 && q.extent(0) == k.extent(0) &&
        k.extent(0) == v.extent(0) && q.fromEnd(0) == k.fromEnd(0) && k.extent(2) == v.extent(2) &&
        k.extent(1) == v.extent(1) && k[1] > 0 && q[1] % k[1] == 0)
        shape.set(3, v.extent(3));
    else
        refuse(query, OpKind::ScaledDotProductAttention,
               fmt::format("query {}, key {}, value {}", q.text(), k.text(), v.text()));
    Tracer& t = *query.tracer;
    if (mask)
        return t.record(
            OpKind::ScaledDotProductAttention,
            {std::move(query), std::move(key), std::move(value), to(*std::move(mask), query.dtype())}, shape,
            query.dtype(), Spelling::Functional, attributes);
    return t.record(OpKind::ScaledDotProductAttention, {std::move(query), std::move(key), std::move(value)},
                    shape, query.dtype(), Spelling::Functional, attributes);
}

Tensor embedding(Tensor indices, Tensor table)
{
    Shape shape = indices.shape();
    if (table.shape().rank() != 2 || shape.rank() == Shape::maxRank)
        refuse(table, OpKind::Embedding, fmt::format("table {}", table.shape().text()));
    else
        shape.append(table.size(1));
    const DType dtype =
        isBlockFormat(table.dtype()) ? table.tracer->settings().activationDType : table.dtype();
    return table.tracer->record(OpKind::Embedding, {std::move(indices), std::move(table)}, shape, dtype);
}

Tensor softmax(Tensor x, DType dtype, Spelling spelling)
{
    return x.tracer->record(OpKind::Softmax, {std::move(x)}, x.shape(), dtype, spelling);
}

Tensor log_softmax(Tensor x, Spelling spelling)
{
    return unary(OpKind::LogSoftmax, std::move(x), spelling);
}

Tensor nll_loss(Tensor x, Tensor targets)
{
    if (x.shape().rank() != 2 || targets.shape().rank() != 1 || x.size(0) != targets.size(0))
        refuse(x, OpKind::NllLoss,
               fmt::format("log-probabilities {}, targets {}", x.shape().text(), targets.shape().text()));
    return x.tracer->record(OpKind::NllLoss, {std::move(x), std::move(targets)}, {}, x.dtype());
}

Tensor layer_norm(Tensor x, Tensor weight, Tensor bias)
{
    if (x.tracer->settings().autocast)
        x = to(std::move(x), DType::F32);
    if (x.shape().rank() == 0 || weight.shape().rank() != 1 || x.fromEnd(0) != weight.size(0) ||
        !(bias.shape() == weight.shape()))
        refuse(x, OpKind::LayerNorm,
               fmt::format("input {} for weight {} and bias {}", x.shape().text(), weight.shape().text(),
                           bias.shape().text()));
    return x.tracer->record(OpKind::LayerNorm, {std::move(x), std::move(weight), std::move(bias)}, x.shape(),
                            x.dtype());
}

Tensor add(Tensor a, Tensor b, Spelling spelling)
{
    return binary(OpKind::Add, std::move(a), std::move(b), spelling);
}

Tensor mul(Tensor a, Tensor b, Spelling spelling)
{
    return binary(OpKind::Mul, std::move(a), std::move(b), spelling);
}

Tensor div(Tensor a, Tensor b, Spelling spelling)
{
    return binary(OpKind::Div, std::move(a), std::move(b), spelling);
}

Tensor sub(Tensor a, Tensor b, Spelling spelling)
{
    return binary(OpKind::Sub, std::move(a), std::move(b), spelling);
}

Tensor rsub(Tensor x, Spelling spelling)
{
    Tensor one = x.tracer->number();
    return binary(OpKind::RSub, std::move(x), std::move(one), spelling);
}

Tensor neg(Tensor x, Spelling spelling)
{
    return unary(OpKind::Neg, std::move(x), spelling);
}

Tensor pow(Tensor x, Spelling spelling)
{
    Tensor exponent = x.tracer->number();
    return binary(OpKind::Pow, std::move(x), std::move(exponent), spelling);
}

Tensor mean(Tensor x, Spelling spelling)
{
    Shape shape = x.shape();
    if (shape.rank() == 0)
        refuse(x, OpKind::Mean, "a scalar has no last dimension");
    else
        shape.set(shape.rank() - 1, 1);
    return x.tracer->record(OpKind::Mean, {std::move(x)}, shape, x.dtype(), spelling);
}

Tensor rsqrt(Tensor x, Spelling spelling)
{
    return unary(OpKind::RSqrt, std::move(x), spelling);
}

Tensor cos(Tensor x, Spelling spelling)
{
    return unary(OpKind::Cos, std::move(x), spelling);
}

Tensor sin(Tensor x, Spelling spelling)
{
    return unary(OpKind::Sin, std::move(x), spelling);
}

Tensor silu(Tensor x, Spelling spelling)
{
    return unary(OpKind::SiLU, std::move(x), spelling);
}

Tensor gelu(Tensor x, Spelling spelling)
{
    return unary(OpKind::GeLU, std::move(x), spelling);
}

Tensor gelu_tanh(Tensor x, Spelling spelling)
{
    return unary(OpKind::GeLUTanh, std::move(x), spelling);
}

Tensor relu(Tensor x, Spelling spelling)
{
    return unary(OpKind::ReLU, std::move(x), spelling);
}

Tensor tanh(Tensor x, Spelling spelling)
{
    return unary(OpKind::Tanh, std::move(x), spelling);
}

Tensor elementwise(std::string_view name, Tensor x, DType result)
{
    return x.tracer->record(OpKind::Elementwise, {std::move(x)}, x.shape(), result, Spelling::Function, {},
                            name);
}

Tensor reduction(std::string_view name, Tensor x, const Shape& shape, DType result)
{
    return x.tracer->record(OpKind::Reduction, {std::move(x)}, shape, result, Spelling::Function, {}, name);
}

Tensor index_select(Tensor x, Tensor indices)
{
    Shape shape = x.shape();
    if (shape.rank() == 0 || indices.shape().rank() != 1)
        refuse(x, OpKind::Movement, fmt::format("rows {} of {}", indices.shape().text(), x.shape().text()));
    else
        shape.set(0, indices.size(0));
    const DType dtype = x.dtype();
    return x.tracer->record(OpKind::Movement, {std::move(x), std::move(indices)}, shape, dtype,
                            Spelling::Function, {}, "index_select");
}

Tensor interpolate(Tensor x, std::int64_t height, std::int64_t width)
{
    Shape shape = x.shape();
    if (shape.rank() != 4) {
        refuse(x, OpKind::Interpolate, fmt::format("input {}, expected four dimensions", shape.text()));
    } else {
        shape.set(2, height);
        shape.set(3, width);
    }
    return x.tracer->record(OpKind::Interpolate, {std::move(x)}, shape, x.dtype());
}

Tensor argmax(Tensor x)
{
    Shape shape;
    for (std::size_t i = 0; i + 1 < x.shape().rank(); ++i)
        shape.append(x.size(i));
    return x.tracer->record(OpKind::ArgMax, {std::move(x)}, shape, DType::I64);
}

Tensor masked_fill(Tensor x)
{
    return unary(OpKind::MaskedFill, std::move(x), Spelling::Method);
}

Tensor cat(Tensor a, Tensor b, std::size_t dimension)
{
    bool fits = a.shape().rank() == b.shape().rank() && dimension < a.shape().rank();
    for (std::size_t i = 0; fits && i < a.shape().rank(); ++i)
        fits = i == dimension || a.size(i) == b.size(i);
    Shape shape = a.shape();
    if (fits)
        shape.set(dimension, a.size(dimension) + b.size(dimension));
    else
        refuse(a, OpKind::Cat, fmt::format("shapes {} and {}", a.shape().text(), b.shape().text()));
    return a.tracer->record(OpKind::Cat, {std::move(a), std::move(b)}, shape, promoted(a, b));
}

Tensor copy(Tensor x, const Shape& shape)
{
    return x.tracer->record(OpKind::Copy, {std::move(x)}, shape, x.dtype(), Spelling::Method);
}

Tensor to(Tensor x, DType dtype)
{
    if (x.dtype() == dtype)
        return x;
    return x.tracer->record(OpKind::Copy, {std::move(x)}, x.shape(), dtype, Spelling::Method);
}

Tensor view(const Tensor& x, const Shape& shape)
{
    if (x.shape().elements() != shape.elements())
        x.tracer->fail(ErrorKind::Shape, fmt::format("view of {} as {}", x.shape().text(), shape.text()));
    return slice(x, shape);
}

Tensor transpose(const Tensor& x, std::size_t i, std::size_t j)
{
    Shape shape = x.shape();
    if (i >= shape.rank() || j >= shape.rank()) {
        x.tracer->fail(ErrorKind::Shape, fmt::format("transpose of {}", shape.text()));
        return x;
    }
    shape.swap(i, j);
    return slice(x, shape);
}

Tensor slice(const Tensor& x, const Shape& shape)
{
    Tensor result = x;
    result.operand.shape = shape;
    return result;
}

} // namespace sunflop
