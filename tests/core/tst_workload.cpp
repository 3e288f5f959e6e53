// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/inputs.h"
#include "core/model/setting.h"
#include "core/model/workload.h"
#include "tests/support/text.h"

#include <QtTest>

#include <vector>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// What a vision-language model of 448 pixels would offer, and two numbers with their own ranges.
std::vector<Input> offered()
{
    Input tiles = inputs::offer<&Workload::tiles>();
    tiles.maximum = 12;
    return {inputs::offer<&Workload::batch>(),
            inputs::offer<&Workload::textTokens>(512),
            inputs::offer<&Workload::images>(),
            inputs::offer<&Workload::imageWidth>(448),
            inputs::offer<&Workload::imageHeight>(448),
            tiles,
            inputs::offer<&Workload::newTokens>(),
            inputs::offer<&Workload::cachedTokens>(),
            inputs::offer<&Workload::attention>(),
            inputs::offer<&Workload::logits>(),
            inputs::transformers("4.48.1", {4, 30}),
            inputs::offer<&Workload::weightDType>(DType::F16),
            inputs::offer<&Workload::activationDType>(DType::F16),
            inputs::offer<&Workload::kvDType>(DType::F16)};
}

Result<Workload> from(const std::vector<Assignment>& assignments)
{
    return Workload::from(offered(), assignments);
}

/// The settings of a data row, "batch=4 tiles=2", as assignments.
std::vector<Assignment> parsed(const QString& settings)
{
    std::vector<Assignment> assignments;
    for (const QString& setting : settings.split(QLatin1Char(' '), Qt::SkipEmptyParts))
        assignments.push_back({setting.section(QLatin1Char('='), 0, 0).toStdString(),
                               setting.section(QLatin1Char('='), 1).toStdString()});
    return assignments;
}

} // namespace

