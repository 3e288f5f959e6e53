// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/timing/kernel.h"
#include "tests/support/convention_rows.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// One call in a model of one module, in fp32.
Trace calling(Op op, bool requiresGradient = false)
{
    for (Operand& input : op.inputs) {
        input.dtype = isFloat(input.dtype) ? DType::F32 : input.dtype;
        input.requiresGradient = requiresGradient;
    }
    op.output.dtype = DType::F32;
    op.output.requiresGradient = requiresGradient;
    Trace trace;
    trace.modules.push_back({.className = "Net", .end = 1});
    trace.phases = {{}};
    trace.ops = {std::move(op)};
    return trace;
}

Kernel kernelOf(const Trace& trace)
{
    return kernels(trace, {}).front();
}

Op gather()
{
    Op op = call(OpKind::Movement, {tensor({1000, 64}), tensor({3, 64})}, {3, 64});
    op.inputs[1].dtype = DType::I64;
    return op;
}

} // namespace

class TestKernel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatMultipliesMatricesRunsAsTiles()
    {
        for (const Row& row : programRows()) {
            const bool multiplies = row.exact && row.exact->macs > Count(0);
            if (kernelOf(calling(row.op)).isTiled != multiplies)
                QFAIL(row.name);
        }
    }

    void elementsThatMoveAreScattered()
    {
        QCOMPARE(kernelOf(calling(gather())).access, Access::Scattered);
        const Op nothingGiven = call(OpKind::Movement, {}, {3});
        QCOMPARE(kernelOf(calling(nothingGiven)).access, Access::Streaming);
        const Op pool = call(OpKind::MaxPool, {tensor({2, 3, 8, 8})}, {2, 3, 4, 4}, Spelling::Functional,
                             PoolAttributes{.window = 4});
        QCOMPARE(kernelOf(calling(pool)).access, Access::Strided);
        QCOMPARE(kernelOf(calling(unary(OpKind::Mish, Spelling::Functional))).access, Access::Streaming);
    }

    void gatheringReadsNoMoreThanItReturns()
    {
        // 3 * 64 numbers of the table, as many as come out, in fp32, and an int64 index for each.
        const Trace trace = calling(gather());
        const Demand demand = forwardDemand(trace.ops.front(), kernelOf(trace), 0);
        QCOMPARE(demand.bytes.value(), 2 * (3 * 64 * 4) + 3 * 64 * 8);
        QCOMPARE(demand.flops.value(), 0);
    }

    void aRecurrentLayersGradientsComeInTwoPasses()
    {
        const Op op = call(OpKind::Gru, {tensor({7, 3, 5}), tensor({12, 5}), tensor({12, 4})}, {7, 3, 4},
                           Spelling::Functional, RecurrentAttributes{.hasBias = false});
        const Trace trace = calling(op, true);
        const std::int64_t forward = 2 * (7 * 3 * (12 * 5 + 12 * 4)) + 7 * 3 * (17 * 4);
        const std::int64_t bytes = (7 * 3 * 5 + 12 * 5 + 12 * 4 + 7 * 3 * 4) * 4;
        const Demand ahead = forwardDemand(trace.ops.front(), kernelOf(trace), 0);
        QCOMPARE(ahead.flops.value(), forward);
        QCOMPARE(ahead.bytes.value(), bytes);
        const Demand back = backwardDemand(trace.ops.front(), kernelOf(trace));
        QCOMPARE(back.flops.value(), 2 * forward);
        QCOMPARE(back.bytes.value(), 2 * bytes);
    }

    void anOperatorWithoutARuleTakesItsTrafficAlone()
    {
        const Trace trace = calling(unary(OpKind::Unknown, Spelling::Functional, "nms"), true);
        const Demand demand = forwardDemand(trace.ops.front(), kernelOf(trace), 0);
        QCOMPARE(demand.flops.value(), 0);
        QCOMPARE(demand.bytes.value(), 2 * (3 * 5 * 7 * 4));
        QCOMPARE(backwardDemand(trace.ops.front(), kernelOf(trace)).bytes.value(), 0);
    }
};

QTEST_APPLESS_MAIN(TestKernel)
#include "tst_kernel.moc"
