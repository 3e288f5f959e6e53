// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/timing/device.h"

#include <QtTest>

#include <cmath>

using namespace sunflop;

namespace {

QString q(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

} // namespace

class TestDevice : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyDeviceHasMemoryBandwidthAPeakAndASource()
    {
        QVERIFY(devices().size() >= 98);
        for (const Device& device : devices()) {
            QVERIFY2(device.memoryBytes > Count(0) && device.bandwidth > 0, device.id.c_str());
            QVERIFY2(device.peak(Precision::BF16).flopsPerSecond > 0, device.id.c_str());
            QVERIFY2(device.matmulEfficiency > 0 && device.matmulEfficiency <= 1, device.id.c_str());
            QVERIFY2(!device.source.empty() && !device.confidence.empty(), device.id.c_str());
            QVERIFY2(!device.memorySource.empty(), device.id.c_str());
            QCOMPARE(q(deviceNamed(device.id)->id), q(device.id));
        }
    }

    /// NVIDIA's H100 SXM5 data sheet: 3.35 TB/s, 1,979 TFLOP/s of bf16 with sparsity, half of it without.
    void ratesAreDenseAndInBaseUnits()
    {
        const auto h100 = deviceNamed("h100-sxm");
        QVERIFY(h100);
        QCOMPARE(h100->bandwidth, 3350e9);
        QCOMPARE(h100->peak(Precision::BF16).flopsPerSecond, 989e12);
        QCOMPARE(h100->linkBandwidth, 450e9);
        QCOMPARE(h100->labelledGigabytes, 80.0);
    }

    /// What PyTorch reports as a device's total memory, GiB.
    void memoryIsWhatTheDriverOffers_data()
    {
        QTest::addColumn<double>("gibibytes");
        QTest::newRow("a40") << 44.35;
        QTest::newRow("rtx4090") << 23.64;
        QTest::newRow("a30") << 23.53;
        QTest::newRow("l40") << 44.40;
        QTest::newRow("h100-nvl") << 93.00;
        QTest::newRow("rtx5090") << 31.36;
        QTest::newRow("h20") << 95.00; // 97,285 MiB
        QTest::newRow("a100-sxm-40") << 42'298'834'944 / (1024.0 * 1024 * 1024);
    }

    void memoryIsWhatTheDriverOffers()
    {
        QFETCH(double, gibibytes);
        const Device device = deviceNamed(QTest::currentDataTag()).value();
        const double offered = static_cast<double>(device.memoryBytes.value()) / (1024.0 * 1024 * 1024);
        QVERIFY2(std::abs(offered - gibibytes) < 0.011, qPrintable(QString::number(offered)));
    }

    /// Nobody offers all that the label says; where nothing is known the least is taken, not the most.
    void noDeviceOffersItsLabel()
    {
        for (const Device& device : devices()) {
            const double offered = static_cast<double>(device.memoryBytes.value()) / (1024.0 * 1024 * 1024);
            QVERIFY2(offered < device.labelledGigabytes, device.id.c_str());
            QVERIFY2(offered >= device.labelledGigabytes * 2 / 3 - 0.01, device.id.c_str());
        }
        // A T4 of 16 GB offers 14.75 GiB.
        QVERIFY(leastUsableShare <= 14.75 / 16);
        const Device xeon = deviceNamed("xeon-8480p").value();
        QCOMPARE(xeon.memoryBytes.value(), static_cast<std::int64_t>(512 * 0.92 * 1024 * 1024 * 1024));
    }

    void namesAreFoundAsPeopleWriteThem_data()
    {
        QTest::addColumn<QString>("id");
        QTest::newRow("H100") << "h100-sxm";
        QTest::newRow("h100 pcie") << "h100-pcie";
        QTest::newRow("H100 80GB") << "h100-sxm";
        QTest::newRow("A100") << "a100-sxm-80";
        QTest::newRow("a100 40gb pcie") << "a100-pcie-40";
        QTest::newRow("H200 SXM") << "h200-sxm";
        QTest::newRow("4090") << "rtx4090";
        QTest::newRow("RTX 4090") << "rtx4090";
        QTest::newRow("MI300X") << "mi300x";
        QTest::newRow("M3 Max") << "apple-m3-max";
    }

    void namesAreFoundAsPeopleWriteThem()
    {
        QFETCH(QString, id);
        const auto device = deviceNamed(QTest::currentDataTag());
        QVERIFY2(device, device ? "" : device.error().text().c_str());
        QCOMPARE(q(device->id), id);
    }

    void anUnknownNameListsTheNearest()
    {
        const auto device = deviceNamed("h300-sxm");
        QVERIFY(!device);
        QVERIFY(device.error().kind == ErrorKind::NotFound);
        QVERIFY2(device.error().text().find("h200-sxm") != std::string::npos, device.error().text().c_str());
        QVERIFY(!deviceNamed(""));
    }

