// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operators/op.h"
#include "tests/support/convention_rows.h"
#include "tests/support/text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

class TestOp : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void anOperatorThatOnlyHasANameIsCalledByIt()
    {
        QCOMPARE(q(nameOf(unary(OpKind::Unknown, Spelling::Functional, "nms"))), q("nms"));
        QCOMPARE(q(nameOf(unary(OpKind::Sigmoid, Spelling::Functional))), q("sigmoid"));
    }

    void everyCallThatConventionsAreTestedOnIsWellFormed()
    {
        for (const Row& row : programRows())
            QVERIFY2(isWellFormed(row.op), row.name);
    }

    void operandsOfAnotherRankAreNotWellFormed()
    {
        const Operand scalar = tensor({});
        const Operand vector = tensor({7});
        QVERIFY(!isWellFormed(call(OpKind::Linear, {tensor({3, 7}), vector}, {3})));
        QVERIFY(!isWellFormed(call(OpKind::MatMul, {scalar, vector}, {})));
        QVERIFY(!isWellFormed(call(OpKind::AddMm, {vector, tensor({3, 7}), vector}, {3})));
        QVERIFY(!isWellFormed(call(OpKind::Conv2d, {tensor({2, 3, 8}), tensor({4, 3, 2})}, {2, 4, 7})));
        QVERIFY(!isWellFormed(call(OpKind::BatchNorm, {vector}, {7})));
        // Attention and recurrent layers need their attributes too.
        const Operand heads = tensor({1, 2, 3, 4});
        QVERIFY(!isWellFormed(call(OpKind::ScaledDotProductAttention, {heads, heads, heads}, {1, 2, 3, 4})));
        QVERIFY(!isWellFormed(
            call(OpKind::Gru, {tensor({7, 3, 5}), tensor({12, 5}), tensor({12, 4})}, {7, 3, 4})));
    }

    void everyLayerOfARecurrenceHasItsMatrices()
    {
        const Operand x = tensor({7, 3, 5});
        const Operand bias = tensor({12});
        const std::vector<Operand> first{x, tensor({12, 5}), tensor({12, 4}), bias, bias};
        const auto isFine = [](std::vector<Operand> inputs, RecurrentAttributes attributes) {
            Op op = call(OpKind::Gru, std::move(inputs), {7, 3, 4});
            op.attributes = attributes;
            return isWellFormed(op);
        };
        QVERIFY(isFine(first, {}));
        QVERIFY(!isFine(first, {.layers = 0}));
        QVERIFY(!isFine(first, {.layers = std::int64_t{1} << 62, .isBidirectional = true}));
        QVERIFY2(!isFine(first, {.layers = 2}), "a bias is no matrix");
        QVERIFY2(!isFine(first, {.layers = 3}), "four operands are not those of three layers");
        std::vector<Operand> both = first;
        both.insert(both.end(), first.begin() + 1, first.end());
        QVERIFY(isFine(both, {.layers = 2}));
        QVERIFY(isFine(both, {.isBidirectional = true}));
        both[6] = bias;
        QVERIFY(!isFine(both, {.layers = 2}));
    }

    void aCallWithoutItsBiasIsTheSameProduct()
    {
        const Op added = call(OpKind::AddMm, {tensor({11}), tensor({3, 7}), tensor({7, 11})}, {3, 11});
        QCOMPARE(biasOperand(added), std::optional<std::size_t>(0));
        QCOMPARE(withoutBias(added).kind, OpKind::MatMul);
        QCOMPARE(withoutBias(added).inputs.size(), std::size_t{2});
        QCOMPARE(withoutBias(added).inputs.front().shape, (Shape{3, 7}));
        const Op convolution =
            call(OpKind::Conv1d, {tensor({2, 4, 9}), tensor({5, 4, 2}), tensor({5})}, {2, 5, 8});
        QCOMPARE(biasOperand(convolution), std::optional<std::size_t>(2));
        QCOMPARE(withoutBias(convolution).kind, OpKind::Conv1d);
        QVERIFY(!biasOperand(withoutBias(convolution)));
    }
};

QTEST_APPLESS_MAIN(TestOp)
#include "tst_op.moc"
