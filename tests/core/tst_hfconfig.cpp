// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/decoder.h"
#include "core/formats/format.h"
#include "tests/support/text.h"

#include <nlohmann/json.hpp>

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

namespace {

Result<Source> read(std::string_view text)
{
    const auto format = std::ranges::find(formats(), "hfconfig", &Format::id);
    return format->read({Bytes::of(std::string(text)), "small", {}});
}

/// The decoder that a config describes; the test fails on its error.
Decoder decoder(std::string_view text)
{
    const auto found = read(text).and_then([](const Source& source) {
        return familyOf(source.config).and_then([&](const Family* family) {
            return family->decoder(source.config);
        });
    });
    if (!found)
        qFatal("%s", found.error().text().c_str());
    return *found;
}

/// What a config class of transformers sets when config.json holds nothing but the model type.
struct Defaults {
    const char* modelType;
    std::int64_t hidden, intermediate, layers, heads, kvHeads, headDim, vocabulary, contextTokens, window;
};

// From configuration_llama.py, configuration_mistral.py, configuration_qwen2.py and configuration_qwen3.py.
constexpr Defaults published[] = {
    {"llama", 4096, 11008, 32, 32, 32, 4096 / 32, 32000, 2048, 0},
    {"mistral", 4096, 14336, 32, 32, 8, 4096 / 32, 32000, 4096 * 32, 4096},
    {"qwen2", 4096, 22016, 32, 32, 32, 4096 / 32, 151936, 32768, 0},
    {"qwen3", 4096, 22016, 32, 32, 32, 128, 151936, 32768, 0},
};

} // namespace

class TestHfConfig : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::filesystem::path path(const QString& name) const { return m_folder.filePath(name).toStdString(); }
    void write(const QString& name, const QByteArray& text) const
    {
        QFile file(m_folder.filePath(name));
        QVERIFY(QDir().mkpath(QFileInfo(file).path()));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
    }

