// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/checkpoint/safetensors_header.h"
#include "core/sunflop.h"
#include "tests/support/text.h"
#include "tests/support/written_files.h"

#include <QTemporaryDir>
#include <QtTest>

#include <fstream>

using namespace sunflop;
using namespace sunflop::test;

namespace {

Result<std::vector<StoredTensor>> header(std::string_view json, std::size_t dataBytes)
{
    return safetensorsHeader(Bytes::of(safetensorsOf(json, dataBytes)));
}

void write(const QTemporaryDir& folder, const char* name, const std::string& contents)
{
    std::ofstream(folder.filePath(q(name)).toStdString(), std::ios::binary) << contents;
}

Result<Source> openIn(const QTemporaryDir& folder, const char* name)
{
    return openFile(folder.filePath(q(name)).toStdString());
}

bool hasNote(const Source& source, std::string_view part)
{
    return std::ranges::any_of(source.notes,
                               [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

constexpr auto half = R"({"a.weight":{"dtype":"F16","shape":[4,3],"data_offsets":[0,24]}})";

} // namespace

class TestSafetensors : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsNamesTypesAndShapes()
    {
        const auto tensors = header(R"({"__metadata__":{"format":"pt"},
            "b.bias":{"dtype":"F32","shape":[5],"data_offsets":[24,44]},
            "a.weight":{"dtype":"BF16","shape":[4,3],"data_offsets":[0,24]},
            "scalar":{"dtype":"I64","shape":[],"data_offsets":[44,52]}})",
                                    4 * 3 * 2 + 5 * 4 + 8);
        QVERIFY2(tensors, tensors ? "" : tensors.error().text().c_str());
        QCOMPARE(tensors->size(), 3u);
        QCOMPARE(q((*tensors)[0].name), q("a.weight"));
        QCOMPARE((*tensors)[0].dtype, DType::BF16);
        QCOMPARE((*tensors)[0].shape, (Shape{4, 3}));
        QCOMPARE((*tensors)[0].bytes.value(), 4 * 3 * 2);
        QCOMPARE((*tensors)[1].bytes.value(), 5 * 4);
        QVERIFY((*tensors)[1].kind == StoredTensor::Kind::Parameter);
        QVERIFY((*tensors)[2].kind == StoredTensor::Kind::Buffer);
    }

    void readsEveryElementType_data()
    {
        QTest::addColumn<int>("bits");
        for (const char* type : {"F64", "I64", "U64", "C64"})
            QTest::newRow(type) << 64;
        for (const char* type : {"F32", "I32", "U32"})
            QTest::newRow(type) << 32;
        for (const char* type : {"F16", "BF16", "I16", "U16"})
            QTest::newRow(type) << 16;
        for (const char* type :
             {"BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"})
            QTest::newRow(type) << 8;
        QTest::newRow("F6_E2M3") << 6;
        QTest::newRow("F6_E3M2") << 6;
        QTest::newRow("F4") << 4;
    }

    void readsEveryElementType()
    {
        QFETCH(int, bits);
        const int bytes = 8 * 4 * bits / 8;
        const auto tensors =
            header(QStringLiteral(R"({"x":{"dtype":"%1","shape":[8,4],"data_offsets":[0,%2]}})")
                       .arg(QLatin1String(QTest::currentDataTag()))
                       .arg(bytes)
                       .toStdString(),
                   static_cast<std::size_t>(bytes));
        QVERIFY2(tensors, tensors ? "" : tensors.error().text().c_str());
        QCOMPARE(tensors->front().bytes.value(), bytes);
    }

