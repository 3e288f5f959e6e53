// SPDX-License-Identifier: GPL-3.0-or-later
// Figures measured elsewhere: transformers 5.17 on PyTorch 2.11 (FlopCounterMode), two calflops reports,
// vision models on a GPU. The files are those of tests/reference.

#include "core/exporters/exporter.h"
#include "core/sunflop.h"
#include "tests/support/differences.h"
#include "tests/support/folded_tree.h"
#include "tests/support/reference.h"

#include <fmt/format.h>

#include <QtTest>

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <sstream>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

namespace {

/// The release that module_trees.json.gz was measured with.
constexpr const char* measuredRelease = "5.17";

/// Whether the families of this engine claim a config: then it has to open.
bool isExpectedToOpen(const Json& config)
{
    static const std::set<std::string> decoders{"llama",   "mistral", "qwen2", "qwen3",
                                                "mixtral", "gemma2",  "gpt2"};
    const std::string type = config.value("model_type", "");
    if (type == "internvl_chat")
        return decoders.contains(config.value("llm_config", Json::object()).value("model_type", ""));
    if (type == "ovis")
        return config.value("visual_tokenizer_config", Json::object()).value("model_type", "") ==
               "aimv2_visual_tokenizer";
    return type == "aimv2" || type == "vit" || type == "bert" || decoders.contains(type);
}

/// The inputs behind a run of module_trees.json.gz: "text2x1000" is batch and tokens, "image1x3x224x224"
/// batch, channels, height and width. Nothing for another name.
std::optional<std::vector<Assignment>> measuredInputs(const std::string& run)
{
    int batch = 0;
    int second = 0; // tokens, or channels
    int height = 0;
    int width = 0;
    const auto text = [](int number) { return std::to_string(number); };
    if (std::sscanf(run.c_str(), "text%dx%d", &batch, &second) == 2)
        return {{{"batch", text(batch)}, {"text_tokens", text(second)}}};
    if (std::sscanf(run.c_str(), "image%dx%dx%dx%d", &batch, &second, &height, &width) == 4)
        return {{{"batch", text(batch)}, {"image_height", text(height)}, {"image_width", text(width)}}};
    return std::nullopt;
}

/// A run at the measured release, where the model depends on it.
Result<Run> runMeasured(const Source& source, std::vector<Assignment> assignments,
                        std::string_view convention)
{
    const auto offered = inputsOf(source);
    if (offered && std::ranges::count(*offered, "transformers", &Input::id) > 0)
        assignments.push_back({"transformers", measuredRelease});
    return conventionNamed(convention).and_then([&](const Convention* c) {
        return run(source, assignments, *c);
    });
}

Result<Run> runBundled(std::string_view model, const std::vector<Assignment>& assignments,
                       std::string_view convention)
{
    return open(model).and_then([&](const Source& source) {
        return conventionNamed(convention).and_then([&](const Convention* c) {
            return run(source, assignments, *c);
        });
    });
}

/// Class, parameters and printed attributes of every listed module: {path: [class, params, attributes]}.
void compareTree(const Run& run, const Json& tree, Differences& differences)
{
    for (const auto& [path, expected] : tree.items()) {
        const auto id = findModule(run.trace, path);
        if (!id) {
            differences.add(path + " is missing");
            continue;
        }
        const Module& module = run.trace.modules[static_cast<std::size_t>(*id)];
        const CostNode& node = run.costs.nodes[static_cast<std::size_t>(*id)];
        differences.expectEqual(path + " class", module.className, expected[0].get<std::string>());
        differences.expectEqual(path + " params", node.each.params.value(), expected[1].get<std::int64_t>());
        if (const auto detail = expected[2].get<std::string>(); !detail.empty())
            differences.expectEqual(path + " prints", module.detail, detail);
    }
}

/// FLOPs of one instance of every listed module; "Global" is FlopCounterMode's own name for the whole.
void compareFlops(const Run& run, const Json& perModule, Differences& differences)
{
    for (const auto& [path, expected] : perModule.items()) {
        const auto costs = costsOfEach(run, path == "Global" ? "" : path);
        if (!costs)
            differences.add(path + " is missing");
        else
            differences.expectEqual(path + " FLOPs", costs->forward.flops.value(),
                                    expected.get<std::int64_t>());
    }
}

/// Lines from the summary on: "Total ..." up to a blank line, then the tree up to the closing rule.
std::vector<std::string> comparableLines(const std::string& report)
{
    std::vector<std::string> lines;
    bool inSummary = false;
    bool inTree = false;
    std::istringstream stream(report);
    for (std::string line; std::getline(stream, line);) {
        inSummary = line.starts_with("Total Training Params:") || (inSummary && !line.empty());
        inTree = line.ends_with("(") ? true : inTree && !line.starts_with("---");
        if (inSummary || inTree)
            lines.push_back(line.substr(0, line.find_last_not_of(' ') + 1));
    }
    return lines;
}

} // namespace

