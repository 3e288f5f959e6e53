// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantisation/gguf_mix.h"
#include "tests/support/text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// Types of a tensor in layers 0 to 31 as letters: "6" for q6_k, "4" for q4_k.
QString pattern(GgufFile file, GgufTensor tensor, const GgufModel& model)
{
    QString text;
    for (std::int64_t layer = 0; layer < model.layers; ++layer) {
        const std::string_view id = info(ggufType(file, tensor, layer, 4096, model)).id;
        text += q(id.substr(1, 1));
    }
    return text;
}

DType typeOf(GgufFile file, GgufTensor tensor, const GgufModel& model, std::int64_t layer = 16,
             std::int64_t columns = 4096)
{
    return ggufType(file, tensor, layer, columns, model);
}

constexpr GgufModel grouped{.layers = 32, .heads = 32, .kvHeads = 8};
constexpr GgufModel ungrouped{.layers = 32, .heads = 32, .kvHeads = 32};

} // namespace

class TestGgufMix : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void filesAreFoundInEitherCase()
    {
        QCOMPARE(*ggufFileNamed("q4_k_m"), GgufFile::Q4_K_M);
        QCOMPARE(*ggufFileNamed("IQ3_XXS"), GgufFile::IQ3_XXS);
        QVERIFY(!ggufFileNamed("q4"));
        for (const GgufFileInfo& file : ggufFiles())
            QCOMPARE(*ggufFileNamed(file.id), file.file);
    }

    void mediumFilesGiveMoreBitsToTheEndsAndEveryThird()
    {
        // Of 32 layers the first and last four, and from the fourth on every third: 6, 9 to 27.
        const QString expected = q("6666") + q("446").repeated(8) + q("6666");
        QCOMPARE(pattern(GgufFile::Q4_K_M, GgufTensor::AttentionV, grouped), expected);
        QCOMPARE(pattern(GgufFile::Q4_K_M, GgufTensor::FfnDown, grouped), expected);
    }

    void smallFilesGiveMoreBitsToTheFirst()
    {
        QCOMPARE(pattern(GgufFile::Q4_K_S, GgufTensor::AttentionV, grouped), q("5555") + q("4").repeated(28));
        QCOMPARE(pattern(GgufFile::Q4_K_S, GgufTensor::FfnDown, grouped), q("5555") + q("4").repeated(28));
        QCOMPARE(pattern(GgufFile::Q3_K_M, GgufTensor::AttentionV, grouped), q("55") + q("4").repeated(30));
        QCOMPARE(pattern(GgufFile::Q3_K_M, GgufTensor::FfnDown, grouped), q("55") + q("4").repeated(30));
    }

    void sharedKeysGetMoreBits()
    {
        QCOMPARE(typeOf(GgufFile::Q2_K, GgufTensor::AttentionV, grouped), DType::Q4_K);
        QCOMPARE(typeOf(GgufFile::Q2_K, GgufTensor::AttentionV, ungrouped), DType::Q3_K);
        QCOMPARE(typeOf(GgufFile::IQ2_S, GgufTensor::AttentionV, ungrouped), DType::IQ3_S);
        QCOMPARE(typeOf(GgufFile::IQ1_S, GgufTensor::AttentionV, ungrouped), DType::Q2_K);
        QCOMPARE(typeOf(GgufFile::IQ4_XS, GgufTensor::AttentionV, grouped), DType::Q5_K);
        QCOMPARE(typeOf(GgufFile::IQ4_XS, GgufTensor::AttentionV, ungrouped), DType::IQ4_XS);
    }

    void seventyBillionsGetMoreBits()
    {
        constexpr GgufModel large{.layers = 80, .heads = 64, .kvHeads = 8};
        constexpr GgufModel first{.layers = 80, .heads = 64, .kvHeads = 64};
        QVERIFY(large.is70B());
        QVERIFY(!first.is70B());
        // Layer 20 is none of those that get more bits: (20 - 10) % 3 is 1.
        QCOMPARE(typeOf(GgufFile::Q4_K_M, GgufTensor::AttentionV, large, 20), DType::Q5_K);
        QCOMPARE(typeOf(GgufFile::Q4_K_M, GgufTensor::AttentionV, first, 20), DType::Q4_K);
        QCOMPARE(typeOf(GgufFile::Q3_K_S, GgufTensor::AttentionV, large), DType::Q5_K);
    }

    void eightExpertsKeepTheirAttention()
    {
        GgufModel eight = grouped;
        eight.experts = 8;
        QCOMPARE(typeOf(GgufFile::Q4_K_M, GgufTensor::AttentionV, eight), DType::Q8_0);
        QCOMPARE(typeOf(GgufFile::Q4_K_M, GgufTensor::AttentionK, eight), DType::Q8_0);
        QCOMPARE(typeOf(GgufFile::Q4_K_M, GgufTensor::AttentionOutput, eight), DType::Q5_K);
        QCOMPARE(typeOf(GgufFile::Q5_K_M, GgufTensor::AttentionOutput, eight), DType::Q5_K);
        QCOMPARE(typeOf(GgufFile::IQ2_XS, GgufTensor::AttentionK, eight), DType::Q4_K);
    }

    void outputsAndTiedTablesGetSixBits()
    {
        GgufModel tied = grouped;
        tied.tiedEmbeddings = true;
        QCOMPARE(typeOf(GgufFile::Q4_K_M, GgufTensor::TokenEmbedding, grouped), DType::Q4_K);
        QCOMPARE(typeOf(GgufFile::Q4_K_M, GgufTensor::TokenEmbedding, tied), DType::Q6_K);
        QCOMPARE(typeOf(GgufFile::Q4_K_M, GgufTensor::Output, grouped), DType::Q6_K);
        QCOMPARE(typeOf(GgufFile::Q8_0, GgufTensor::Output, grouped), DType::Q8_0);
        QCOMPARE(typeOf(GgufFile::IQ3_XXS, GgufTensor::Output, grouped), DType::Q5_K);
        QCOMPARE(typeOf(GgufFile::IQ3_XXS, GgufTensor::TokenEmbedding, grouped), DType::IQ3_S);
        QCOMPARE(typeOf(GgufFile::IQ1_M, GgufTensor::TokenEmbedding, grouped), DType::Q2_K);
        QCOMPARE(typeOf(GgufFile::TQ1_0, GgufTensor::TokenEmbedding, grouped), DType::Q4_K);
    }

    void rowsThatAreNoBlocksFallBack()
    {
        // 896 = 3.5 * 256 = 28 * 32.
        const auto down = [](GgufFile file, std::int64_t columns) {
            return typeOf(file, GgufTensor::FfnGate, grouped, 16, columns);
        };
        QCOMPARE(down(GgufFile::Q4_K_M, 896), DType::Q5_0);
        QCOMPARE(down(GgufFile::Q5_K_M, 896), DType::Q5_1);
        QCOMPARE(down(GgufFile::Q6_K, 896), DType::Q8_0);
        QCOMPARE(down(GgufFile::Q2_K, 896), DType::Q4_0);
        QCOMPARE(down(GgufFile::IQ3_M, 896), DType::IQ4_NL);
        QCOMPARE(down(GgufFile::Q8_0, 896), DType::Q8_0);
        QCOMPARE(down(GgufFile::Q4_K_M, 40), DType::F16);
        QCOMPARE(typeOf(GgufFile::Q4_K_M, GgufTensor::Output, grouped, 0, 896), DType::Q8_0);
    }

    void importanceMatricesChangeTheMix()
    {
        GgufModel guided = grouped;
        guided.hasImportanceMatrix = true;
        QCOMPARE(typeOf(GgufFile::IQ4_XS, GgufTensor::FfnDown, grouped, 0), DType::Q5_K);
        QCOMPARE(typeOf(GgufFile::IQ4_XS, GgufTensor::FfnDown, guided, 0), DType::IQ4_XS);
        QCOMPARE(typeOf(GgufFile::Q4_0, GgufTensor::FfnDown, guided, 0), DType::Q4_1);
        QCOMPARE(typeOf(GgufFile::IQ3_XXS, GgufTensor::FfnDown, grouped, 31), DType::Q3_K);
        QCOMPARE(typeOf(GgufFile::IQ3_XXS, GgufTensor::FfnDown, guided, 31), DType::IQ3_XXS);
    }

    void wholeTypesHaveNoMix()
    {
        for (const GgufTensor tensor : {GgufTensor::Output, GgufTensor::TokenEmbedding, GgufTensor::FfnDown})
            QCOMPARE(typeOf(GgufFile::BF16, tensor, grouped), DType::BF16);
        QCOMPARE(typeOf(GgufFile::F16, GgufTensor::Kept, grouped), DType::F32);
    }

    void mixturesInMxfp4KeepEverythingButExperts()
    {
        GgufModel mixture = grouped;
        mixture.experts = 32;
        QCOMPARE(typeOf(GgufFile::MXFP4_MOE, GgufTensor::FfnDown, mixture), DType::MXFP4);
        QCOMPARE(typeOf(GgufFile::MXFP4_MOE, GgufTensor::AttentionQ, mixture), DType::Q8_0);
        QCOMPARE(typeOf(GgufFile::MXFP4_MOE, GgufTensor::Output, mixture), DType::Q8_0);
    }
};

QTEST_APPLESS_MAIN(TestGgufMix)
#include "tst_gguf_mix.moc"
