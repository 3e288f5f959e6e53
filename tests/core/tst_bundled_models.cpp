// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/measure.h"
#include "core/sunflop.h"

#include <QtTest>

#include <algorithm>
#include <set>

using namespace sunflop;

namespace {

/// A published number of parameters, and how far off its rounding may be: half a unit of its last digit.
struct Published {
    const char* model;
    std::int64_t params;
    std::int64_t halfUnit = 0;
    std::int64_t storedAgain = 0; ///< the tied head, where the figure counts what the checkpoint stores
};

constexpr std::int64_t tenthOfBillion = 100'000'000;
constexpr std::int64_t hundredthOfBillion = 10'000'000;

// Without a rounding: `safetensors.total` of the model's Hugging Face page.
constexpr Published published[] = {
    {"qwen2.5-0.5b", 494'032'768},
    {"qwen2.5-1.5b", 1'543'714'304},
    {"qwen2.5-3b", 3'085'938'688},
    {"qwen2.5-7b", 7'615'616'512},
    {"qwen2.5-14b", 14'770'033'664},
    {"qwen2.5-32b", 32'763'876'352},
    {"qwen2.5-72b", 72'706'203'648},
    // The two small ones' pages count the tied head, which their checkpoints store, too.
    {"qwen3-0.6b", 751'632'384, 0, 151'936 * 1024},
    {"qwen3-1.7b", 2'031'739'904, 0, 151'936 * 2048},
    {"qwen3-4b", 4'022'468'096},
    {"qwen3-8b", 8'190'735'360},
    {"qwen3-14b", 14'768'307'200},
    {"qwen3-32b", 32'762'123'264},
    {"llama-3-8b", 8'030'261'248},
    {"llama-3-70b", 70'553'706'496},
    {"llama-3.1-8b", 8'030'261'248},
    {"llama-3.1-70b", 70'553'706'496},
    {"llama-3.1-405b", 405'853'388'800},
    {"llama-3.2-1b", 1'235'814'400},
    {"llama-3.2-3b", 3'212'749'824},
    {"llama-3.3-70b", 70'553'706'496},
    {"mistral-7b-v0.1", 7'241'732'096},
    {"mistral-7b-v0.3", 7'248'023'552},
    {"mistral-nemo-12b", 12'247'782'400},
    {"mistral-large-2407", 122'610'069'504},
    // Pages of the 224 pixel models; at 448 pixels there are 1024 positions instead of 256.
    {"aimv2-large-patch14-448", 309'197'824 + (1024 - 256) * 1024},
    {"aimv2-huge-patch14-448", 680'851'968 + (1024 - 256) * 1536},
    {"aimv2-1b-patch14-448", 1'234'958'336 + (1024 - 256) * 2048},
    {"aimv2-3b-patch14-448", 2'720'658'432 + (1024 - 256) * 3072},
    // torchvision's num_params of vit_b_16 and vit_l_16, the same layers.
    {"vit-base-patch16-224", 86'567'656},
    {"vit-large-patch16-224", 304'326'632},
    // calflops' report: 938.16 M.
    {"internvl2-1b", 938'160'000, 5'000},
    {"internvl2.5-1b", 938'193'024},
    {"internvl2.5-4b", 3'712'637'952},
    {"internvl2.5-38b", 38'388'164'992},
    // internvl.readthedocs.io, quick start of InternVL 3.0: 0.9B, 2.1B, 7.9B, 15.1B, 38.4B, 78.4B.
    {"internvl3-1b", 9 * tenthOfBillion, tenthOfBillion / 2},
    {"internvl3-2b", 21 * tenthOfBillion, tenthOfBillion / 2},
    {"internvl3-8b", 79 * tenthOfBillion, tenthOfBillion / 2},
    {"internvl3-14b", 151 * tenthOfBillion, tenthOfBillion / 2},
    {"internvl3-38b", 384 * tenthOfBillion, tenthOfBillion / 2},
    {"internvl3-78b", 784 * tenthOfBillion, tenthOfBillion / 2},
    // Two bytes a parameter: model.safetensors of 4.91 GB; the index of Ovis2-4B, exact; files of 17.87 GB in
    // sum, each rounded to 0.01; a repository of 32.4 GB. Tied heads are stored.
    {"ovis2-2b", 4'910'000'000 / 2, hundredthOfBillion / 4, 151'936 * 1536},
    {"ovis2-4b", 9'232'212'972 / 2, 0, 151'936 * 2048},
    {"ovis2-8b", 17'870'000'000 / 2, hundredthOfBillion},
    {"ovis2-16b", 32'400'000'000 / 2, tenthOfBillion / 4},
};

/// Parameters of a vision-language model beside its tower and its language model.
constexpr std::int64_t internvlProjector(std::int64_t tower, std::int64_t language)
{
    const std::int64_t merged = 4 * tower;
    return 2 * merged + (merged + 1) * language + (language + 1) * language;
}

constexpr std::int64_t ovisHeadAndTable(std::int64_t tower, std::int64_t language)
{
    return 4 * tower * 65531 + 2 * 65531 + 65536 * language;
}

/// A Qwen2.5 with InternVL's vocabulary and an untied head.
constexpr std::int64_t internvlLanguage(std::int64_t params, std::int64_t tables, std::int64_t vocabulary,
                                        std::int64_t hidden)
{
    return params - tables * vocabulary * hidden + 2 * 151674 * hidden;
}

Result<Run> defaultRun(std::string_view model, const Convention& convention)
{
    return open(model).and_then([&](const Source& source) { return run(source, {}, convention); });
}

std::int64_t paramsOf(const QString& model)
{
    const auto counted = defaultRun(model.toStdString(), conventions().front());
    return counted ? counted->costs.root().total.params.value() : -1;
}

} // namespace

class TestBundledModels : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void comeSortedByName()
    {
        QVERIFY(!bundledModels().empty());
        QVERIFY(std::ranges::is_sorted(bundledModels(), {}, &BundledModel::name));
    }

    void areCountedUnderEveryConvention_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("convention");
        for (const BundledModel& model : bundledModels())
            for (const Convention& convention : conventions()) {
                const std::string name(model.name);
                const std::string id(convention.id);
                QTest::addRow("%s, %s", name.c_str(), id.c_str())
                    << QString::fromStdString(name) << QString::fromStdString(id);
            }
    }

    void areCountedUnderEveryConvention()
    {
        QFETCH(QString, model);
        QFETCH(QString, convention);
        const auto counted = defaultRun(model.toStdString(), **conventionNamed(convention.toStdString()));
        QVERIFY2(counted, counted ? "" : counted.error().text().c_str());
        const Costs& whole = counted->costs.root().total;
        QVERIFY(whole.params > Count(0));
        QVERIFY(whole.forward.macs > Count(0));
        QVERIFY(whole.forward.flops >= whole.forward.macs); // fvcore calls one MAC one FLOP
        for (const CostNode& node : counted->costs.nodes)
            for (const Measure& measure : measures())
                QVERIFY2(!measure.of(node.total).isSaturated(), measure.id.data());
    }

    void haveTheirPublishedNumberOfParameters_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<qint64>("atLeast");
        QTest::addColumn<qint64>("atMost");
        for (const Published& p : published)
            QTest::newRow(p.model) << p.model << qint64(p.params - p.storedAgain - p.halfUnit)
                                   << qint64(p.params - p.storedAgain + p.halfUnit);
    }

    void haveTheirPublishedNumberOfParameters()
    {
        QFETCH(QString, model);
        QFETCH(qint64, atLeast);
        QFETCH(qint64, atMost);
        const qint64 found = paramsOf(model);
        QVERIFY2(found >= atLeast && found <= atMost, QByteArray::number(found));
    }

    void areTheSumOfTheirParts_data();
    void areTheSumOfTheirParts()
    {
        QFETCH(QString, model);
        QTEST(qint64(paramsOf(model)), "params");
    }

    void areAllCheckedAgainstSomethingPublished()
    {
        std::set<std::string_view> unchecked;
        for (const BundledModel& model : bundledModels())
            unchecked.insert(model.name);
        for (const Published& p : published)
            unchecked.erase(p.model);
        // Their parts are published, their totals are not.
        QCOMPARE(unchecked, (std::set<std::string_view>{"ovis2-1b", "ovis2-34b"}));
    }
};

/// The cards name tower and language model of each; both have exact figures of their own above.
/// InternViT-300M has 304,012,288 parameters.
void TestBundledModels::areTheSumOfTheirParts_data()
{
    QTest::addColumn<QString>("model");
    QTest::addColumn<qint64>("params");
    const auto internvl = [](const char* model, std::int64_t language, std::int64_t hidden) {
        QTest::newRow(model) << model << qint64(304'012'288 + internvlProjector(1024, hidden) + language);
    };
    internvl("internvl3-1b", internvlLanguage(494'032'768, 1, 151'936, 896), 896);
    internvl("internvl3-2b", internvlLanguage(1'543'714'304, 1, 151'936, 1536), 1536);
    internvl("internvl2.5-4b", internvlLanguage(3'085'938'688, 1, 151'936, 2048), 2048);
    internvl("internvl3-8b", internvlLanguage(7'615'616'512, 2, 152'064, 3584), 3584);
    internvl("internvl3-14b", internvlLanguage(14'770'033'664, 2, 152'064, 5120), 5120);
    const auto ovis = [](const char* model, std::int64_t tower, std::int64_t width, std::int64_t language,
                         std::int64_t hidden) {
        QTest::newRow(model) << model << qint64(tower + ovisHeadAndTable(width, hidden) + language);
    };
    ovis("ovis2-1b", 309'984'256, 1024, 494'032'768, 896);
    ovis("ovis2-2b", 309'984'256, 1024, 1'543'714'304, 1536);
    ovis("ovis2-4b", 682'031'616, 1536, 3'085'938'688, 2048);
    ovis("ovis2-8b", 682'031'616, 1536, 7'615'616'512, 3584);
    ovis("ovis2-16b", 682'031'616, 1536, 14'770'033'664, 5120);
    ovis("ovis2-34b", 1'236'531'200, 2048, 32'763'876'352, 5120);
}

QTEST_APPLESS_MAIN(TestBundledModels)
#include "tst_bundled_models.moc"