class TestReference : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesOnParametersTreesAndFlopsOfEveryModel_data();
    void agreesOnParametersTreesAndFlopsOfEveryModel();
    void opensConfigsOfEveryFamily();
    void agreesOnEveryIntegerOfAReport_data();
    void agreesOnEveryIntegerOfAReport();
    void printsAReportLineByLine_data();
    void printsAReportLineByLine();
    void agreesOnVisionTowersForEveryTileCount_data();
    void agreesOnVisionTowersForEveryTileCount();
    void cutsImagesIntoTilesAndTokens_data();
    void cutsImagesIntoTilesAndTokens();

private:
    /// Adds a column with the two reports' names.
    static void addReports();
    /// The run behind a report, as decoded by those who made the reference.
    static Result<Run> reportedRun(std::string_view report, std::string_view convention);

    Json read(const char* file) const { return readJson(m_folder / file); }
    std::set<std::filesystem::path> configs() const
    {
        using Files = std::filesystem::directory_iterator;
        return {Files(m_folder / "configs"), Files()};
    }

    const std::filesystem::path m_folder = referenceFolder();
    const Json m_trees = read("module_trees.json.gz");
    const Json m_parameters = read("parameter_counts.json");
};

void TestReference::agreesOnParametersTreesAndFlopsOfEveryModel_data()
{
    QTest::addColumn<QString>("path");
    for (const std::filesystem::path& path : configs()) {
        const auto source = open(path.string());
        if (!source || isExpectedToOpen(source->config.json()) || inputsOf(*source))
            QTest::newRow(path.stem().c_str()) << QString::fromStdString(path.string());
    }
}

void TestReference::agreesOnParametersTreesAndFlopsOfEveryModel()
{
    QFETCH(QString, path);
    const std::string name = QTest::currentDataTag();
    const auto source = open(path.toStdString());
    QVERIFY2(source, source ? "" : source.error().text().c_str());
    const auto plain = runMeasured(*source, {}, "flopcounter");
    QVERIFY2(plain, plain ? "" : plain.error().text().c_str());
    Differences differences;
    // What the class holds, which may be less than what a checkpoint stores: a pooler beside a masked model.
    const Json& counted =
        m_trees.contains(name) ? m_trees.at(name).at("params") : m_parameters.at(name).at("computed");
    differences.expectEqual("parameters", plain->costs.root().total.params.value(),
                            counted.get<std::int64_t>());
    if (m_trees.contains(name)) {
        compareTree(*plain, m_trees[name]["tree"], differences);
        for (const auto& [runName, figures] : m_trees[name]["flops"].items()) {
            const auto inputs = measuredInputs(runName);
            QVERIFY2(inputs.has_value(), runName.c_str());
            const auto measured = runMeasured(*source, *inputs, "flopcounter");
            QVERIFY2(measured, measured ? "" : measured.error().text().c_str());
            differences.expectEqual(runName + " total", measured->costs.root().total.forward.flops.value(),
                                    figures["total"].get<std::int64_t>());
            compareFlops(*measured, figures["per"], differences);
        }
    }
    QVERIFY2(differences.none(), differences.text());
}