    void refusesWhatIsNoHeader_data()
    {
        QTest::addColumn<QString>("json");
        QTest::addColumn<int>("data");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const char* json, int data, const char* reason) {
            QTest::newRow(name) << q(json) << data << q(reason);
        };
        row("no JSON", "{nothing", 0, "no JSON");
        row("unknown type", R"({"x":{"dtype":"F7","shape":[1],"data_offsets":[0,1]}})", 1,
            "\"F7\" is no element type");
        row("no shape", R"({"x":{"dtype":"F32","data_offsets":[0,4]}})", 4,
            "expected dtype, shape and data_offsets");
        row("negative size", R"({"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "from 0 on");
        row("text as a size", R"({"x":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}})", 4,
            "found a text");
        row("fraction as a size", R"({"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4,
            "a fraction");
        row("one offset", R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4, "no [begin, end]");
        row("end before begin", R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4,
            "no [begin, end]");
        row("past the end", R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4,
            "the data end at byte 8");
        row("other size", R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4,
            "the shape takes 8");
        row("overflow", R"({"x":{"dtype":"F32","shape":[1099511627776,1099511627776],"data_offsets":[0,4]}})",
            4, "the shape takes");
        row("hole", R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, "no hole");
        row("overlap",
            R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
            4, "no overlap");
        row("bytes behind", R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 9, "the file has 9");
        row("list in a list", R"({"x":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", 4,
            "found a list");
        row("object in an entry", R"({"x":{"dtype":"F32","shape":{},"data_offsets":[0,4]}})", 4,
            "an object within");
        row("two shapes", R"({"x":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}})", 4,
            "a second");
    }

    void refusesWhatIsNoHeader()
    {
        QFETCH(QString, json);
        QFETCH(int, data);
        QFETCH(QString, reason);
        const auto tensors = header(json.toStdString(), static_cast<std::size_t>(data));
        QVERIFY(!tensors);
        QVERIFY2(q(tensors.error().text()).contains(reason), tensors.error().text().c_str());
    }

    void refusesALengthPastTheEnd()
    {
        QVERIFY(!safetensorsHeader(Bytes::of(littleEndian(1000, 8) + "{}")));
        const auto huge = safetensorsHeader(Bytes::of(littleEndian(~std::uint64_t{0}, 8) + "{}"));
        QVERIFY(!huge);
        QVERIFY(q(huge.error().text()).contains(q("expected at most 100000000")));
    }

    void aNameThatTwoTensorsHaveIsRefused()
    {
        QTemporaryDir folder;
        write(
            folder, "x.safetensors",
            safetensorsOf(
                R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                2));
        const auto source = openIn(folder, "x.safetensors");
        QVERIFY(!source);
        QVERIFY(q(source.error().text()).contains(q("two tensors have this name")));
    }

    void shardsOpenAsOneCheckpoint()
    {
        QTemporaryDir folder;
        write(folder, "model-00001-of-00002.safetensors", safetensorsOf(half, 24));
        write(folder, "model-00002-of-00002.safetensors",
              safetensorsOf(R"({"b.weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8));
        write(folder, "model.safetensors.index.json",
              R"({"metadata":{"total_size":32},"weight_map":{"a.weight":"model-00001-of-00002.safetensors",
                  "b.weight":"model-00002-of-00002.safetensors"}})");
        for (const char* name : {"model.safetensors.index.json", "model-00002-of-00002.safetensors", "."}) {
            const auto source = openIn(folder, name);
            QVERIFY2(source, source ? "" : source.error().text().c_str());
            QCOMPARE(source->stored->tensors.size(), 2u);
            QVERIFY(source->notes.empty());
        }
    }

    void shardsOpenByTheirNumbersWithoutAnIndex()
    {
        QTemporaryDir folder;
        write(folder, "model-00001-of-00003.safetensors", safetensorsOf(half, 24));
        write(folder, "model-00003-of-00003.safetensors",
              safetensorsOf(R"({"b.weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8));
        for (const char* name :
             {"model-00001-of-00003.safetensors", "model-00003-of-00003.safetensors", "."}) {
            const auto source = openIn(folder, name);
            QVERIFY2(source, source ? "" : source.error().text().c_str());
            QCOMPARE(source->stored->tensors.size(), 2u);
            QVERIFY(hasNote(*source, "1 of 3 shards are missing: model-00002-of-00003.safetensors"));
        }
    }

    void missingShardsAreNamed()
    {
        QTemporaryDir folder;
        write(folder, "part-one.safetensors", safetensorsOf(half, 24));
        write(
            folder, "model.safetensors.index.json",
            R"({"weight_map":{"a.weight":"part-one.safetensors","b":"part-two.safetensors","c":"part-two.safetensors"}})");
        const auto source = openIn(folder, "model.safetensors.index.json");
        QVERIFY2(source, source ? "" : source.error().text().c_str());
        QVERIFY(hasNote(*source, "1 of 2 shards are missing, with 2 tensors: part-two.safetensors"));
        QVERIFY(QFile::remove(folder.filePath(q("part-one.safetensors"))));
        QVERIFY(!openIn(folder, "model.safetensors.index.json"));
    }

    void tensorsThatTheIndexMisplacesAreNamed()
    {
        QTemporaryDir folder;
        write(folder, "one.safetensors", safetensorsOf(half, 24));
        write(folder, "model.safetensors.index.json",
              R"({"weight_map":{"a.weight":"one.safetensors","b":"one.safetensors"}})");
        const auto source = openIn(folder, "model.safetensors.index.json");
        QVERIFY(source);
        QVERIFY(hasNote(*source, "1 tensors are not in the shard that the index names: b"));
    }

    void anIndexMayNotLeaveItsFolder()
    {
        QTemporaryDir folder;
        write(folder, "model.safetensors.index.json", R"({"weight_map":{"a":"../one.safetensors"}})");
        const auto source = openIn(folder, "model.safetensors.index.json");
        QVERIFY(!source);
        QVERIFY(q(source.error().text()).contains(q("a file in the same folder")));
    }

    void theConfigBesideIsReadToo()
    {
        QTemporaryDir folder;
        write(folder, "model.safetensors", safetensorsOf(half, 24));
        write(folder, "config.json", R"({"model_type": "something"})");
        QCOMPARE(q(openIn(folder, "model.safetensors")->config.modelType()), q("something"));
        QCOMPARE(q(openIn(folder, ".")->config.modelType()), q("something"));
        write(folder, "adapter_model.safetensors", safetensorsOf(half, 24));
        QVERIFY(openIn(folder, "adapter_model.safetensors")->config.modelType().empty());
    }

    void weightsThatCannotBeReadLeaveTheConfig()
    {
        QTemporaryDir folder;
        write(folder, "model.safetensors", safetensorsOf(half, 23));
        write(folder, "config.json", R"({"model_type": "llama"})");
        const auto source = openIn(folder, ".");
        QVERIFY(source);
        QVERIFY(source->stored == nullptr);
        QVERIFY(hasNote(*source, "The weights were not read"));
    }

    void theHubsCacheIsFound()
    {
        QTemporaryDir cache;
        QVERIFY(QDir(cache.path()).mkpath(q("models--org--name/snapshots/abc")));
        QVERIFY(QDir(cache.path()).mkpath(q("models--org--name/refs")));
        write(cache, "models--org--name/refs/main", "abc");
        write(cache, "models--org--name/snapshots/abc/model.safetensors", safetensorsOf(half, 24));
        qputenv("HF_HUB_CACHE", cache.path().toUtf8());
        const auto source = sunflop::open("hf:org/name");
        QVERIFY2(source, source ? "" : source.error().text().c_str());
        QCOMPARE(q(source->name), q("name"));
        const auto missing = sunflop::open("hf:org/other");
        QVERIFY(!missing);
        QVERIFY2(q(missing.error().text()).contains(cache.path()), missing.error().text().c_str());
        QVERIFY(!sunflop::open("hf:../name"));
        QVERIFY(!sunflop::open("hf:org/name@v2"));
    }
};

QTEST_APPLESS_MAIN(TestSafetensors)
#include "tst_safetensors.moc"
