// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operators/saved.h"
#include "tests/support/convention_rows.h"

#include <QtTest>

#include <vector>

using namespace sunflop;
using namespace sunflop::test;

namespace {

using Storages = std::vector<std::int32_t>;

constexpr std::int32_t result = 9; ///< storage of what a call returns; its operands have 0, 1, 2, ...

/// A call that autograd records, in fp32: every operand of floats wants a gradient.
Op recorded(OpKind kind, const std::vector<Shape>& inputs, const Shape& output,
            const OpAttributes& attributes = {}, std::string_view name = {})
{
    Op op{.kind = kind, .attributes = attributes, .name = name};
    for (const Shape& shape : inputs)
        op.inputs.push_back({.shape = shape,
                             .dtype = DType::F32,
                             .storage = static_cast<std::int32_t>(op.inputs.size()),
                             .requiresGradient = true});
    op.output = {.shape = output, .dtype = DType::F32, .storage = result, .requiresGradient = true};
    return op;
}

Storages kept(const Op& op)
{
    const Saved saved = savedBy(op);
    return {saved.storages().begin(), saved.storages().end()};
}

} // namespace

class TestSaved : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void productsKeepTheirFactorsAndNotWhatIsAdded()
    {
        QCOMPARE(kept(recorded(OpKind::ConvTranspose2d, {{1, 3, 4, 4}, {3, 5, 2, 2}, {5}}, {1, 5, 8, 8})),
                 (Storages{0, 1}));
        QCOMPARE(kept(recorded(OpKind::AddMm, {{5}, {3, 7}, {7, 5}}, {3, 5})), (Storages{1, 2}));
        Op frozen = recorded(OpKind::AddMm, {{5}, {3, 7}, {7, 5}}, {3, 5});
        frozen.inputs[2].requiresGradient = false;
        QCOMPARE(kept(frozen), (Storages{2}));
    }

    void normsKeepTheirInputAndEveryRowsStatistics()
    {
        const Shape x{2, 6, 8, 8};
        const auto extra = [&](OpKind kind, const NormAttributes& attributes, bool isAffine) {
            const std::vector<Shape> inputs =
                isAffine ? std::vector<Shape>{x, {6}, {6}} : std::vector<Shape>{x};
            const Op op = recorded(kind, inputs, x, attributes);
            return std::pair(kept(op), savedBy(op).extraBytes.value());
        };
        // A mean and a reciprocal deviation in fp32 for each of six channels, three groups, twelve images.
        QCOMPARE(extra(OpKind::BatchNorm, {}, true), std::pair(Storages{0}, std::int64_t{6 * 2 * 4}));
        QCOMPARE(extra(OpKind::BatchNorm, {.usesStatistics = true}, true),
                 std::pair(Storages{0}, std::int64_t{0}));
        QCOMPARE(extra(OpKind::GroupNorm, {.rows = 2 * 3}, true),
                 std::pair(Storages{0}, std::int64_t{2 * 3 * 2 * 4}));
        QCOMPARE(extra(OpKind::InstanceNorm, {}, false), std::pair(Storages{0}, std::int64_t{2 * 6 * 2 * 4}));
        // The weight is repeated for each image.
        QCOMPARE(extra(OpKind::InstanceNorm, {}, true), std::pair(Storages{0}, std::int64_t{2 * 6 * 3 * 4}));
    }

    void poolingKeepsItsInputAndWhereEachMaximumStood()
    {
        const Op max = recorded(OpKind::MaxPool, {{2, 3, 8, 8}}, {2, 3, 4, 4}, PoolAttributes{.window = 9});
        QCOMPARE(kept(max), (Storages{0}));
        QCOMPARE(savedBy(max).extraBytes.value(), 2 * 3 * 4 * 4 * 8);
        const Op average =
            recorded(OpKind::AvgPool, {{2, 3, 8, 8}}, {2, 3, 4, 4}, PoolAttributes{.window = 9});
        QCOMPARE(kept(average), (Storages{0}));
        QCOMPARE(savedBy(average).extraBytes.value(), 0);
        // To one position it is a mean, whose gradient needs no value.
        QVERIFY(kept(recorded(OpKind::AdaptiveAvgPool, {{2, 3, 8, 8}}, {2, 3, 1, 1})).empty());
        QCOMPARE(kept(recorded(OpKind::AdaptiveAvgPool, {{2, 3, 8, 8}}, {2, 3, 7, 7})), (Storages{0}));
    }

    void recurrentLayersKeepEveryStepsGates()
    {
        // 21 positions of four hidden units: four gates, the cell and the hidden state of each, in fp32.
        const Op op = recorded(OpKind::Lstm, {{7, 3, 5}, {16, 5}, {16, 4}}, {7, 3, 4},
                               RecurrentAttributes{.hasBias = false});
        QCOMPARE(kept(op), (Storages{0, result}));
        QCOMPARE(savedBy(op).extraBytes.value(), 21 * 4 * (4 + 1 + 1) * 4);
    }

    void activationsKeepWhatTheirDerivativeIsWrittenIn()
    {
        for (const OpKind kind : {OpKind::HardSwish, OpKind::HardSigmoid, OpKind::HardTanh, OpKind::LeakyReLU,
                                  OpKind::ELU, OpKind::Softplus, OpKind::Mish})
            QCOMPARE(kept(recorded(kind, {{3, 5}}, {3, 5})), (Storages{0}));
        QCOMPARE(kept(recorded(OpKind::Sigmoid, {{3, 5}}, {3, 5})), (Storages{result}));
    }

    void operatorsKnownByNameKeepWhatTheirNameSays()
    {
        const auto unary = [](OpKind kind, std::string_view name) {
            return kept(recorded(kind, {{3, 5}}, {3, 5}, {}, name));
        };
        QCOMPARE(unary(OpKind::Elementwise, "exp"), (Storages{result}));
        QCOMPARE(unary(OpKind::Elementwise, "sqrt_"), (Storages{result}));
        QCOMPARE(unary(OpKind::Elementwise, "log"), (Storages{0}));
        QVERIFY(unary(OpKind::Elementwise, "floor").empty());
        QVERIFY(unary(OpKind::Reduction, "sum").empty());
        QVERIFY(unary(OpKind::Movement, "roll").empty());
        QVERIFY(unary(OpKind::Unknown, "nms").empty());
    }

    void whatIsGatheredIsFoundAgainByItsIndices()
    {
        Op op = recorded(OpKind::Movement, {{3, 5}, {3, 2}}, {3, 2}, {}, "gather");
        op.inputs[1].dtype = DType::I64;
        op.inputs[1].requiresGradient = false;
        QCOMPARE(kept(op), (Storages{1}));
        Op where = recorded(OpKind::Elementwise, {{3, 5}, {3, 5}, {3, 5}}, {3, 5}, {}, "where");
        where.inputs[0].dtype = DType::I8;
        QCOMPARE(kept(where), (Storages{0}));
    }

    void moreOperandsThanThereAreDimensionsAreCutOff()
    {
        const Op many = recorded(OpKind::Elementwise, std::vector<Shape>(100, Shape{3}), {3}, {}, "frexp");
        QCOMPARE(kept(many).size(), Shape::maxRank);
    }

    void nothingIsKeptWhereNoGradientPasses()
    {
        for (const Row& row : programRows())
            QVERIFY2(kept(row.op).empty() && savedBy(row.op).extraBytes == Count(0), row.name);
    }

    void aSumAndWhatIsAddedPassTheirGradientOn()
    {
        QVERIFY(passesGradientOn(recorded(OpKind::Reduction, {{3, 5}}, {3}, {}, "sum"), 0));
        QVERIFY(!passesGradientOn(recorded(OpKind::Reduction, {{3, 5}}, {3}, {}, "amax"), 0));
        const Op batch = recorded(OpKind::BAddBmm, {{2, 3, 5}, {2, 3, 7}, {2, 7, 5}}, {2, 3, 5});
        QVERIFY(passesGradientOn(batch, 0));
        QVERIFY(!passesGradientOn(batch, 1));
        QVERIFY(!passesGradientOn(recorded(OpKind::AddMm, {{5}, {3, 7}, {7, 5}}, {3, 5}), 0)); // it is summed
    }
};

QTEST_APPLESS_MAIN(TestSaved)
#include "tst_saved.moc"
