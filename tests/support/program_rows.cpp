// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/convention_rows.h"

namespace sunflop::test {

namespace {

/// A call with attributes, spelled as a function.
Op with(OpKind kind, const std::vector<Shape>& inputs, const Shape& output, const OpAttributes& attributes)
{
    std::vector<Operand> operands;
    for (const Shape& shape : inputs)
        operands.push_back(tensor(shape));
    return call(kind, std::move(operands), output, Spelling::Functional, attributes);
}

Op named(std::string_view name, Op op)
{
    op.name = name;
    return op;
}

/// Called by Python under this name.
Op calledAs(std::string_view function, Op op)
{
    op.function = function;
    return op;
}

Op spelled(Spelling spelling, Op op)
{
    op.spelling = spelling;
    return op;
}

Op named(OpKind kind, std::string_view name)
{
    return unary(kind, Spelling::Functional, name);
}

std::vector<Row> convolutions()
{
    const ConvolutionAttributes plain{};
    const ConvolutionAttributes halves{.groups = 2};
    constexpr std::int64_t one = 2 * 64 * 50 * (1000 * 3);
    constexpr std::int64_t three = 3 * 8 * (3 * 4 * 5) * (2 * 3 * 3 * 3);
    return {
        {"over a sequence", with(OpKind::Conv1d, {{2, 1000, 50}, {64, 1000, 3}, {64}}, {2, 64, 50}, plain),
         product(one, 2 * 64 * 50), product(one, 2 * 64 * 50), product(one), single(one)},
        {"over a volume, in two groups",
         with(OpKind::Conv3d, {{3, 4, 5, 6, 7}, {8, 2, 3, 3, 3}}, {3, 8, 3, 4, 5}, halves), product(three),
         product(three), product(three), single(three)},
        // Half of the 3 that a kernel of 4 reaches is 1 on either side for calflops: one of 9 positions is
        // lost.
        {"\"same\" padding of an even kernel",
         with(OpKind::Conv1d, {{2, 4, 9}, {5, 4, 4}, {5}}, {2, 5, 9},
              ConvolutionAttributes{.stride = {1}, .padding = {1}, .dilation = {1}}),
         product(2 * 5 * 9 * (4 * 4), 2 * 5 * 9), product(2 * 5 * 8 * (4 * 4), 2 * 5 * 8),
         product(2 * 5 * 9 * (4 * 4)), single(2 * 5 * 9 * (4 * 4))},
        {"torch.conv1d",
         spelled(Spelling::Function, with(OpKind::Conv1d, {{4, 9}, {5, 4, 2}}, {5, 8}, plain)),
         product(5 * 8 * (4 * 2)), uncounted, product(5 * 8 * (4 * 2)), single(5 * 8 * (4 * 2))},
        {"of another library",
         named("torchvision.deform_conv2d",
               with(OpKind::Conv2d, {{1, 4, 5, 5}, {6, 4, 1, 1}}, {1, 6, 5, 5}, plain)),
         product(6 * 5 * 5 * 4), uncounted, uncounted, uncounted},
        {"without a batch", with(OpKind::Conv1d, {{4, 9}, {5, 4, 2}}, {5, 8}, plain),
         product(5 * 8 * (4 * 2)), product(5 * 8 * (4 * 2)), product(5 * 8 * (4 * 2)),
         single(5 * 8 * (4 * 2))},
    };
}

/// Every element of the input meets every filter of its group.
std::vector<Row> transposed()
{
    const ConvolutionAttributes everySecond{.stride = {2}, .padding = {0}, .dilation = {1}};
    constexpr std::int64_t one = 2 * 64 * 50 * (32 * 4);
    constexpr std::int64_t two = 3 * 4 * (5 * 5) * (3 * 2 * 2);
    constexpr std::int64_t three = 2 * 3 * (2 * 2 * 2) * (5 * 3 * 3 * 3);
    const std::vector<Shape> sequence{{2, 64, 50}, {64, 32, 4}, {32}};
    return {
        // calflops adds the bias at the (50 - 4) / 2 + 1 positions of a plain convolution.
        {"over a sequence", with(OpKind::ConvTranspose1d, sequence, {2, 32, 102}, everySecond),
         product(one, 2 * 32 * 102), product(one, 2 * 32 * 24), product(one), single(one)},
        // (3 - 9) / 2 + 1 positions one way, (8 - 2) / 2 + 1 the other: calflops takes 2 * 4 from the bias.
        {"a kernel larger than the image",
         with(OpKind::ConvTranspose2d, {{1, 4, 3, 8}, {4, 6, 9, 2}, {6}}, {1, 6, 13, 16},
              ConvolutionAttributes{.stride = {2, 2}, .padding = {0, 0}, .dilation = {1, 1}}),
         product(4 * 3 * 8 * (6 * 9 * 2), 6 * 13 * 16),
         Work{4 * 3 * 8 * (6 * 9 * 2), 2 * 4 * 3 * 8 * (6 * 9 * 2) - 6 * 2 * 4},
         product(4 * 3 * 8 * (6 * 9 * 2)), single(4 * 3 * 8 * (6 * 9 * 2))},
        {"a bias and steps that are not told",
         with(OpKind::ConvTranspose1d, sequence, {2, 32, 102}, ConvolutionAttributes{}),
         product(one, 2 * 32 * 102), uncounted, product(one), single(one)},
        // calflops divides the weight's three channels by two groups: one is left.
        {"over an image, in two groups",
         with(OpKind::ConvTranspose2d, {{3, 4, 5, 5}, {4, 3, 2, 2}}, {3, 6, 10, 10},
              ConvolutionAttributes{.groups = 2}),
         product(two), product(two / 3), product(two), single(two)},
        {"over a volume",
         with(OpKind::ConvTranspose3d, {{2, 3, 2, 2, 2}, {3, 5, 3, 3, 3}}, {2, 5, 4, 4, 4},
              ConvolutionAttributes{}),
         product(three), product(three), product(three), single(three)},
    };
}

std::vector<Row> matrixProducts()
{
    constexpr std::int64_t plain = 3 * 7 * 11;
    const auto multiply = [](const Shape& left, const Shape& right, const Shape& output) {
        return with(OpKind::MatMul, {left, right}, output, {});
    };
    const std::vector<Shape> batch{{2, 3, 11}, {2, 3, 7}, {2, 7, 11}};
    Op method = with(OpKind::BAddBmm, batch, {2, 3, 11}, {});
    method.spelling = Spelling::Method;
    Op plainMatrix = multiply({3, 7}, {7, 11}, {3, 11});
    plainMatrix.name = "mm";
    return {
        // calflops adds the elements of what is added, not those of the result.
        {"a bias is added", with(OpKind::AddMm, {{11}, {3, 7}, {7, 11}}, {3, 11}, {}), product(plain, 3 * 11),
         product(plain, 11), product(plain), single(plain)},
        {"a batch is added", with(OpKind::BAddBmm, batch, {2, 3, 11}, {}), product(2 * plain, 2 * 3 * 11),
         product(2 * plain, 2 * 3 * 11), product(2 * plain), uncounted},
        {"method", method, product(2 * plain, 2 * 3 * 11), uncounted, product(2 * plain), uncounted},
        {"mm", plainMatrix, product(plain), uncounted, product(plain), single(plain)},
        {"bmm", named("bmm", multiply({2, 3, 7}, {2, 7, 11}, {2, 3, 11})), product(2 * plain), uncounted,
         product(2 * plain), single(2 * plain)},
        {"x.addmm", spelled(Spelling::Method, with(OpKind::AddMm, {{11}, {3, 7}, {7, 11}}, {3, 11}, {})),
         product(plain, 3 * 11), product(plain, 11), product(plain), single(plain)},
        {"F.linear, decomposed",
         calledAs("linear", with(OpKind::AddMm, {{11}, {3, 7}, {7, 11}}, {3, 11}, {})),
         product(plain, 3 * 11), product(plain), product(plain), single(plain)},
        {"of F.scaled_dot_product_attention",
         calledAs("scaled_dot_product_attention", named("bmm", multiply({2, 3, 7}, {2, 7, 11}, {2, 3, 11}))),
         product(2 * plain), uncounted, product(2 * plain), single(2 * plain)},
        {"bilinear", with(OpKind::Bilinear, {{3, 7}, {7, 11}}, {3, 11}, {}), product(plain), uncounted,
         uncounted, uncounted},
        {"addbmm", named("addbmm", multiply({3, 7}, {7, 11}, {3, 11})), product(plain), uncounted, uncounted,
         uncounted},
        {"packed weights", named("_weight_int8pack_mm", with(OpKind::Linear, {{3, 7}, {11, 7}}, {3, 11}, {})),
         product(plain), uncounted, uncounted, uncounted},
        // calflops takes the vector's own size for columns.
        {"matrix times vector", multiply({3, 7}, {7}, {3}), product(3 * 7), product(3 * 7 * 7), uncounted,
         uncounted},
        {"vector times vector", multiply({7}, {7}, {}), product(7), product(7 * 7), uncounted, uncounted},
        {"vector times matrix", multiply({7}, {7, 11}, {11}), product(7 * 11), product(7 * 11),
         product(7 * 11), single(7 * 11)},
        {"vector times matrices", multiply({7}, {2, 7, 11}, {2, 11}), product(2 * 7 * 11), product(7 * 11),
         uncounted, single(7 * 11)},
    };
}

/// A part of an einsum, and the whole of one, [2, 4, 8] by [2, 8, 6]. numpy adds 1 and prints four digits.
std::vector<Row> einsums()
{
    constexpr std::int64_t macs = 2 * 4 * 8 * 6;
    const auto part = [](const EinsumAttributes& attributes) {
        return named("bmm", with(OpKind::MatMul, {{2, 4, 8}, {2, 8, 6}}, {2, 4, 6}, attributes));
    };
    const EinsumAttributes whole{.isLast = true, .pathFlops = 2 * macs + 1};
    const EinsumAttributes large{.isLast = true, .pathFlops = 2 * 123'456 + 1}; // 2.469e+05
    const EinsumAttributes batched{.isLast = true, .isBatchedProduct = true, .pathFlops = 2 * macs + 1};
    return {
        {"a first step", part({}), product(macs), freeWork, product(macs), freeWork},
        {"the last step", part(whole), product(macs), flops(2 * macs + 1), product(macs), single(macs)},
        {"four digits", part(large), product(macs), flops(246'900), product(macs), single(246'900 / 2)},
        {"a batched product", part(batched), product(macs), flops(2 * macs + 1), product(macs), single(macs)},
        {"too many operands", part({.isLast = true}), product(macs), uncounted, product(macs), uncounted},
    };
}

/// Gates of every unit: three sigmoids of four operations, a tanh, and so on; see the exact convention's
/// notes.
std::vector<Row> recurrent()
{
    const RecurrentAttributes twoLayers{.layers = 2};
    const RecurrentAttributes bothWays{.isBidirectional = true, .hasBias = false};
    const Shape b{512};
    const std::vector<Shape> lstm{{2, 50, 64}, {512, 64}, {512, 128}, b, b, {512, 128}, {512, 128}, b, b};
    constexpr std::int64_t lstmMacs = 2 * 50 * (512 * 64 + 3 * 512 * 128);
    constexpr std::int64_t gruMacs = 7 * 3 * 2 * (12 * 5 + 12 * 4);
    constexpr std::int64_t projected = 21 * (24 * 5 + 24 * 2 + 2 * 6);
    Op cell = with(OpKind::Rnn, {{3, 5}, {4, 5}, {4, 4}, {4}, {4}}, {3, 4}, RecurrentAttributes{});
    cell.name = "rnn_tanh_cell";
    return {
        {"LSTM, two layers of 128 units", with(OpKind::Lstm, lstm, {2, 50, 128}, twoLayers),
         product(lstmMacs, 2 * 50 * (4 * 512 + 22 * (2 * 128))),
         flops(2 * 50 *
               ((2 * 512 * 64 - 512) + 3 * (2 * 512 * 128 - 512) + 2 * (10 * 128) + 2 * (512 + 512))),
         uncounted, uncounted},
        {"GRU, both ways, no biases",
         with(OpKind::Gru, {{7, 3, 5}, {12, 5}, {12, 4}, {12, 5}, {12, 4}}, {7, 3, 8}, bothWays),
         product(gruMacs, 7 * 3 * (17 * (2 * 4))),
         flops(7 * 3 * 2 * ((2 * 12 * 5 - 12) + (2 * 12 * 4 - 12) + 7 * 4)), uncounted, uncounted},
        {"LSTM that projects six units to two",
         with(OpKind::Lstm, {{7, 3, 5}, {24, 5}, {24, 2}, {24}, {24}, {2, 6}}, {7, 3, 2},
              RecurrentAttributes{}),
         product(projected, 21 * (2 * 24 + 22 * 6)),
         flops(21 * ((2 * 24 * 5 - 24) + (2 * 24 * 2 - 24) + 10 * 6 + 2 * 24)), uncounted, uncounted},
        // A single step is not fused: its products are seen.
        {"RNN cell", cell, product(3 * (4 * 5 + 4 * 4), 3 * (2 * 4 + 2 * 4)),
         flops(3 * ((2 * 4 * 5 - 4) + (2 * 4 * 4 - 4) + 4 + 2 * 4)), product(3 * (4 * 5 + 4 * 4)),
         single(3 * (4 * 5 + 4 * 4))},
    };
}

std::vector<Row> norms()
{
    constexpr std::int64_t n = 2 * 6 * 8 * 8;
    const Shape x{2, 6, 8, 8};
    const std::vector<Shape> affine{x, {6}, {6}};
    const NormAttributes given{.usesStatistics = true};
    const auto row = [&](const char* name, OpKind kind, const std::vector<Shape>& inputs,
                         const NormAttributes& attributes, std::int64_t exact, std::int64_t others) {
        return Row{name,         with(kind, inputs, x, attributes), flops(exact), flops(others), uncounted,
                   flops(others)};
    };
    const Op rms = with(OpKind::RmsNorm, {{3, 5, 7}, {7}}, {3, 5, 7}, NormAttributes{});
    return {
        row("in inference", OpKind::BatchNorm, affine, given, 4 * n + 2 * 6, 2 * n),
        row("in inference, no weight", OpKind::BatchNorm, {x}, given, 2 * n + 2 * 6, n),
        row("in training", OpKind::BatchNorm, affine, {}, 7 * n + 2 * 6, 5 * n),
        row("in training, no weight", OpKind::BatchNorm, {x}, {}, 5 * n + 2 * 6, 4 * n),
        row("three groups", OpKind::GroupNorm, affine, {.rows = 2 * 3}, 7 * n + 2 * (2 * 3), 5 * n),
        row("every channel", OpKind::InstanceNorm, {x}, {}, 5 * n + 2 * (2 * 6), 4 * n),
        row("no weight", OpKind::LayerNorm, {x}, {}, 5 * n + 2 * (2 * 6 * 8), 4 * n),
        row("over an image", OpKind::LayerNorm, {x, {6, 8, 8}, {6, 8, 8}}, {.rows = 2}, 7 * n + 2 * 2, 5 * n),
        {"rows of seven", rms, flops(4 * (3 * 5 * 7) + 2 * (3 * 5)), uncounted, uncounted, uncounted},
    };
}

std::vector<Row> resampling()
{
    const Shape x{2, 3, 8, 8};
    constexpr std::int64_t in = 2 * 3 * 8 * 8;
    const PoolAttributes nine{.window = 3 * 3};
    const auto resize = [](std::int64_t taps, bool isByFactor) {
        return with(OpKind::Interpolate, {{1, 8, 4, 4}}, {1, 8, 6, 5},
                    InterpolateAttributes{.taps = taps, .isByFactor = isByFactor});
    };
    constexpr std::int64_t out = 8 * 6 * 5;
    const auto sample = [](std::int64_t taps, const Shape& output) {
        return named("grid_sampler", with(OpKind::Interpolate, {{1, 8, 4, 4}}, output,
                                          InterpolateAttributes{.taps = taps, .isByGrid = true}));
    };
    return {
        {"windows of nine", with(OpKind::MaxPool, {x}, {2, 3, 4, 4}, nine), flops(2 * 3 * 4 * 4 * 9),
         flops(in), uncounted, uncounted},
        {"windows of nine", with(OpKind::AvgPool, {x}, {2, 3, 4, 4}, nine), flops(2 * 3 * 4 * 4 * 9),
         flops(in), uncounted, uncounted},
        {"unknown windows", with(OpKind::AvgPool, {x}, {2, 3, 4, 4}, {}), uncounted, flops(in), uncounted,
         uncounted},
        {"to one", with(OpKind::AdaptiveAvgPool, {x}, {2, 3, 1, 1}, PoolAttributes{}), flops(in), flops(in),
         uncounted, flops(in)},
        {"of a sequence", with(OpKind::AdaptiveAvgPool, {{2, 3, 8}}, {2, 3, 1}, PoolAttributes{}),
         flops(2 * 3 * 8), flops(2 * 3 * 8), uncounted, uncounted},
        {"to one", with(OpKind::AdaptiveMaxPool, {x}, {2, 3, 1, 1}, PoolAttributes{}), flops(in), flops(in),
         uncounted, uncounted},
        {"nearest", resize(1, false), freeWork, flops(6 * 5), uncounted, flops(out)},
        {"bilinear", resize(4, false), flops(out * (4 + 3)), flops(6 * 5), uncounted, flops(4 * out)},
        {"bicubic", resize(16, false), flops(out * (16 + 15)), flops(6 * 5), uncounted, uncounted},
        {"exact nearest", named("_upsample_nearest_exact2d", resize(1, false)), freeWork, flops(6 * 5),
         uncounted, uncounted},
        {"grid_sampler", sample(4, {1, 8, 6, 5}), flops(out * (4 + 3)), uncounted, uncounted, flops(4 * out)},
        {"grid_sampler of the same size", sample(1, {1, 8, 4, 4}), freeWork, uncounted, uncounted,
         flops(4 * (8 * 4 * 4))},
        {"of one image",
         named("adaptive_avg_pool2d",
               with(OpKind::AdaptiveAvgPool, {{3, 8, 8}}, {3, 1, 1}, PoolAttributes{})),
         flops(3 * 8 * 8), flops(3 * 8 * 8), uncounted, flops(3 * 8 * 8)},
        // F.upsample calls F.interpolate: both are replaced.
        {"F.upsample", calledAs("upsample", resize(4, false)), flops(out * (4 + 3)), flops(2 * (6 * 5)),
         uncounted, flops(4 * out)},
        {"by a factor", resize(4, true), flops(out * (4 + 3)), flops(8 * 4 * 4), uncounted, flops(4 * out)},
    };
}

std::vector<Row> moreActivations()
{
    constexpr std::int64_t n = 3 * 5 * 7;
    const auto row = [](const char* name, OpKind kind, std::int64_t perElement, const Rule& calflops) {
        return Row{name,     unary(kind, Spelling::Functional), flops(perElement * n), calflops, uncounted,
                   uncounted};
    };
    return {
        row("negate, exponential, add, divide", OpKind::Sigmoid, 4, uncounted),
        row("add, maximum, minimum, divide", OpKind::HardSigmoid, 4, uncounted),
        row("add, maximum, minimum, divide, multiply", OpKind::HardSwish, 5, uncounted),
        row("maximum, minimum", OpKind::HardTanh, 2, uncounted),
        row("scale, maximum", OpKind::LeakyReLU, 2, flops(n)),
        row("compare, exponential, subtract, scale", OpKind::ELU, 4, flops(n)),
        row("exponential, add, logarithm", OpKind::Softplus, 3, uncounted),
        row("softplus 3, tanh, multiply", OpKind::Mish, 5, uncounted),
        {"F.prelu", named(OpKind::LeakyReLU, "prelu"), flops(2 * n), flops(n), uncounted, uncounted},
        {"F.selu", named(OpKind::ELU, "selu"), flops(4 * n), uncounted, uncounted, uncounted},
        {"decomposed", named(OpKind::Softmax, "_softmax"), flops(5 * n), flops(n), uncounted, uncounted},
        {"F.relu6", named(OpKind::HardTanh, "relu6"), flops(2 * n), flops(n), uncounted, uncounted},
    };
}

/// Operators that are known by their name alone.
std::vector<Row> byName()
{
    constexpr std::int64_t n = 3 * 5 * 7;
    const auto reduce = call(OpKind::Reduction, {tensor({3, 5, 7})}, {3, 5}, Spelling::Method, {}, "amax");
    return {
        {"exp", named(OpKind::Elementwise, "exp"), flops(n), uncounted, uncounted, uncounted},
        {"clamp", named(OpKind::Elementwise, "clamp"), flops(n), uncounted, uncounted, freeWork},
        {"clamp_", spelled(Spelling::InPlace, named(OpKind::Elementwise, "clamp")), flops(n), uncounted,
         uncounted, freeWork},
        {"dropout", named(OpKind::Elementwise, "dropout"), flops(n), uncounted, uncounted, freeWork},
        {"dropout_", spelled(Spelling::InPlace, named(OpKind::Elementwise, "dropout")), flops(n), uncounted,
         uncounted, uncounted},
        {"masked_fill_", spelled(Spelling::InPlace, named(OpKind::MaskedFill, "masked_fill")), freeWork,
         freeWork, freeWork, uncounted},
        {"index_put", named(OpKind::Movement, "index_put"), freeWork, freeWork, freeWork, uncounted},
        {"index_put_", spelled(Spelling::InPlace, named(OpKind::Movement, "index_put")), freeWork, freeWork,
         freeWork, freeWork},
        {"gather", named(OpKind::Movement, "gather"), freeWork, freeWork, freeWork, freeWork},
        {"F.pad, opened",
         calledAs("pad", spelled(Spelling::Function, named(OpKind::Movement, "constant_pad_nd"))), freeWork,
         freeWork, freeWork, uncounted},
        {"torch.selu, opened", calledAs("selu", spelled(Spelling::Function, named(OpKind::ELU, {}))),
         flops(4 * n), uncounted, uncounted, uncounted},
        {"__and__", named(OpKind::Elementwise, "__and__"), flops(n), uncounted, uncounted, freeWork},
        {"lt", named(OpKind::Elementwise, "lt"), flops(n), uncounted, uncounted, uncounted},
        {"amax", reduce, flops(n), uncounted, uncounted, uncounted},
        {"roll", named(OpKind::Movement, "roll"), freeWork, freeWork, freeWork, freeWork},
        {"index", named(OpKind::Movement, "index"), freeWork, freeWork, freeWork, freeWork},
        {"arithmetic of a cell", named(OpKind::LstmCell, {}), flops(22 * n), uncounted, uncounted, uncounted},
        {"arithmetic of a cell", named(OpKind::GruCell, {}), flops(17 * n), uncounted, uncounted, uncounted},
        {"arithmetic of a cell", named(OpKind::RnnCell, {}), flops(2 * n), uncounted, uncounted, uncounted},
        {"arithmetic of a cell", named(OpKind::RnnCell, "rnn_relu_cell"), flops(2 * n), uncounted, uncounted,
         uncounted},
        {"nms", named(OpKind::Unknown, "nms"), uncounted, uncounted, uncounted, uncounted},
        {"nothing given", call(OpKind::Movement, {}, {3}, Spelling::Functional, {}, "arange"), freeWork,
         freeWork, freeWork, freeWork},
    };
}

} // namespace

std::vector<Row> programRows()
{
    std::vector<Row> rows;
    for (const auto part : {convolutions, transposed, matrixProducts, einsums, recurrent, norms, resampling,
                            moreActivations, byName})
        for (Row& row : part())
            rows.push_back(std::move(row));
    return rows;
}

} // namespace sunflop::test
