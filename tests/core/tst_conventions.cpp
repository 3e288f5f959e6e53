// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operators/operator.h"
#include "tests/support/convention_rows.h"
#include "tests/support/text.h"

#include <QtTest>

#include <algorithm>
#include <array>

using namespace sunflop;
using namespace sunflop::test;

namespace {

std::vector<Row> products()
{
    const Operand x = tensor({3, 5, 7});
    const Shape y{3, 5, 11};
    const Operand image = tensor({3, 4, 9, 9});
    const Operand filters = tensor({6, 2, 3, 3}); // of four channels in two groups
    const ConvolutionAttributes grouped{.groups = 2};
    constexpr std::int64_t linear = 3 * 5 * 7 * 11;
    constexpr std::int64_t convolution = 3 * 6 * 7 * 7 * (2 * 3 * 3);
    constexpr std::int64_t batched = 3 * 5 * 7 * 11;
    constexpr std::int64_t broadcast = 2 * 3 * 5 * 7 * 11;
    return {
        {"linear", call(OpKind::Linear, {x, tensor({11, 7})}, y), product(linear), product(linear),
         product(linear), single(linear)},
        {"linear with bias", call(OpKind::Linear, {x, tensor({11, 7}), tensor({11})}, y),
         product(linear, 3 * 5 * 11), product(linear), product(linear), single(linear)},
        {"conv2d", call(OpKind::Conv2d, {image, filters}, {3, 6, 7, 7}, Spelling::Functional, grouped),
         product(convolution), product(convolution), product(convolution), single(convolution)},
        {"conv2d with bias",
         call(OpKind::Conv2d, {image, filters, tensor({6})}, {3, 6, 7, 7}, Spelling::Functional, grouped),
         product(convolution, 3 * 6 * 7 * 7), product(convolution, 3 * 6 * 7 * 7), product(convolution),
         single(convolution)},
        {"matmul", call(OpKind::MatMul, {x, tensor({3, 7, 11})}, y), product(batched), product(batched),
         product(batched), single(batched)},
        // calflops and fvcore multiply the left operand by the last size, whatever is broadcast.
        {"matmul, left broadcast",
         call(OpKind::MatMul, {tensor({1, 3, 5, 7}), tensor({2, 1, 7, 11})}, {2, 3, 5, 11},
              Spelling::Operator),
         product(broadcast), product(3 * 5 * 7 * 11), product(broadcast), single(3 * 5 * 7 * 11)},
    };
}

std::vector<Row> attentions()
{
    // Six query heads of width 7 and values of 9 over two key heads; 5 queries against 8 keys.
    const std::vector<Operand> operands{tensor({3, 6, 5, 7}), tensor({3, 2, 8, 7}), tensor({3, 2, 8, 9})};
    const auto attend = [&](const AttentionAttributes& attributes) {
        return call(OpKind::ScaledDotProductAttention, operands, {3, 6, 5, 9}, Spelling::Functional,
                    attributes);
    };
    constexpr std::int64_t heads = 3 * 6;
    const auto executed = [](std::int64_t pairs) {
        return product(heads * pairs * (7 + 9), heads * pairs * (1 + 5)); // scores are scaled, then softmax
    };
    const Rule dense = product(heads * (5 * 8) * (7 + 9));
    return {
        {"attention", attend({}), executed(5 * 8), uncounted, dense, uncounted},
        {"causal attention", attend({.causal = true}), executed(4 + 5 + 6 + 7 + 8), uncounted, dense,
         uncounted},
        {"sliding attention", attend({.causal = true, .window = 6}), executed(4 + 5 + 6 + 6 + 6), uncounted,
         dense, uncounted},
    };
}

std::vector<Row> elementwise()
{
    constexpr std::int64_t n = 3 * 5 * 7;
    std::vector<Row> rows;
    const auto binary = [](OpKind kind, Spelling spelling, const Shape& a, const Shape& b, const Shape& out) {
        return call(kind, {tensor(a), tensor(b)}, out, spelling);
    };
    for (const OpKind kind : {OpKind::Add, OpKind::Mul, OpKind::Div}) {
        const Spelling sign = Spelling::Operator;
        rows.push_back({"with a number", call(kind, {tensor({3, 5, 7}), number}, {3, 5, 7}, sign), flops(n),
                        flops(n), uncounted, uncounted});
        rows.push_back({"equal shapes", binary(kind, sign, {3, 5, 7}, {3, 5, 7}, {3, 5, 7}), flops(n),
                        flops(n), uncounted, uncounted});
        // Axes are paired from the left: max(7, 3) * 5 * 7.
        rows.push_back({"vector times tensor", binary(kind, sign, {7}, {3, 5, 7}, {3, 5, 7}), flops(n),
                        flops(7 * 5 * 7), uncounted, uncounted});
        // torch.add and mul are replaced, torch.div is not.
        rows.push_back({"tensor times vector", binary(kind, Spelling::Function, {3, 5, 7}, {2}, {3, 5, 7}),
                        flops(n), kind == OpKind::Div ? uncounted : flops(3 * 5 * 7), uncounted, uncounted});
        rows.push_back({"two numbers", call(kind, {number, number}, {}, sign), flops(1), flops(1), uncounted,
                        uncounted});
        // torch.Tensor.add and mul are replaced, Tensor.div is not.
        rows.push_back({"method", binary(kind, Spelling::Method, {3, 5, 7}, {3, 5, 7}, {3, 5, 7}), flops(n),
                        kind == OpKind::Div ? uncounted : flops(n), uncounted, uncounted});
        for (const Spelling unseen : {Spelling::Captured, Spelling::InPlace})
            rows.push_back({"not seen", binary(kind, unseen, {3, 5, 7}, {3, 5, 7}, {3, 5, 7}), flops(n),
                            uncounted, uncounted, uncounted});
    }
    for (const OpKind kind : {OpKind::Sub, OpKind::RSub, OpKind::Pow})
        rows.push_back({"with a number",
                        call(kind, {tensor({3, 5, 7}), number}, {3, 5, 7}, Spelling::Operator), flops(n),
                        uncounted, uncounted, uncounted});
    for (const OpKind kind : {OpKind::Neg, OpKind::RSqrt, OpKind::Cos, OpKind::Sin, OpKind::Tanh})
        rows.push_back(
            {"each element", unary(kind, Spelling::Functional), flops(n), uncounted, uncounted, uncounted});
    return rows;
}

/// Operations per element by definition, and calflops' one where it sees the function.
std::vector<Row> activations()
{
    constexpr std::int64_t n = 3 * 5 * 7;
    std::vector<Row> rows;
    const auto composite = [&](OpKind kind, std::int64_t perElement, Rule fvcore) {
        rows.push_back({"function", unary(kind, Spelling::Functional), flops(perElement * n), flops(n),
                        uncounted, fvcore});
        rows.push_back({"kept object", unary(kind, Spelling::Captured), flops(perElement * n), uncounted,
                        uncounted, fvcore});
        for (const Spelling unseen : {Spelling::Method, Spelling::Function, Spelling::InPlace})
            rows.push_back(
                {"not seen", unary(kind, unseen), flops(perElement * n), uncounted, uncounted, fvcore});
        Op inPlace = unary(kind, Spelling::Functional); // F.relu(x, inplace=True) is the same function
        inPlace.output.storage = inPlace.inputs[0].storage;
        rows.push_back({"in place", inPlace, flops(perElement * n), flops(n), uncounted, fvcore});
    };
    composite(OpKind::Softmax, 5, uncounted);
    composite(OpKind::SiLU, 4, uncounted);
    composite(OpKind::GeLU, 5, uncounted);
    composite(OpKind::GeLUTanh, 9, uncounted);
    composite(OpKind::ReLU, 1, freeWork);
    return rows;
}

std::vector<Row> others()
{
    constexpr std::int64_t n = 3 * 5 * 7;
    const Operand x = tensor({3, 5, 7});
    const Operand vector = tensor({7});
    std::vector<Row> rows{
        {"layer_norm", call(OpKind::LayerNorm, {x, vector, vector}, {3, 5, 7}), flops(7 * n + 2 * (3 * 5)),
         flops(5 * n), uncounted, flops(5 * n)},
        {"log_softmax", unary(OpKind::LogSoftmax, Spelling::Functional), flops(5 * n), uncounted, uncounted,
         uncounted},
        {"nll_loss", call(OpKind::NllLoss, {tensor({5, 7}), tensor({5})}, {}), flops(5), uncounted, uncounted,
         uncounted},
        {"mean", call(OpKind::Mean, {x}, {3, 5, 1}, Spelling::Method), flops(n), uncounted, uncounted,
         uncounted},
        {"argmax", call(OpKind::ArgMax, {x}, {3, 5}), flops(n), uncounted, uncounted, uncounted},
        {"interpolate to the same size", call(OpKind::Interpolate, {tensor({1, 8, 4, 4})}, {1, 8, 4, 4}),
         freeWork, flops(4 * 4), uncounted, uncounted},
        {"interpolate", call(OpKind::Interpolate, {tensor({1, 8, 4, 4})}, {1, 8, 6, 5}), uncounted,
         flops(6 * 5), uncounted, uncounted},
        {"embedding", call(OpKind::Embedding, {tensor({3, 5}), tensor({100, 7})}, {3, 5, 7}), freeWork,
         freeWork, freeWork, uncounted},
        {"cat", call(OpKind::Cat, {x, x}, {6, 5, 7}), freeWork, freeWork, freeWork, freeWork},
    };
    for (const OpKind kind : {OpKind::Copy, OpKind::MaskedFill})
        rows.push_back({"moves data", unary(kind, Spelling::Method), freeWork, freeWork, freeWork, freeWork});
    return rows;
}

const std::vector<Row>& rules()
{
    static const std::vector<Row> all = [] {
        std::vector<Row> rows;
        for (const auto part : {products, attentions, elementwise, activations, others, programRows})
            std::ranges::move(part(), std::back_inserter(rows));
        return rows;
    }();
    return all;
}

Work total(std::string_view convention, const std::vector<Op>& calls)
{
    Work sum;
    for (const Op& op : calls)
        sum += (*conventionNamed(convention))->count(op).value_or(Work{});
    return sum;
}

QString text(const Rule& rule)
{
    if (!rule)
        return q("uncounted");
    return QString::fromUtf8("%1 MACs, %2 FLOPs").arg(rule->macs.value()).arg(rule->flops.value());
}

} // namespace