/// The folder holds at least one config of every model type that the rows above promise to open.
void TestReference::opensConfigsOfEveryFamily()
{
    std::set<std::string> opened;
    for (const std::filesystem::path& path : configs()) {
        const auto source = open(path.string());
        if (source && isExpectedToOpen(source->config.json()) && inputsOf(*source))
            opened.insert(source->config.modelType());
    }
    const std::set<std::string> expected{"aimv2",   "bert",    "gemma2", "gpt2",  "internvl_chat", "llama",
                                         "mistral", "mixtral", "ovis",   "qwen2", "qwen3",         "vit"};
    QCOMPARE(opened, expected);
}

void TestReference::addReports()
{
    QTest::addColumn<QString>("report");
    QTest::newRow("Ovis2-4B, 147 text tokens, one forward") << "report_ovis2_4b";
    QTest::newRow("InternVL2-1B, nine tiles, 58 new tokens") << "report_internvl2_1b";
}

Result<Run> TestReference::reportedRun(std::string_view report, std::string_view convention)
{
    if (report == "report_ovis2_4b")
        return runBundled(
            "ovis2-4b",
            {{"transformers", "4.49"}, {"text_tokens", "147"}, {"images", "0"}, {"new_tokens", "1"}},
            convention);
    return runBundled("internvl2-1b",
                      {{"transformers", "4.40"},
                       {"tiles", "9"},
                       {"text_tokens", "176"},
                       {"new_tokens", "58"},
                       {"attention", "eager"},
                       {"logits", "all"}},
                      convention);
}

void TestReference::agreesOnEveryIntegerOfAReport_data()
{
    addReports();
}

void TestReference::agreesOnEveryIntegerOfAReport()
{
    QFETCH(QString, report);
    const Json modules = read((report.toStdString() + ".json").c_str())["modules"];
    Differences differences;
    for (const auto& [convention, macs, flops] :
         {std::tuple("calflops", "macs", "flops"), std::tuple("exact", "true_macs", "true_flops")}) {
        const auto reported = reportedRun(report.toStdString(), convention);
        QVERIFY2(reported, reported ? "" : reported.error().text().c_str());
        for (const auto& [path, expected] : modules.items()) {
            const std::string what = fmt::format("{} {}", convention, path);
            const auto costs = costsOfEach(*reported, path);
            if (!costs) {
                differences.add(what + " is missing");
                continue;
            }
            const auto compare = [&](const char* key, Count found) {
                differences.expectEqual(fmt::format("{} {}", what, key), found.value(),
                                        expected[key].get<std::int64_t>());
            };
            compare("params", costs->params);
            compare(macs, costs->forward.macs);
            compare(flops, costs->forward.flops);
        }
    }
    QVERIFY2(differences.none(), differences.text());
}

void TestReference::printsAReportLineByLine_data()
{
    addReports();
}

void TestReference::printsAReportLineByLine()
{
    QFETCH(QString, report);
    const auto reported = reportedRun(report.toStdString(), "calflops");
    QVERIFY2(reported, reported ? "" : reported.error().text().c_str());
    const auto exporter = exporterNamed("calflops");
    QVERIFY(exporter.has_value());
    const auto found = comparableLines(exportedText(**exporter, *reported));
    const auto expected = comparableLines(readText(m_folder / (report.toStdString() + ".txt")));
    QVERIFY(expected.size() > 50);
    Differences differences;
    differences.expectEqual("lines", found.size(), expected.size());
    for (std::size_t i = 0; i < std::min(found.size(), expected.size()); ++i)
        differences.expectEqual(fmt::format("line {}", i + 1), found[i], expected[i]);
    QVERIFY2(differences.none(), differences.text());
}

void TestReference::agreesOnVisionTowersForEveryTileCount_data()
{
    QTest::addColumn<int>("index");
    const Json runs = read("vision_language.json.gz")["runs"];
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const auto model = runs[i]["model"].get<std::string>();
        if (model == "ovis2-4b-native" || model == "OpenGVLab--InternVL3-1B-hf")
            QTest::addRow("%s, %d tiles", model.c_str(), runs[i]["tiles"].get<int>()) << static_cast<int>(i);
    }
}