    void aNameOfSeveralDevicesListsThem()
    {
        const auto device = deviceNamed("apple max");
        QVERIFY(!device);
        QVERIFY(device.error().kind == ErrorKind::Conflict);
        QVERIFY(device.error().text().find("apple-m1-max, apple-m2-max") != std::string::npos);
    }

    void whatADeviceLacksRunsAtTheNextClass()
    {
        const Device v100 = deviceNamed("v100-sxm2-32").value();
        QVERIFY(v100.peak(Precision::BF16).precision == Precision::F32);
        QVERIFY(v100.peak(Precision::F16).precision == Precision::F16);
        const Device a100 = deviceNamed("a100-sxm-80").value();
        QVERIFY(a100.peak(Precision::F4).precision == Precision::BF16);
        QVERIFY(a100.peak(Precision::F8).precision == Precision::BF16);
        const Device h100 = deviceNamed("h100-sxm").value();
        QVERIFY(h100.peak(Precision::F4).precision == Precision::F8);
        const Device tpu = deviceNamed("tpu-v5e").value();
        QVERIFY(tpu.peak(Precision::F32).precision == Precision::BF16);
        QVERIFY(tpu.peak(Precision::F16).precision == Precision::BF16);
    }

    void usersAddTheirOwn()
    {
        const auto own = readDevices(R"({"devices": [{"id": "my-card", "memory_gb": 24,
            "bandwidth_gb_per_s": 1000, "peak_tflops": {"fp16": 100, "fp32": 50}, "note": "measured"}]})");
        QVERIFY2(own, own ? "" : own.error().text().c_str());
        const Device& card = own->front();
        QCOMPARE(card.memoryBytes.value(), static_cast<std::int64_t>(24 * 0.92 * 1024 * 1024 * 1024));
        QCOMPARE(card.labelledGigabytes, 24.0);
        QCOMPARE(card.bandwidth, 1000e9);
        QCOMPARE(card.peak(Precision::BF16).flopsPerSecond, 50e12);
        QCOMPARE(q(card.name), q("my-card"));
        QCOMPARE(q(deviceNamed("MY card", *own)->id), q("my-card"));
    }

    void faultsAreNamedByPlaceAndExpectation_data()
    {
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("error");
        const auto row = [](const char* name, const char* json, const char* error) {
            QTest::newRow(name) << json << error;
        };
        row("empty", "", "this is no JSON text");
        row("truncated", R"({"devices": [)", "this is no JSON text");
        row("no list", R"({"cards": []})", "devices: missing, expected a list");
        row("not an object", R"({"devices": [7]})", "devices[0]: found 7, expected an object");
        row("no id", R"({"devices": [{}]})", "devices[0]: id: missing");
        row("no memory", R"({"devices": [{"id": "x"}]})", "devices[0]: memory_gb: missing");
        row("no bandwidth", R"({"devices": [{"id": "x", "memory_gb": 1}]})",
            "devices[0]: bandwidth_gb_per_s: missing");
        row("no peak", R"({"devices": [{"id": "x", "memory_gb": 1, "bandwidth_gb_per_s": 1}]})",
            "devices[0]: peak_tflops: missing");
        row("negative memory", R"({"devices": [{"id": "x", "memory_gb": -1}]})",
            "devices[0]: memory_gb: found -1, expected a number above 0");
        row("huge memory", R"({"devices": [{"id": "x", "memory_gb": 1e300}]})", "memory_gb: found 1e+300");
        row("wrong type", R"({"devices": [{"id": "x", "memory_gb": "80"}]})", "memory_gb: found \"80\"");
        row("unknown class",
            R"({"devices": [{"id": "x", "memory_gb": 1, "bandwidth_gb_per_s": 1,
                "peak_tflops": {"bf17": 1}}]})",
            "devices[0]: peak_tflops: found \"bf17\", expected one of fp32");
        row("the same id twice",
            R"({"devices": [
                {"id": "x", "memory_gb": 1, "bandwidth_gb_per_s": 1, "peak_tflops": {"bf16": 1}},
                {"id": "x", "memory_gb": 1, "bandwidth_gb_per_s": 1, "peak_tflops": {"bf16": 1}}]})",
            "devices[1]: id: \"x\" a second time");
    }

    void faultsAreNamedByPlaceAndExpectation()
    {
        QFETCH(QString, json);
        QFETCH(QString, error);
        const auto read = readDevices(json.toStdString());
        QVERIFY(!read);
        const QString text = q(read.error().text());
        QVERIFY2(text.contains(error), qPrintable(text));
    }
};

QTEST_APPLESS_MAIN(TestDevice)
#include "tst_device.moc"
