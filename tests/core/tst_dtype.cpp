// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/dtype.h"
#include "tests/support/text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

class TestDType : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyFormatHasItsBitsPerWeight_data()
    {
        QTest::addColumn<double>("bits");
        const auto row = [](const char* id, double bits) { QTest::newRow(id) << bits; };
        row("complex128", 2 * 64);
        for (const char* id : {"fp64", "int64", "uint64", "complex64"})
            row(id, 64);
        for (const char* id : {"fp32", "int32", "uint32", "complex32"})
            row(id, 32);
        for (const char* id : {"bf16", "fp16", "int16", "uint16"})
            row(id, 16);
        for (const char* id :
             {"fp8", "fp8_e5m2", "fp8_e4m3fnuz", "fp8_e5m2fnuz", "fp8_e8m0", "int8", "uint8", "bool"})
            row(id, 8);
        for (const char* id : {"fp6_e3m2", "fp6_e2m3"})
            row(id, 6);
        for (const char* id : {"fp4", "uint4"})
            row(id, 4);
        row("uint2", 2);
        row("uint1", 1);
        // Payload bits plus the bits of each block's scales, spread over the block.
        row("nf4", 4 + 32.0 / 64);
        row("mxfp4", 4 + 8.0 / 32);
        row("q8_0", 8 + 16.0 / 32);
        row("q6_k", 6 + (16 * 8 + 16) / 256.0);
        row("q5_k", 5 + (12 * 8 + 2 * 16) / 256.0);
        row("q5_1", 5 + 2 * 16 / 32.0);
        row("q5_0", 5 + 16.0 / 32);
        row("q4_k", 4 + (12 * 8 + 2 * 16) / 256.0);
        row("q4_1", 4 + 2 * 16 / 32.0);
        row("q4_0", 4 + 16.0 / 32);
        row("q3_k", 3 + (12 * 8 + 16) / 256.0);
        row("q2_k", 2 + (16 * 8 + 2 * 16) / 256.0);
        row("nvfp4_ggml", 4 + 4 * 8.0 / 64);
        row("q8_k", 8 + (32 + 16 * 16) / 256.0);
        row("q8_1", 8 + 2 * 16 / 32.0);
        row("q2_0", 2 + 16.0 / 64);
        row("q1_0", 1 + 16.0 / 128);
        // Bits per weight as llama.cpp prints them.
        row("iq4_xs", 4.25);
        row("iq4_nl", 4.5);
        row("iq3_s", 3.4375);
        row("iq3_xxs", 3.0625);
        row("iq2_s", 2.5625);
        row("iq2_xs", 2.3125);
        row("iq2_xxs", 2.0625);
        row("iq1_m", 1.75);
        row("iq1_s", 1.5625);
        row("tq2_0", 2.0625);
        row("tq1_0", 1.6875);
    }

    void everyFormatHasItsBitsPerWeight()
    {
        QFETCH(double, bits);
        const auto dtype = dtypeNamed(QTest::currentDataTag());
        QVERIFY(dtype);
        const DTypeInfo& format = info(*dtype);
        QCOMPARE(8.0 * static_cast<double>(format.blockBytes) / static_cast<double>(format.blockElements),
                 bits);
    }

    void theTableAboveLeavesNoFormatOut()
    {
        constexpr std::size_t rows = 1 + 4 + 4 + 4 + 8 + 2 + 2 + 2 + 12 + 16;
        QCOMPARE(dtypes().size(), rows);
        for (std::size_t i = 0; i < dtypes().size(); ++i)
            QCOMPARE(static_cast<std::size_t>(dtypes()[i].dtype), i);
    }

    void readsTheNamesThatConfigsUse_data()
    {
        QTest::addColumn<QString>("id");
        const auto row = [](const char* name, const char* id) {
            QTest::newRow(name) << QString::fromUtf8(id);
        };
        row("bfloat16", "bf16");
        row("float16", "fp16");
        row("half", "fp16");
        row("float32", "fp32");
        row("float", "fp32");
        row("float64", "fp64");
        row("double", "fp64");
        row("float8_e4m3fn", "fp8");
        row("float8_e5m2", "fp8_e5m2");
        row("torch.bfloat16", "bf16");
        row("torch.int8", "int8");
        row("long", "int64");
        row("torch.short", "int16");
        row("torch.float8_e4m3fnuz", "fp8_e4m3fnuz");
        row("torch.quint4x2", "uint4");
        row("cfloat", "complex64");
    }

    void readsTheNamesThatConfigsUse()
    {
        QFETCH(QString, id);
        const auto dtype = dtypeNamed(QTest::currentDataTag());
        QVERIFY(dtype);
        QCOMPARE(q(info(*dtype).id), id);
    }

    void anUnknownNameListsThoseThatAreOffered()
    {
        const auto dtype = dtypeNamed("float17");
        QVERIFY(!dtype);
        QCOMPARE(dtype.error().kind, ErrorKind::NotFound);
        QVERIFY(dtype.error().detail.find("float17") != std::string::npos);
        for (const DTypeInfo& format : dtypes())
            QVERIFY2(!isOffered(format.dtype) || dtype.error().detail.find(format.id) != std::string::npos,
                     format.id.data());
        QVERIFY(!dtypeNamed(""));
        QVERIFY(!dtypeNamed("BF16"));
    }

    void sizesPlainTensorsByElement()
    {
        QCOMPARE(byteSize({151936, 2048}, DType::BF16).value(), 151936 * 2048 * 2);
        QCOMPARE(byteSize({3, 5}, DType::F32).value(), 3 * 5 * 4);
        QCOMPARE(byteSize({3, 5}, DType::F8E4M3).value(), 3 * 5);
        QCOMPARE(byteSize({}, DType::F64).value(), 8);
        QCOMPARE(byteSize({7, 0}, DType::F32).value(), 0);
    }

    void padsRowsToWholeBlocks()
    {
        // 257 elements a row are two blocks of 256, whatever the number of rows.
        QCOMPARE(byteSize({3, 257}, DType::Q4_K).value(), 3 * 2 * 144);
        QCOMPARE(byteSize({3, 256}, DType::Q4_K).value(), 3 * 1 * 144);
        QCOMPARE(byteSize({5, 1}, DType::Q8_0).value(), 5 * 1 * 34);
        QCOMPARE(byteSize({2, 5, 64}, DType::NF4).value(), 2 * 5 * (64 / 2 + 4));
        QCOMPARE(byteSize({5, 65}, DType::NF4).value(), 5 * 2 * (64 / 2 + 4));
        QCOMPARE(byteSize({31}, DType::MXFP4).value(), 17);
    }

    void saturatesForAbsurdTensors()
    {
        const std::int64_t side = std::int64_t{1} << 31;
        QVERIFY(byteSize({side, side}, DType::BF16).isSaturated());
        QVERIFY(byteSize({side, side, 4}, DType::Q4_0).isSaturated());
        QCOMPARE(byteSize({side, side}, DType::F8E4M3).value(), side * side);
    }

    void tellsFloatsFromIntegers()
    {
        for (const DTypeInfo& format : dtypes()) {
            const bool isInteger = q(format.id).contains(QLatin1String("int")) || format.id == "bool";
            const bool isComplex = q(format.id).contains(QLatin1String("complex"));
            QCOMPARE(isFloat(format.dtype), !isInteger && !isComplex);
            QCOMPARE(isBlockFormat(format.dtype), format.blockElements > 1);
        }
    }
};

QTEST_APPLESS_MAIN(TestDType)
#include "tst_dtype.moc"