class TestWorkload : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void startsAtTheDefaults()
    {
        const auto w = from({});
        QVERIFY(w);
        QCOMPARE(w->batch, 1);
        QCOMPARE(w->textTokens, 512);
        QCOMPARE(w->images, 1);
        QCOMPARE(w->imageWidth, 448);
        QCOMPARE(w->imageHeight, 448);
        QVERIFY(!w->tiles);
        QCOMPARE(w->newTokens, 0);
        QCOMPARE(w->cachedTokens, 0);
        QVERIFY(w->attention == AttentionKernel::Sdpa);
        QVERIFY(!w->logits);
        QVERIFY(w->transformers == (Version{4, 48}));
        QVERIFY(w->weightDType == DType::F16);
        QVERIFY(w->activationDType == DType::F16);
        QVERIFY(w->kvDType == DType::F16);
    }

    void readsEveryInputAndPrintsItBack_data()
    {
        QTest::addColumn<QString>("value");
        const auto row = [](const char* id, const char* value) {
            QTest::newRow(id) << QString::fromUtf8(value);
        };
        row("batch", "16");
        row("text_tokens", "147");
        row("images", "3");
        row("image_width", "1344");
        row("image_height", "896");
        row("tiles", "9");
        row("new_tokens", "58");
        row("cached_tokens", "2480");
        row("attention", "flash");
        row("logits", "last");
        row("transformers", "4.40");
        row("weight_dtype", "q4_k");
        row("activation_dtype", "fp32");
        row("kv_dtype", "fp8");
    }

    void readsEveryInputAndPrintsItBack()
    {
        QFETCH(QString, value);
        const std::string id = QTest::currentDataTag();
        const auto w = from({{id, value.toStdString()}});
        QVERIFY(w);
        QCOMPARE(q(w->text(id)), value);
        QVERIFY2(q(from({})->text(id)) != value, "the row sets the default");
    }

    void readsFactors()
    {
        const auto w = from({{"text_tokens", "4k"}, {"new_tokens", "2Ki"}});
        QVERIFY(w);
        QCOMPARE(w->textTokens, 4 * 1000);
        QCOMPARE(w->newTokens, 2 * 1024);
    }

    void takesBothEndsOfARange_data()
    {
        QTest::addColumn<bool>("allowed");
        for (const char* in :
             {"batch=1", "batch=1048576", "text_tokens=1", "text_tokens=1Gi", "images=0", "images=65536",
              "tiles=1", "tiles=12", "tiles=auto", "logits=auto", "new_tokens=0", "new_tokens=1Gi",
              "transformers=4.30", "transformers=5.17", "transformers=4.30.2", "weight_dtype=int8"})
            QTest::newRow(in) << true;
        for (const char* out : {"batch=0",
                                "batch=-1",
                                "batch=1048577",
                                "text_tokens=0",
                                "text_tokens=1073741825",
                                "images=-1",
                                "images=65537",
                                "image_width=0",
                                "image_width=65537",
                                "tiles=0",
                                "tiles=13",
                                "new_tokens=-1",
                                "cached_tokens=-1",
                                "transformers=4.29",
                                "transformers=5.18",
                                "transformers=6.0",
                                "transformers=0.999",
                                "transformers=3.999",
                                "attention=fast",
                                "attention=",
                                "attention=auto",
                                "logits=first",
                                "weight_dtype=int64",
                                "weight_dtype=bf17",
                                "activation_dtype=q4_k",
                                "kv_dtype=nf4"})
            QTest::newRow(out) << false;
    }

    void takesBothEndsOfARange()
    {
        QFETCH(bool, allowed);
        const auto assignments = parsed(QString::fromUtf8(QTest::currentDataTag()));
        const auto w = from(assignments);
        QCOMPARE(w.has_value(), allowed);
        if (allowed)
            return;
        QCOMPARE(w.error().kind, ErrorKind::OutOfRange);
        QCOMPARE(q(w.error().where), q(assignments[0].id));
        QVERIFY2(w.error().detail.find("expected ") != std::string::npos, w.error().text().c_str());
        QVERIFY(w.error().detail.find(assignments[0].value) != std::string::npos);
    }

    void refusesMalformedValues_data()
    {
        QTest::addColumn<int>("unused");
        for (const char* setting : {"batch=", "batch=two", "batch=1.5", "batch=auto", "text_tokens=4 k",
                                    "tiles=some", "new_tokens=1e3", "transformers=", "transformers=newest",
                                    "transformers=auto", "transformers=4.x"})
            QTest::newRow(setting) << 0;
    }

    void refusesMalformedValues()
    {
        const QString setting = QString::fromUtf8(QTest::currentDataTag());
        const std::string id = setting.section(QLatin1Char('='), 0, 0).toStdString();
        const auto w = from({{id, setting.section(QLatin1Char('='), 1).toStdString()}});
        QVERIFY2(!w, "it was read");
        QCOMPARE(w.error().kind, ErrorKind::Malformed);
        QCOMPARE(q(w.error().where), q(id));
    }

    void anUnknownInputNamesTheNearest()
    {
        const auto w = from({{"tokens", "4"}});
        QVERIFY(!w);
        QCOMPARE(w.error().kind, ErrorKind::NotFound);
        QCOMPARE(q(w.error().where), q("tokens"));
        QVERIFY2(w.error().detail.starts_with("no such input here, expected one such as text_tokens or "),
                 w.error().detail.c_str());
    }

    void anInputThatTheModelLacksIsUnknown()
    {
        const std::vector<Input> textOnly{inputs::offer<&Workload::batch>(),
                                          inputs::offer<&Workload::textTokens>()};
        const std::vector<Assignment> images{{"images", "1"}};
        const auto w = Workload::from(textOnly, images);
        QVERIFY(!w);
        QCOMPARE(q(w.error().text()), q("images: no such input here, expected one of batch, text_tokens"));
    }

    void aSecondValueIsAConflict()
    {
        const auto w = from({{"batch", "2"}, {"images", "1"}, {"batch", "2"}});
        QVERIFY(!w);
        QCOMPARE(w.error().kind, ErrorKind::Conflict);
        QCOMPARE(q(w.error().where), q("batch"));
    }

    void settingsThatExcludeEachOtherAreAConflict_data()
    {
        QTest::addColumn<QString>("where");
        const auto row = [](const char* settings, const char* where) {
            QTest::newRow(settings) << QString::fromUtf8(where);
        };
        row("images=0 tiles=2", "tiles");
        row("tiles=2 image_width=448", "image_width");
        row("image_height=448 tiles=2", "image_height");
        row("images=0 image_width=1344", "image_width");
        row("images=0 image_height=1344", "image_height");
        row("images=0 tiles=auto", "");
        row("tiles=auto image_width=1344", "");
        row("images=2 tiles=2", "");
        row("images=0", "");
        row("image_width=1344 image_height=448", "");
    }

    void settingsThatExcludeEachOtherAreAConflict()
    {
        QFETCH(QString, where);
        const auto w = from(parsed(QString::fromUtf8(QTest::currentDataTag())));
        QCOMPARE(w.has_value(), where.isEmpty());
        if (where.isEmpty())
            return;
        QCOMPARE(w.error().kind, ErrorKind::Conflict);
        QCOMPARE(q(w.error().where), where);
    }

    void sizesOfImagesAreWrittenTogether()
    {
        const std::vector<Assignment> square{{"batch", "2"}, {"image_width", "448"}, {"image_height", "448"}};
        const std::vector<Assignment> wide{{"image_width", "1344"}, {"image_height", "896"}};
        QVERIFY(spelledOut(offered(), std::vector<Assignment>{{"batch", "2"}, {"image_size", "448"}}) ==
                square);
        QVERIFY(spelledOut(offered(), std::vector<Assignment>{{"image_size", "1344x896"}}) == wide);
        const auto w = from({{"image_size", "1344x896"}});
        QVERIFY(w);
        QCOMPARE(w->imageWidth, 1344);
        QCOMPARE(w->imageHeight, 896);
        for (const char* size : {"1344x", "x896", "1344x896x3", "large"})
            QVERIFY2(!from({{"image_size", size}}), size);
        QVERIFY(!from({{"image_size", "448"}, {"image_width", "448"}}));
    }

    void aNameThatIsAnInputsOwnMeansIt()
    {
        std::vector<Input> own = offered();
        own.push_back({.id = "image_size",
                       .title = "image_size",
                       .minimum = 1,
                       .maximum = 9,
                       .defaultValue = "1",
                       .isArgument = true});
        const std::vector<Assignment> settings{{"image_size", "7"}};
        QVERIFY(spelledOut(own, settings) == settings);
        // And where there are no sides it stays, to be refused by its name.
        const std::vector<Input> blind{inputs::offer<&Workload::batch>()};
        QVERIFY(spelledOut(blind, settings) == settings);
        const auto refused = Workload::from(blind, settings);
        QVERIFY(!refused);
        QCOMPARE(q(refused.error().where), q("image_size"));
    }

    void choicesMayHaveOtherSpellings()
    {
        Input size = inputs::offer<&Workload::device>();
        size.choices = {"small", "large"};
        size.defaultValue = "small";
        size.spelled = [](std::string_view text) -> Result<std::string> {
            if (text == "big")
                return "large";
            return failure(ErrorKind::NotFound, {}, "nothing of that size");
        };
        const std::vector<Input> sizes{size};
        const auto device = [&](const char* text) {
            return Workload::from(sizes, std::vector<Assignment>{{"device", text}})
                .map([](const Workload& workload) { return workload.device; });
        };
        QCOMPARE(q(*device("big")), q("large"));
        QCOMPARE(q(*device("large")), q("large"));
        const std::vector<Assignment> own{{"device", "big"}};
        QCOMPARE(q(spelledOut(sizes, own).front().value), q("large"));
        QVERIFY(!device("huge"));
        QCOMPARE(q(device("huge").error().text()), q("device: nothing of that size"));
    }

    void logitsFollowVersionAndGeneration_data()
    {
        QTest::addColumn<bool>("last");
        QTest::newRow("transformers=4.44 new_tokens=58") << false;
        QTest::newRow("transformers=4.45 new_tokens=58") << true;
        QTest::newRow("transformers=4.45 new_tokens=1") << true;
        QTest::newRow("transformers=4.45 new_tokens=0") << false;
        QTest::newRow("transformers=5.17") << false;
        QTest::newRow("transformers=4.44 new_tokens=58 logits=last") << true;
        QTest::newRow("transformers=5.17 new_tokens=58 logits=all") << false;
        QTest::newRow("transformers=5.17 logits=last") << true;
        QTest::newRow("transformers=5.17 new_tokens=58 logits=auto") << true;
    }

    void logitsFollowVersionAndGeneration()
    {
        QFETCH(bool, last);
        const auto w = from(parsed(QString::fromUtf8(QTest::currentDataTag())));
        QVERIFY(w);
        QCOMPARE(w->keptLogits() == Logits::Last, last);
    }

    void aGenerationDecodesAllButItsFirstToken()
    {
        QCOMPARE(from({{"new_tokens", "0"}})->decodeSteps(), 0);
        QCOMPARE(from({{"new_tokens", "1"}})->decodeSteps(), 0);
        QCOMPARE(from({{"new_tokens", "58"}})->decodeSteps(), 57);
        QVERIFY(!from({{"new_tokens", "0"}})->isGeneration());
        QVERIFY(from({{"new_tokens", "1"}})->isGeneration());
    }

    void theConfigsVersionIsBroughtIntoRange_data()
    {
        QTest::addColumn<QString>("start");
        const auto row = [](const char* own, const char* start) {
            QTest::newRow(own) << QString::fromUtf8(start);
        };
        row("4.48.1", "4.48");
        row("4.20", "4.30");
        row("5.99", "5.17");
        row("", "5.17");
        row("4.31.0.dev0", "4.31");
        row("git-main", "5.17");
    }

    void theConfigsVersionIsBroughtIntoRange()
    {
        QFETCH(QString, start);
        QCOMPARE(q(inputs::transformers(QTest::currentDataTag(), {4, 30}).defaultValue), start);
    }
};

QTEST_APPLESS_MAIN(TestWorkload)
#include "tst_workload.moc"