class TestConventions : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsByItsOwnRules_data()
    {
        QTest::addColumn<std::size_t>("index");
        for (std::size_t i = 0; i < rules().size(); ++i)
            QTest::addRow("%zu %s: %s", i, opName(rules()[i].op.kind).data(), rules()[i].name) << i;
    }

    void countsByItsOwnRules()
    {
        QFETCH(std::size_t, index);
        const Row& row = rules()[index];
        const std::array<std::pair<const char*, Rule>, 4> expected{{{"exact", row.exact},
                                                                    {"calflops", row.calflops},
                                                                    {"flopcounter", row.flopcounter},
                                                                    {"fvcore", row.fvcore}}};
        for (const auto& [id, rule] : expected) {
            const QString where = q(id) + q(": ");
            QCOMPARE(where + text((*conventionNamed(id))->count(row.op)), where + text(rule));
        }
    }

    /// What a file claims need not fit: a kernel beyond its input, a layer without columns.
    void nothingIsLessThanNothing()
    {
        const std::vector<Op> calls{
            call(OpKind::Conv1d, {tensor({1, 1, 7}), tensor({2, 1, 64})}, {1, 2, 3}, Spelling::Functional,
                 ConvolutionAttributes{.stride = {1, 1, 1}, .dilation = {1, 1, 1}}),
            call(OpKind::Gru, {tensor({1, 2, 0}), tensor({12, 0}), tensor({12, 0})}, {1, 2, 4},
                 Spelling::Functional, RecurrentAttributes{.hasBias = false})};
        for (const Convention& convention : conventions())
            for (const Op& op : calls) {
                const auto work = convention.count(op);
                QVERIFY2(!work || (work->macs >= Count(0) && work->flops >= Count(0)),
                         qPrintable(q(convention.id) + q(": ") + text(work)));
            }
        // calflops: no place for the kernel; 7 for each of 4 hidden units, at 2 positions.
        QCOMPARE((*conventionNamed("calflops"))->count(calls[0])->flops, Count(0));
        QCOMPARE((*conventionNamed("calflops"))->count(calls[1])->flops, Count(2 * 4 * 7));
    }

    void flopCounterModeMeasuredTheSame()
    {
        // PyTorch 2.11 on 2 sequences of 50 words: an LSTM of two layers, then what follows it.
        const auto linear = [](const Shape& x, std::int64_t in, std::int64_t out, const Shape& y) {
            return call(OpKind::Linear, {tensor(x), tensor({out, in}), tensor({out})}, y);
        };
        const std::vector<Op> calls{
            call(OpKind::Lstm,
                 {tensor({2, 50, 64}), tensor({512, 64}), tensor({512, 128}), tensor({512}), tensor({512}),
                  tensor({512, 128}), tensor({512, 128}), tensor({512}), tensor({512})},
                 {2, 50, 128}, Spelling::Functional, RecurrentAttributes{.layers = 2}),
            linear({2, 50, 128}, 128, 1000, {2, 50, 1000}),
            call(OpKind::Conv1d, {tensor({2, 1000, 50}), tensor({64, 1000, 3}), tensor({64})}, {2, 64, 50}),
            call(OpKind::ConvTranspose1d, {tensor({2, 64, 50}), tensor({64, 32, 4}), tensor({32})},
                 {2, 32, 102}),
            linear({2, 102, 32}, 32, 32, {2, 102, 32}),
            linear({2, 102, 32}, 32, 32, {2, 102, 32})};
        QCOMPARE(total("flopcounter", calls).flops.value(), 66'473'984);
    }

    void fvcoreDocumentsTheSame()
    {
        // The example in the comment of FlopCountAnalysis: 10000 of the linear layer, 3000 of the
        // convolution.
        const std::vector<Op> calls{
            call(OpKind::Conv2d, {tensor({1, 3, 10, 10}), tensor({10, 3, 1, 1}), tensor({10})},
                 {1, 10, 10, 10}),
            call(OpKind::ReLU, {tensor({1, 10, 10, 10})}, {1, 10, 10, 10}),
            call(OpKind::AddMm, {tensor({10}), tensor({1, 1000}), tensor({1000, 10})}, {1, 10})};
        QCOMPARE(total("fvcore", calls).flops.value(), 13'000);
    }

    void everyOperatorIsDecidedByEveryConvention()
    {
        // An operator without a row above has no decision.
        for (std::size_t i = 0; i < allOperators().size(); ++i) {
            const auto has = [&](const Row& row) { return row.op.kind == static_cast<OpKind>(i); };
            QVERIFY2(std::ranges::any_of(rules(), has), allOperators()[i].name.data());
        }
        QCOMPARE(conventions().size(), 4U);
    }

    void exactIsTheDefault() { QCOMPARE(q(conventions().front().id), q("exact")); }

    void everyConventionSaysWhatItLeavesOut()
    {
        for (const Convention& convention : conventions()) {
            QVERIFY(!convention.notes.empty());
            for (const std::string_view note : convention.notes)
                QVERIFY2(note.ends_with('.'), note.data());
        }
    }

    void everyConventionHasWordsForEveryCall()
    {
        for (const Convention& convention : conventions())
            for (const Row& row : rules()) {
                QVERIFY2(!convention.rule(row.op).empty(), row.name);
                if (biasOperand(row.op))
                    QVERIFY2(!convention.biasRule(row.op).empty(), row.name);
            }
    }

    void theSameWordsMeanTheSameCount()
    {
        // Words leave the bias out.
        for (const Row& row : rules()) {
            const Op op = biasOperand(row.op) ? withoutBias(row.op) : row.op;
            for (const Convention& a : conventions())
                for (const Convention& b : conventions())
                    if (a.rule(op) == b.rule(op))
                        QCOMPARE(text(a.count(op)), text(b.count(op)));
        }
    }

    void anUnknownConventionListsTheKnownOnes()
    {
        const auto found = conventionNamed("thop");
        QVERIFY(!found);
        QCOMPARE(found.error().kind, ErrorKind::NotFound);
        QCOMPARE(q(found.error().text()),
                 q("thop: no such convention, expected one of exact, calflops, flopcounter, fvcore"));
    }
};

QTEST_APPLESS_MAIN(TestConventions)
#include "tst_conventions.moc"
