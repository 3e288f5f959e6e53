// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/collectives.h"

#include <QtTest>

using namespace sunflop;

class TestCollectives : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aRingSendsEveryPartRoundOnceOrTwice()
    {
        QCOMPARE(allReduceBytes(800, 8).value(), 2 * 7 * 100);
        QCOMPARE(allGatherBytes(800, 8).value(), 7 * 100);
        QCOMPARE(allToAllBytes(800, 8).value(), 7 * 100);
        QCOMPARE(allGatherBytes(10, 4).value(), 8); // 7.5
    }

    void oneDeviceSendsNothing()
    {
        QCOMPARE(allReduceBytes(1000, 1).value(), 0);
        QCOMPARE(fullyShardedBytes(1000, 1000, 1).value(), 0);
        QCOMPARE(tensorParallelBytes(1000, 32, 1, Passes::Recomputed).value(), 0);
    }

    /// ZeRO (arXiv 1910.02054), section 7: stage 3 moves one and a half times what data parallelism does.
    void fullShardingMovesHalfAsMuchAgain()
    {
        QCOMPARE(fullyShardedBytes(1600, 1600, 8).value() * 2, dataParallelBytes(1600, 8).value() * 3);
    }

    /// Two all-reduces for each layer and pass (Megatron-LM, arXiv 1909.08053, figure 4).
    void tensorParallelLayersReduceTwiceInEachPass()
    {
        constexpr std::int64_t hidden = 4 * 2048 * 8192 * 2;
        constexpr std::int64_t reduced = 2 * 7 * (hidden / 8);
        QCOMPARE(tensorParallelBytes(hidden, 80, 8, Passes::Forward).value(), 80 * 2 * reduced);
        QCOMPARE(tensorParallelBytes(hidden, 80, 8, Passes::ForwardBackward).value(), 80 * 4 * reduced);
        QCOMPARE(tensorParallelBytes(hidden, 80, 8, Passes::Recomputed).value(), 80 * 6 * reduced);
    }

    void otherSchemesSendHiddenStatesAndKeys()
    {
        QCOMPARE(pipelineBytes(1000, 6, Passes::Forward).value(), 6 * 1000);
        QCOMPARE(pipelineBytes(1000, 6, Passes::ForwardBackward).value(), 2 * 6 * 1000);
        QCOMPARE(expertParallelBytes(800, 2, 3, 8, Passes::Forward).value(), 3 * 2 * (2 * 700));
        QCOMPARE(contextParallelBytes(800, 3, 4, Passes::Forward).value(), 3 * 3 * 200);
        QCOMPARE(contextParallelBytes(800, 3, 4, Passes::ForwardBackward).value(), 3 * (3 * 3 * 200));
    }

    void transfersTakeLatencyAndThreeQuartersOfTheLink()
    {
        Device device;
        device.linkBandwidth = 400e9;
        QCOMPARE(transferSeconds(3'000'000'000, 5, device), 5 * 10e-6 + 3e9 / (0.75 * 400e9));
    }
};

QTEST_APPLESS_MAIN(TestCollectives)
#include "tst_collectives.moc"
