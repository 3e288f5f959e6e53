// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/aten.h"
#include "core/playback/einsum.h"

#include <algorithm>

namespace sunflop::aten {

namespace {

Operand seenAs(Operand operand, const Shape& shape)
{
    operand.shape = shape;
    return operand;
}

void playUnknown(Player& player, const AtenOperator& op)
{
    player.record(OpKind::Unknown, op.name, player.operands(false));
}

/// What stands beside the last dimension of a tensor; requires one.
std::int64_t rowsOf(const Shape& shape)
{
    Count rows = 1;
    for (std::size_t i = 0; i + 1 < shape.rank(); ++i)
        rows *= shape[i];
    return rows.value();
}

/// The product, and `added` to it where there is something.
void recordAdded(Player& player, const AtenOperator& op, std::vector<Operand> factors,
                 const std::optional<Operand>& added)
{
    if (!added)
        return player.record(op.kind, op.name, std::move(factors));
    const Operand product = player.intermediate(op.kind, op.name, std::move(factors), player.resultShape());
    player.record(OpKind::Add, {}, {product, *added});
}

std::optional<std::vector<Operand>> foldedInner(const Operand& left, const Operand& right, Count inner)
{
    const auto outer = [&](const Operand& x) { return x.shape.elements().value() / inner.value(); };
    if (inner <= Count(0) || inner.isSaturated())
        return std::nullopt;
    return std::vector{seenAs(left, {outer(left), inner.value()}),
                       seenAs(right, {inner.value(), outer(right)})};
}

OpKind convolutionKind(std::size_t dimensions, bool isTransposed)
{
    switch (dimensions) {
    case 1: return isTransposed ? OpKind::ConvTranspose1d : OpKind::Conv1d;
    case 2: return isTransposed ? OpKind::ConvTranspose2d : OpKind::Conv2d;
    case 3: return isTransposed ? OpKind::ConvTranspose3d : OpKind::Conv3d;
    default: return OpKind::Unknown;
    }
}

/// Steps of the present call's kernel. "same" pads half of what the kernel reaches on either side.
ConvolutionAttributes stepsOf(Player& player, const Shape& weight)
{
    ConvolutionAttributes steps{.groups = std::max<std::int64_t>(1, player.integer("groups", 1))};
    const auto fill = [&](std::array<std::int64_t, 3>& sizes, std::string_view name, std::int64_t otherwise) {
        const std::vector<std::int64_t> given = player.integers(name);
        for (std::size_t i = 0; i < sizes.size(); ++i)
            sizes[i] = given.empty() ? otherwise : given[std::min(i, given.size() - 1)];
    };
    fill(steps.stride, "stride", 1);
    fill(steps.padding, "padding", 0);
    fill(steps.dilation, "dilation", 1);
    steps.padsByName = !player.text("padding").empty();
    if (player.text("padding") == "same")
        for (std::size_t i = 0; i + 2 < weight.rank() && i < steps.padding.size(); ++i)
            steps.padding[i] = steps.dilation[i] * (weight[i + 2] - 1) / 2;
    return steps;
}

/// One operand more of an einsum; `whole.isLast`: its result is the call's.
Operand join(Player& player, Operand left, Operand right, const Contraction& step,
             const EinsumAttributes& whole)
{
    const auto sized = [](Count a, Count b, Count c) { return Shape{a.value(), b.value(), c.value()}; };
    const Shape leftShape = sized(step.batch, step.rows, step.inner);
    const Shape rightShape = sized(step.batch, step.inner, step.columns);
    if (step.sumsLeft)
        left = player.intermediate(OpKind::Reduction, "sum", {left}, leftShape, EinsumAttributes{});
    if (step.sumsRight)
        right = player.intermediate(OpKind::Reduction, "sum", {right}, rightShape, EinsumAttributes{});
    const OpKind kind = step.isProduct ? OpKind::MatMul : OpKind::Mul;
    const std::string_view name = step.isProduct ? "bmm" : "mul";
    std::vector<Operand> factors{seenAs(left, leftShape), seenAs(right, rightShape)};
    if (!whole.isLast)
        return player.intermediate(kind, name, std::move(factors), sized(step.batch, step.rows, step.columns),
                                   whole);
    player.record(kind, name, std::move(factors), whole);
    return {};
}

} // namespace

void playLinear(Player& player, const AtenOperator& op)
{
    std::vector<Operand> inputs = player.operandsNamed({"input", "self", "weight", "bias"});
    if (inputs.size() > 1 && inputs[1].shape.rank() == 1) // a weight of one output without its dimension
        inputs[1].shape = {1, inputs[1].shape[0]};
    player.record(op.kind, {}, std::move(inputs));
}

void playProduct(Player& player, const AtenOperator& op)
{
    std::vector<Operand> factors = player.operands(false);
    if (factors.size() > 2) // scales and biases of low-precision kernels
        factors.resize(2);
    player.record(op.kind, op.name, std::move(factors));
}

void playAddedProduct(Player& player, const AtenOperator& op)
{
    player.record(op.kind, {}, player.operandsNamed({"self", "mat1", "mat2", "batch1", "batch2"}));
}

void playFoldedProduct(Player& player, const AtenOperator& op)
{
    const auto self = player.tensor("self");
    auto left = self;
    auto right = player.tensor("other");
    Count inner = 0;
    if (op.name == "addbmm" || op.name == "addmv") {
        left = player.tensor(op.name == "addmv" ? "mat" : "batch1");
        right = player.tensor(op.name == "addmv" ? "vec" : "batch2");
        const std::size_t rank = left ? left->shape.rank() : 0;
        if (rank == 3)
            inner = Count(left->shape[0]) * left->shape[2];
        else if (rank == 2)
            inner = left->shape[1];
    } else if (op.name == "inner") {
        inner = left && left->shape.rank() > 0 ? left->shape.fromEnd(0).size : 0;
    } else if (left) {
        const auto rank = static_cast<std::int64_t>(left->shape.rank());
        inner = 1;
        for (const std::int64_t dim : player.integers("dims_self"))
            if (dim >= -rank && dim < rank)
                inner *= left->shape[static_cast<std::size_t>(dim < 0 ? dim + rank : dim)];
    }
    const auto factors = left && right ? foldedInner(*left, *right, inner) : std::nullopt;
    if (!factors)
        return playUnknown(player, op);
    recordAdded(player, op, *factors, op.name.starts_with("add") ? self : std::nullopt);
}

void playBilinear(Player& player, const AtenOperator& op)
{
    const auto left = player.tensor("input1");
    const auto right = player.tensor("input2");
    const auto weight = player.tensor("weight");
    if (!left || !right || !weight || weight->shape.rank() != 3 || left->shape.rank() == 0)
        return playUnknown(player, op);
    const std::int64_t outputs = weight->shape[0];
    const std::int64_t width = weight->shape[2];
    const std::int64_t rows = rowsOf(left->shape);
    const std::int64_t all = (Count(outputs) * width).value();
    const Operand half = player.intermediate(
        op.kind, op.name, {seenAs(*left, {rows, weight->shape[1]}), seenAs(*weight, {weight->shape[1], all})},
        {rows, all});
    recordAdded(player, op, {seenAs(half, {rows, outputs, width}), seenAs(*right, {rows, width, 1})},
                player.tensor("bias"));
}

void playEinsum(Player& player, const AtenOperator& op)
{
    const std::vector<Operand> operands = player.tensors("tensors");
    std::vector<Shape> shapes;
    std::ranges::transform(operands, std::back_inserter(shapes), &Operand::shape);
    const auto einsum = readEinsum(player.text("equation"), shapes);
    if (!einsum)
        return playUnknown(player, op);
    const EinsumAttributes last{
        .isLast = true, .isBatchedProduct = einsum->isBatchedProduct, .pathFlops = einsum->pathFlops};
    if (einsum->sumsOnly)
        return player.record(OpKind::Reduction, op.name, operands, last);
    if (einsum->contractions.empty())
        return player.share(operands.front());
    Operand left = operands.front();
    for (std::size_t i = 0; i < einsum->contractions.size(); ++i)
        left = join(player, left, operands[i + 1], einsum->contractions[i],
                    i + 1 == einsum->contractions.size() ? last : EinsumAttributes{});
}

void playPackedLinear(Player& player, const AtenOperator& op)
{
    std::vector<Operand> inputs = player.operands(false);
    const Shape result = player.resultShape();
    if (inputs.size() < 2 || inputs[0].shape.rank() == 0 || result.rank() == 0)
        return playUnknown(player, op);
    inputs.resize(2);
    inputs[1].shape = {result.fromEnd(0), inputs[0].shape.fromEnd(0)};
    player.record(op.kind, op.name, std::move(inputs));
}

void playGroupedProduct(Player& player, const AtenOperator& op)
{
    std::vector<Operand> factors = player.operands(false);
    if (factors.size() < 2)
        return playUnknown(player, op);
    factors.resize(2);
    const bool isByGroup = factors[0].shape.rank() == 2 && factors[1].shape.rank() == 3;
    if (isByGroup) // each row meets the matrix of its group
        factors[1].shape = {factors[1].shape[1], factors[1].shape[2]};
    player.record(op.kind, op.name, std::move(factors));
}

void playConvolution(Player& player, const AtenOperator& op)
{
    std::vector<Operand> inputs = player.operandsNamed({"input", "self", "weight", "bias"});
    const auto weight = player.tensor("weight");
    const bool isTransposed =
        op.name.find("transpose") != std::string_view::npos || player.flag("transposed");
    const OpKind kind = weight && weight->shape.rank() >= 2
                            ? convolutionKind(weight->shape.rank() - 2, isTransposed)
                            : OpKind::Unknown;
    if (kind == OpKind::Unknown)
        return playUnknown(player, op);
    const bool isItsOwn = op.name.find('.') != std::string_view::npos; // of another library
    player.record(kind, isItsOwn ? op.name : std::string_view(), std::move(inputs),
                  stepsOf(player, weight->shape));
}

void playConvTbc(Player& player, const AtenOperator& op)
{
    std::vector<Operand> inputs = player.operandsNamed({"self", "weight", "bias"});
    const Shape result = player.resultShape();
    if (inputs.size() < 2 || inputs[0].shape.rank() != 3 || inputs[1].shape.rank() != 3 || result.rank() != 3)
        return playUnknown(player, op);
    const Shape x = inputs[0].shape;
    const Shape w = inputs[1].shape; // [kernel, in, out]
    inputs[0].shape = {x[1], x[2], x[0]};
    inputs[1].shape = {w[2], w[1], w[0]};
    player.record(op.kind, op.name, std::move(inputs), ConvolutionAttributes{});
}

} // namespace sunflop::aten
