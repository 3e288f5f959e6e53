// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/overheads.h"
#include "tests/support/closed_forms.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::forms;

namespace {

/// Four query heads of 16 over one key head: width 64, MLP of 160.
constexpr Geometry g{.hidden = 64,
                     .heads = 4,
                     .kvHeads = 1,
                     .headDim = 16,
                     .intermediate = 160,
                     .layers = 6,
                     .vocabulary = 1000,
                     .batch = 3,
                     .tokens = 50};

} // namespace

class TestClosedForms : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void unitsAreCopiesOfTheHiddenStates()
    {
        QCOMPARE(g.unitBytes().value(), 3 * 50 * 64 * 2);
        QCOMPARE(unitsToBytes(g, 2.5).value(), 5 * 3 * 50 * 64);
        QCOMPARE(g.scores(70).value(), 3 * 4 * 50 * 70);
    }

    void inferenceHoldsAFewCopies()
    {
        QCOMPARE(gatedMlpLive(g), 3 + 3 * 2.5);
        QCOMPARE(plainMlpLive(g), 3 + 2 * 2.5);
        QCOMPARE(ropeLive(g), 2 + 4 + 2 * 0.25);
        QCOMPARE(fusedAttentionLive(g, false), 2 + 1 + 2 * 0.25 + 1);
        QCOMPARE(fusedAttentionLive(g, true), 2 + 1 + 2 * 0.25 + 2 + 1);
    }

    void eagerScoresCostTenBytesInBf16AndEightOtherwise()
    {
        QCOMPARE(eagerScoreBytes(2, true), 2 + 4 + 4);
        QCOMPARE(eagerScoreBytes(2, false), 8);
        QCOMPARE(eagerScoreBytes(4, false), 4 + 4);
        // 10 bytes for 3 * 4 * 50 * 70 scores, over units of 3 * 50 * 64 * 2 bytes.
        QCOMPARE(eagerAttentionLive(g, 70, 10), 2 + 3 + 2 * 0.25 + 10 * 4 * 70 / 128.0);
    }

    void logitsAreCastBesideThemselves()
    {
        QCOMPARE(logitBytes(2, false), 2);
        QCOMPARE(logitBytes(2, true), 2 + 4);
        QCOMPARE(logitBytes(4, true), 4);
    }

    void llamaCppHoldsScoresOrLogits()
    {
        QCOMPARE(llamaCppCompute(g, 32, 100, false).value(), 4 * (4 * 32 * 100 + 32 * 100 + 4 * 32 * 64));
        QCOMPARE(llamaCppCompute(g, 32, 100, true).value(), 4 * (32 * 1000 + 4 * 32 * 64));
    }

    void gatesCanBeFusedAndNormsToo()
    {
        const double plain = savedPerLayer(g, {});
        QCOMPARE(plain, 8 + 5 + 4 * 2.5 + 4.0 * 4 / 128);
        QCOMPARE(plain - savedPerLayer(g, {.fusesNorms = true}), 4.0);
        QCOMPARE(plain - savedPerLayer(g, {.fusesGate = true}), 2.5);
        QCOMPARE(savedPerLayer(g, {.scalesNorms = true}) - plain, 2.0);
        QCOMPARE(savedPerLayer(g, {.normsHeads = true}) - plain, 3 * 1.25);
        QCOMPARE(plain - savedPerLayer(g, {.repeatsKeys = false}), 5 - (2 + 2 * 0.25));
        QCOMPARE(savedPerLayer(g, {.training = LayerTraining::None}), 0.0);
        QCOMPARE(eagerSavedScoreBytes(2, true), 4 + 2 + 1 + 2);
    }

    void checkpointsKeepInputsAndComputeAgain()
    {
        QCOMPARE(checkpointed(6, 20), 6 + 20.0);
        QCOMPARE(checkpointed(6, 20, 4), 2 + 4 * 20.0);
        QCOMPARE(checkpointed(6, 20, 1, true), 2 + 20.0);
    }

    void lossesPeakInForwardOrBackward()
    {
        constexpr std::int64_t logits = 3 * 50 * 1000;
        const LossBytes eager = lossBytes(g, {});
        QCOMPARE(eager.forward.value(), (2 + 4 + 4) * logits);
        QCOMPARE(eager.peak.value(), (4 + 4 + 4) * logits);
        QCOMPARE(lossBytes(g, {.copiesLabelsShifted = true}).peak.value(), 14 * logits);
        QCOMPARE(lossBytes(g, {.returnsLogits = true}).peak.value(), (12 + 2) * logits);
        QCOMPARE(lossBytes(g, {.kind = LossKind::Compiled}).peak.value(), 8 * logits);
        QCOMPARE(lossBytes(g, {.chunks = 5}).forward.value(), 10 * logits / 5);
        QCOMPARE(lossBytes(g, {.kind = LossKind::FusedLinear}).peak.value(), (150 + 1000) * 64 * 2);
    }

    void gptLayersFollowTheTableOfTheirPaper()
    {
        // 5 a s / h = 5 * 4 * 50 / 64.
        constexpr double scores = 5 * 4 * 50 / 64.0;
        QCOMPARE(gptLayerFactor(g, {}), 34 + scores);
        QCOMPARE(gptLayerFactor(g, {.tensor = 4}), 10 + (24 + scores) / 4);
        QCOMPARE(gptLayerFactor(g, {.tensor = 4, .sequence = true}), (34 + scores) / 4);
        QCOMPARE(gptLayerFactor(g, {.tensor = 4, .recompute = Recompute::Selective}), 10 + 24 / 4.0);
        QCOMPARE(gptLayerFactor(g, {.tensor = 4, .recompute = Recompute::Full}), 2.0);
        QCOMPARE(gptActivations(g, {.recompute = Recompute::Full}), 2.0 * 6 * 3 * 50 * 64);
        QCOMPARE(gptExtras(g, {.tensor = 4, .pipeline = 2}), 0.5 * 3 * 50 * 64);
        QCOMPARE(gptStateBytes(g, {.tensor = 2}), 18.0 * 12 * 6 * 64 * 64 / 2);
        QCOMPARE(megatronLayerFactor(g, 2), (18 + 4 * 2.5) / 2);
    }

    void requestsAreRoundedAsTheAllocatorDoes()
    {
        using namespace overheads;
        QCOMPARE(allocator::allocatedBytes(0).value(), 512);
        QCOMPARE(allocator::allocatedBytes(513).value(), 1024);
        QCOMPARE(allocator::segmentBytes(mib), 2 * mib);
        QCOMPARE(allocator::segmentBytes(mib + 512), 20 * mib);
        QCOMPARE(allocator::segmentBytes(10 * mib), 10 * mib);
        QCOMPARE(allocator::segmentBytes(11 * mib + 512), 12 * mib);
        QCOMPARE(cublasWorkspaceBytes(9), 32 * mib);
    }
};

QTEST_APPLESS_MAIN(TestClosedForms)
#include "tst_closed_forms.moc"