/// transformers' own classes ran; their modules go by other names than the checkpoints' code.
void TestReference::agreesOnVisionTowersForEveryTileCount()
{
    QFETCH(int, index);
    using Names = std::vector<std::pair<const char*, const char*>>;
    static const Names ovis{{"visual_tokenizer", "model.vision_tower"},
                            {"visual_tokenizer.backbone", "model.vision_tower.transformer"},
                            {"visual_tokenizer.head.0", "model.vision_tower.head_linear"},
                            {"vte", "model.visual_embeddings_table"},
                            {"llm.model", "model.language_model"},
                            {"llm.lm_head", "lm_head"},
                            {"", ""}};
    static const Names internvl{
        {"vision_model", "model.vision_tower"},  {"vision_model.embeddings", "model.vision_tower.embeddings"},
        {"mlp1", "model.multi_modal_projector"}, {"language_model.model", "model.language_model"},
        {"language_model.lm_head", "lm_head"},   {"", ""}};
    const Json measured = read("vision_language.json.gz")["runs"][static_cast<std::size_t>(index)];
    const bool isOvis = measured["model"] == "ovis2-4b-native";
    const auto tiles = measured["tiles"].get<std::int64_t>();
    // The measured prompt had no image markers; Ovis adds begin, middle, end and a separator between cells.
    const std::int64_t markers = !isOvis ? 0 : tiles == 1 ? 3 : 3 + (tiles - 1) - 1;
    const std::int64_t text = measured["text_tokens"].get<std::int64_t>() - markers;
    const auto ran = runBundled(isOvis ? "ovis2-4b" : "internvl3-1b",
                                {{"tiles", std::to_string(tiles)},
                                 {"text_tokens", std::to_string(text)},
                                 {"transformers", measuredRelease}},
                                "flopcounter");
    QVERIFY2(ran, ran ? "" : ran.error().text().c_str());
    Differences differences;
    for (const auto& [ours, theirs] : isOvis ? ovis : internvl)
        differences.expectEqual(ours, costsOfEach(*ran, ours).value().forward.flops.value(),
                                measured["per"][theirs].get<std::int64_t>());
    QVERIFY2(differences.none(), differences.text());
}

void TestReference::cutsImagesIntoTilesAndTokens_data()
{
    QTest::addColumn<QString>("model");
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("tiles");
    QTest::addColumn<int>("towerTokens");
    QTest::addColumn<int>("featureTokens");
    QTest::addColumn<int>("markerTokens");
    // width, height, InternVL's tiles, Ovis 2's tiles, Ovis 2's markers; InternVL has its two in the text.
    constexpr std::array<std::array<int, 5>, 8> images{{{224, 224, 1, 1, 3},
                                                        {448, 448, 1, 1, 3},
                                                        {640, 480, 13, 5, 6},
                                                        {1024, 768, 13, 7, 8},
                                                        {768, 1024, 13, 7, 8},
                                                        {1920, 1080, 9, 9, 10},
                                                        {4032, 3024, 13, 10, 11},
                                                        {2000, 400, 6, 6, 7}}};
    for (const auto& [width, height, internvl, ovis, markers] : images) {
        QTest::addRow("InternVL, %d x %d", width, height) << "internvl2-1b" << width << height << internvl
                                                          << internvl * (32 * 32 + 1) << internvl * 256 << 0;
        QTest::addRow("Ovis 2, %d x %d", width, height)
            << "ovis2-4b" << width << height << ovis << ovis * 32 * 32 << ovis * 256 << markers;
    }
}

void TestReference::cutsImagesIntoTilesAndTokens()
{
    QFETCH(QString, model);
    QFETCH(int, width);
    QFETCH(int, height);
    const auto ran = runBundled(
        model.toStdString(),
        {{"image_width", std::to_string(width)}, {"image_height", std::to_string(height)}}, "exact");
    QVERIFY2(ran, ran ? "" : ran.error().text().c_str());
    const auto& images = ran->trace.run.images;
    QVERIFY(images.has_value());
    QTEST(static_cast<int>(images->tilesPerImage), "tiles");
    QTEST(static_cast<int>(images->towerTokens), "towerTokens");
    QTEST(static_cast<int>(images->featureTokens), "featureTokens");
    QTEST(static_cast<int>(images->markerTokens), "markerTokens");
    QCOMPARE(ran->trace.run.promptTokens,
             ran->workload.textTokens + images->featureTokens + images->markerTokens);
}

QTEST_APPLESS_MAIN(TestReference)
#include "tst_reference.moc"
