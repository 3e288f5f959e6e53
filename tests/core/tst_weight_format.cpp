// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/dtype.h"
#include "core/quantisation/weight_format.h"

#include <QtTest>

using namespace sunflop;

namespace {

std::int64_t bytes(const Shape& shape, const WeightFormat& format)
{
    return packedBytes(shape, format).total().value();
}

} // namespace

class TestWeightFormat : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void plainTypesHaveNothingBesideThem()
    {
        QCOMPARE(bytes({3, 5}, packing::plain(DType::F32)), 4 * 3 * 5);
        QCOMPARE(bytes({}, packing::plain(DType::I64)), 8);
        QCOMPARE(packedBytes({3, 5}, packing::plain(DType::BF16)).companions.value(), 0);
    }

    void int8HasAScalePerOutput()
    {
        QCOMPARE(bytes({12, 300}, packing::bitsandbytesInt8()), 12 * 300 + 12 * 4);
        QCOMPARE(bytes({12, 300}, packing::perChannel("fp8-channel")), 12 * 300 + 12 * 4);
        QCOMPARE(bytes({12, 300}, packing::perChannel("int8", 16)), 12 * 300 + 12 * 2);
        QCOMPARE(bytes({12, 300}, packing::perTensor8("fp8-tensor")), 12 * 300 + 4);
    }

    void nf4CutsBlocksFromTheFlattenedTensor()
    {
        // 3 * 50 = 150 elements: 75 bytes, three blocks of 64, sixteen fp32 codes. Rows of 50 play no part.
        QCOMPARE(bytes({3, 50}, packing::bitsandbytes4("nf4", false)), 75 + 3 * 4 + 16 * 4);
        // 256 * 256 elements: 1024 blocks of 64, four nested blocks of 256, their code table and an offset.
        QCOMPARE(bytes({256, 256}, packing::bitsandbytes4("nf4", true)),
                 256 * 256 / 2 + 1024 + 4 * 4 + 16 * 4 + 256 * 4 + 4);
    }

    void gptqKeepsScalesZerosAndAnIndex()
    {
        // [out, in] = [64, 256], groups of 128: two groups an output.
        constexpr std::int64_t groups = 64 * 2;
        QCOMPARE(bytes({64, 256}, packing::gptq(4, 128)), 64 * 256 / 2 + groups * 2 + groups / 2 + 256 * 4);
        QCOMPARE(bytes({64, 256}, packing::awq(4, 128)), 64 * 256 / 2 + groups * 2 + groups / 2);
        // 32 elements of three bits are three whole words.
        QCOMPARE(bytes({64, 256}, packing::awq(3, 128)), 64 * 256 * 3 / 8 + groups * 2 + groups * 3 / 8);
        // One group for all inputs of an output.
        QCOMPARE(bytes({64, 256}, packing::gptq(8, 0)), 64 * 256 + 64 * 2 + 64 + 256 * 4);
    }

    void largeMatricesApproachTheBitsOfTheTable_data()
    {
        QTest::addColumn<double>("found");
        QTest::addColumn<double>("expected");
        const Shape square{4096, 4096};
        const auto row = [&](const char* name, const WeightFormat& format, double expected) {
            QTest::newRow(name) << bitsPerWeight(square, format) << expected;
        };
        row("int8", packing::bitsandbytesInt8(), 8 + 32.0 / 4096);
        row("gptq", packing::gptq(4, 128), 4 + 20.0 / 128 + 32.0 / 4096);
        row("awq", packing::awq(4, 128), 4.15625);
        row("hqq", packing::hqq(4, 64), 4 + 32.0 / 64);
        row("hqq, five bits are a byte", packing::hqq(5, 64), 8 + 32.0 / 64);
        row("packed integers", packing::packedInts(4, 128, true, true),
            4 + 20.0 / 128 + 32.0 / 4096 + 128.0 / (4096.0 * 4096));
        row("ternary", packing::ternary(), 2 + 16.0 / (4096.0 * 4096));
        // 2^16 codes of 8 elements in 16 bits, a scale for every row.
        row("aqlm 1x16", packing::aqlm({}), 16.0 / 8 + 16.0 / 4096 + 65536 * 8 * 16.0 / (4096.0 * 4096));
        row("aqlm 2x8", packing::aqlm({.codebooks = 2, .codeBits = 8}),
            2 * 8.0 / 8 + 16.0 / 4096 + 2 * 256 * 8 * 16.0 / (4096.0 * 4096));
        row("fp8 tiles", packing::fp8Tiles(), 8 + 32.0 / (128 * 128));
        row("mxfp8", packing::mx(8), 8.25);
        row("mxfp6", packing::mx(6), 6.25);
        row("mxfp4", packing::mx(4), 4.25);
        row("nvfp4", packing::nvfp4(), 4.5 + 32.0 / (4096.0 * 4096));
        row("nf4", packing::bitsandbytes4("nf4", false), 4.5 + 64 * 8.0 / (4096.0 * 4096));
    }

    void largeMatricesApproachTheBitsOfTheTable()
    {
        QFETCH(double, found);
        QTEST(found, "expected");
    }

    void tilesThatAreCutOffHaveAScaleToo()
    {
        // 130 x 129 elements: two by two tiles of 128.
        QCOMPARE(bytes({130, 129}, packing::fp8Tiles()), 130 * 129 + 2 * 2 * 4);
        // 33 elements a row: two blocks of 32.
        QCOMPARE(bytes({2, 33}, packing::mx(4)), 2 * 2 * 16 + 2 * 2);
    }

    void tenValuesOfThreeBitsAreAWord()
    {
        // 40 groups of 64 are 2560 values in 256 words.
        QCOMPARE(bytes({40, 64}, packing::hqq(3, 64)), 256 * 4 + 40 * (2 + 2));
        QCOMPARE(bytes({2, 25}, packing::packedInts(3, 0, false, false)), 2 * 3 * 4 + 2 * 2 + 2 * 8);
    }

    void stackedExpertsAreMatricesOfTheirOwn()
    {
        QCOMPARE(bytes({8, 64, 256}, packing::awq(4, 128)), 8 * bytes({64, 256}, packing::awq(4, 128)));
        QCOMPARE(bytes({8, 64, 256}, packing::perTensor8("fp8")), 8 * (64 * 256 + 4));
    }

    void ggufRowsArePaddedToWholeBlocks()
    {
        QCOMPARE(byteSize({3, 512}, DType::Q4_K).value(), 3 * 2 * 144);
        QCOMPARE(byteSize({3, 513}, DType::Q4_K).value(), 3 * 3 * 144);
        QCOMPARE(byteSize({7}, DType::F32).value(), 7 * 4);
        QCOMPARE(byteSize({}, DType::F32).value(), 4);
    }

    void ggufTypesHaveTheirBits_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<double>("bits");
        // ggml-common.h: scales, then the packed elements.
        QTest::newRow("q8_0") << "q8_0" << 8.0 * (2 + 32) / 32;
        QTest::newRow("q6_k") << "q6_k" << 8.0 * (128 + 64 + 16 + 2) / 256;
        QTest::newRow("q5_k") << "q5_k" << 8.0 * (4 + 12 + 32 + 128) / 256;
        QTest::newRow("q4_k") << "q4_k" << 8.0 * (4 + 12 + 128) / 256;
        QTest::newRow("q3_k") << "q3_k" << 8.0 * (32 + 64 + 12 + 2) / 256;
        QTest::newRow("q2_k") << "q2_k" << 8.0 * (16 + 64 + 4) / 256;
        QTest::newRow("iq4_xs") << "iq4_xs" << 8.0 * (2 + 2 + 4 + 128) / 256;
        QTest::newRow("iq1_s") << "iq1_s" << 8.0 * (2 + 32 + 16) / 256;
        QTest::newRow("mxfp4") << "mxfp4" << 4.25;
    }

    void ggufTypesHaveTheirBits()
    {
        QFETCH(QString, id);
        const auto found = std::ranges::find(dtypes(), id.toStdString(), &DTypeInfo::id);
        QVERIFY(found != dtypes().end());
        QTEST(8.0 * static_cast<double>(found->blockBytes) / static_cast<double>(found->blockElements),
              "bits");
    }

    void whatIsTooLargeSaturates()
    {
        const Shape huge{std::int64_t{1} << 40, std::int64_t{1} << 40};
        QVERIFY(packedBytes(huge, packing::gptq(4, 128)).total().isSaturated());
        QVERIFY(packedBytes(huge, packing::bitsandbytes4("nf4", true)).total().isSaturated());
    }
};

QTEST_APPLESS_MAIN(TestWeightFormat)
#include "tst_weight_format.moc"