private Q_SLOTS:
    void missingKeysTakeTheClassDefaults_data()
    {
        QTest::addColumn<const Defaults*>("defaults");
        for (const Defaults& defaults : published)
            QTest::newRow(defaults.modelType) << &defaults;
    }

    void missingKeysTakeTheClassDefaults()
    {
        QFETCH(const Defaults*, defaults);
        const Decoder d = decoder("{\"model_type\": \"" + std::string(defaults->modelType) + "\"}");
        QCOMPARE(d.hidden, defaults->hidden);
        QCOMPARE(d.intermediate, defaults->intermediate);
        QCOMPARE(static_cast<std::int64_t>(d.layers.size()), defaults->layers);
        QCOMPARE(d.heads, defaults->heads);
        QCOMPARE(d.kvHeads, defaults->kvHeads);
        QCOMPARE(d.headDim, defaults->headDim);
        QCOMPARE(d.vocabulary, defaults->vocabulary);
        QCOMPARE(d.contextTokens, defaults->contextTokens);
        QCOMPARE(d.window, defaults->window);
        QCOMPARE(d.normEpsilon, 1e-6);
        QCOMPARE(q(d.hiddenAct), q("silu"));
        QVERIFY(!d.tiedHead);
        QVERIFY(!d.paddingRow);
        QVERIFY((d.qkvBias == Bias::Yes) == (defaults->modelType == std::string_view("qwen2")));
    }

    void nullIsAsGoodAsMissing()
    {
        const Decoder d = decoder(R"({"model_type": "llama", "hidden_size": null, "rms_norm_eps": null,
                                      "pad_token_id": null, "tie_word_embeddings": null, "head_dim": null})");
        QCOMPARE(d.hidden, 4096);
        QCOMPARE(d.normEpsilon, 1e-6);
        QVERIFY(!d.paddingRow);
        QVERIFY(!d.tiedHead);
        QCOMPARE(d.headDim, 4096 / 32);
    }

    void aNulledKeyHeadCountMeansAllHeads()
    {
        // Mistral's class default of 8 stands for a missing key only.
        QCOMPARE(decoder(R"({"model_type": "mistral", "num_key_value_heads": null})").kvHeads, 32);
        QCOMPARE(decoder(R"({"model_type": "mistral", "sliding_window": null})").window, 0);
    }

    /// Python writes numbers that are none; where one decides nothing else may stand for it.
    void refusesANumberThatIsNone_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        QTest::newRow("a width") << q("hidden_size") << q("Infinity");
        QTest::newRow("a negative one") << q("vocab_size") << q("-Infinity");
        QTest::newRow("an epsilon") << q("rms_norm_eps") << q("NaN");
    }
    void refusesANumberThatIsNone()
    {
        QFETCH(QString, key);
        QFETCH(QString, value);
        const auto source = read(q(R"({"model_type": "llama", "%1": %2})").arg(key, value).toStdString());
        QVERIFY(source);
        const auto decoder = familyOf(source->config).and_then([&](const Family* family) {
            return family->decoder(source->config);
        });
        QVERIFY(!decoder);
        const QString error = q(decoder.error().text());
        QVERIFY2(error.contains(key) && error.contains(q("\"%1\"").arg(value)), qPrintable(error));
    }

    void numbersThatAreNoneAreHarmlessWhereNobodyReadsThem()
    {
        const Decoder d = decoder(
            R"({"model_type": "llama", "vocab_size": 7, "limits": [NaN, -Infinity, {"a": Infinity}]})");
        QCOMPARE(d.vocabulary, 7);
    }

    void leavesNonFiniteWordsInTextsAlone()
    {
        const auto source = read("{\"a\": \"NaN, Infinity and -Infinity\", \"b\": \"quoted \\\"NaN\\\"\", "
                                 "\"c\\\\\": NaN, \"d\": \"\\\\\", \"NaN\": \"x\"}");
        QVERIFY(source);
        const nlohmann::json& json = source->config.json();
        QCOMPARE(q(json["a"].get<std::string>()), q("NaN, Infinity and -Infinity"));
        QCOMPARE(q(json["b"].get<std::string>()), q("quoted \"NaN\""));
        QCOMPARE(q(json["c\\"].get<std::string>()), q("NaN"));
        QCOMPARE(q(json["d"].get<std::string>()), q("\\"));
        QCOMPARE(q(json["NaN"].get<std::string>()), q("x"));
    }

    /// Python takes the last one, others the first: a figure must not depend on it.
    void refusesAKeyThatStandsTwice()
    {
        for (const char* text :
             {R"({"model_type": "llama", "num_hidden_layers": 2, "num_hidden_layers": 3})",
              R"({"model_type": "llama", "num_hidden_layers": 2, "num\u005fhidden_layers": 3})"}) {
            const auto source = read(text);
            QVERIFY(!source);
            QCOMPARE(q(source.error().text()), q("num_hidden_layers: stands twice, expected one value"));
        }
    }

    void readsFilesWithAByteOrderMark()
    {
        write(q("marked.json"), "\xEF\xBB\xBF{\"model_type\": \"llama\"}");
        const auto source = openFile(path(q("marked.json")));
        QVERIFY2(source, source ? "" : source.error().text().c_str());
        QCOMPARE(q(source->config.modelType()), q("llama"));
    }

    void aFolderIsItsConfig_data()
    {
        QTest::addColumn<QString>("opened");
        QTest::newRow("folder") << q("org/tiny-llama");
        QTest::newRow("folder with a slash") << q("org/tiny-llama/");
        QTest::newRow("folder reached sideways") << q("org/../org/tiny-llama");
        QTest::newRow("folder in place") << q("org/tiny-llama/.");
        QTest::newRow("folder above") << q("org/tiny-llama/inner/..");
        QTest::newRow("file in it") << q("org/tiny-llama/config.json");
        QTest::newRow("file of that name") << q("org/tiny-llama.json");
    }

    void aFolderIsItsConfig()
    {
        QFETCH(QString, opened);
        write(q("org/tiny-llama/config.json"), "{\"model_type\": \"llama\"}");
        write(q("org/tiny-llama/inner/notes.txt"), "nothing");
        write(q("org/tiny-llama.json"), "{\"model_type\": \"llama\"}");
        const auto source = openFile(path(opened));
        QVERIFY2(source, source ? "" : source.error().text().c_str());
        QCOMPARE(q(source->name), q("tiny-llama"));
        QCOMPARE(q(source->format), q("hfconfig"));
        QVERIFY(q(source->place).endsWith(q(".json")));
        QVERIFY(!source->report);
    }

    void aLinkedConfigIsNamedAfterTheFolderOfTheLink()
    {
        // As in the cache of huggingface_hub.
        write(q("blobs/0123abcd"), "{\"model_type\": \"llama\"}");
        QVERIFY(QDir(m_folder.path()).mkpath(q("snapshots/tiny-llama")));
        QVERIFY(
            QFile::link(q("../../blobs/0123abcd"), m_folder.filePath(q("snapshots/tiny-llama/config.json"))));
        const auto source = openFile(path(q("snapshots/tiny-llama")));
        QVERIFY2(source, source ? "" : source.error().text().c_str());
        QCOMPARE(q(source->name), q("tiny-llama"));
    }

    void refusesWhatIsNoModelFile_data()
    {
        QTest::addColumn<QString>("opened");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* opened, ErrorKind kind, const char* reason) {
            QTest::newRow(opened) << q(opened) << static_cast<int>(kind) << q(reason);
        };
        row("missing.json", ErrorKind::NotFound, "no such file or folder");
        row("missing/config.json", ErrorKind::NotFound, "no such file or folder");
        row("empty", ErrorKind::Malformed, "the folder has no config.json");
        row("nested", ErrorKind::Unsupported, "not a regular file");
        row("huge.json", ErrorKind::Unsupported, "1073741824 bytes, expected at most 16777216");
        row("zeros.bin", ErrorKind::Unsupported, "unknown kind of file, expected torch.export program");
        row("notes.txt", ErrorKind::Unsupported, "unknown kind of file, expected torch.export program");
    }

    void refusesWhatIsNoModelFile()
    {
        QFETCH(QString, opened);
        QFETCH(int, kind);
        QFETCH(QString, reason);
        QVERIFY(QDir(m_folder.path()).mkpath(q("empty")));
        QVERIFY(QDir(m_folder.path()).mkpath(q("nested/config.json")));
        write(q("notes.txt"), "Some notes.\n");
        for (const auto& [name, head] : {std::pair{"huge.json", "{"}, std::pair{"zeros.bin", ""}}) {
            QFile file(m_folder.filePath(q(name)));
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(head) >= 0);
            QVERIFY(file.resize(1LL << 30)); // a hole
        }
        const auto source = openFile(path(opened));
        QVERIFY(!source);
        QCOMPARE(static_cast<int>(source.error().kind), kind);
        QVERIFY2(q(source.error().detail).contains(reason), source.error().text().c_str());
        QVERIFY(q(source.error().where).startsWith(m_folder.filePath(opened)));
    }
};

QTEST_APPLESS_MAIN(TestHfConfig)
#include "tst_hfconfig.moc"
