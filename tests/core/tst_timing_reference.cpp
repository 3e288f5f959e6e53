// SPDX-License-Identifier: GPL-3.0-or-later
// Times of real runs on an H200, and published figures that follow from formulas. The files are those of
// tests/reference.

#include "core/sunflop.h"
#include "core/timing/timing.h"
#include "tests/support/reference.h"
#include "tests/support/small_models.h"
#include "tests/support/utilization.h"

#include <fmt/format.h>

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

namespace {

/// The release that the figures were measured with.
constexpr const char* measuredRelease = "5.17";

/// Rows of the file below this are mostly what one host happened to take.
constexpr double shortestMs = 20;

Device h200()
{
    return deviceNamed("h200-sxm").value();
}

/// The trace of a measured row, with those of the inputs that the model has.
Result<Trace> traceOfRow(const Json& config, std::vector<Assignment> assignments)
{
    const Source source = sourceOf(config);
    const auto offered = inputsOf(source);
    if (!offered)
        return failure(offered.error());
    if (std::ranges::count(*offered, "transformers", &Input::id) > 0)
        assignments.push_back({"transformers", measuredRelease});
    std::erase_if(assignments,
                  [&](const Assignment& a) { return std::ranges::count(*offered, a.id, &Input::id) == 0; });
    return Workload::from(*offered, assignments).and_then([&](const Workload& workload) {
        return trace(source, workload);
    });
}

/// One plain forward.
std::vector<Assignment> forwardInputs(const Json& row)
{
    std::vector<Assignment> inputs{{"batch", std::to_string(row["batch"].get<int>())},
                                   {"attention", row["attn"].get<std::string>()}};
    if (row["seq"] > 0)
        inputs.push_back({"text_tokens", std::to_string(row["seq"].get<int>())});
    if (row.value("kw", Json::object()).value("logits_to_keep", 0) == 1)
        inputs.push_back({"logits", "last"});
    return inputs;
}

/// One token with `kv` in a static cache.
std::vector<Assignment> decodeInputs(const Json& row)
{
    return {{"batch", std::to_string(row["batch"].get<int>())},
            {"text_tokens", "1"},
            {"cached_tokens", std::to_string(row["kv"].get<int>())},
            {"kv_cache", "static"},
            {"new_tokens", "1"}};
}

} // namespace

class TestTimingReference : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void predictsForwardsThatWereMeasured_data();
    void predictsForwardsThatWereMeasured();
    void predictsDecodeStepsThatWereMeasured_data();
    void predictsDecodeStepsThatWereMeasured();
    void reportsTrainingStepsBesideTheMeasuredOnes();
    void agreesOnPublishedUtilization_data();
    void agreesOnPublishedUtilization();
    void agreesOnPublishedBytesForEachToken();

private:
    Json config(const QString& model) const { return m_measured["configs"][model.toStdString()]; }

    /// Prints a line of the table; fails beyond a quarter where the row is `decisive`.
    static void compare(const std::string& setting, double predicted, double measured, bool decisive);

    /// The published fact called `id`; null where the list does not have it.
    Json published(std::string_view id) const;

    const Json m_measured = readJson(referenceFolder() / "gpu_measurements.json");
    const Json m_published = readJson(referenceFolder() / "published.json");
};

void TestTimingReference::compare(const std::string& setting, double predicted, double measured,
                                  bool decisive)
{
    const double ratio = predicted / measured;
    const std::string line =
        fmt::format("{:<44} predicted {:8.2f} ms  measured {:8.2f} ms  ratio {:.2f}{}", setting, predicted,
                    measured, ratio, decisive ? "" : "  (not decisive)");
    qInfo("%s", line.c_str());
    if (decisive)
        QVERIFY2(ratio > 0.75 && ratio < 1.25, line.c_str());
}

void TestTimingReference::predictsForwardsThatWereMeasured_data()
{
    QTest::addColumn<int>("row");
    for (int i = 0; i < static_cast<int>(m_measured["measurements"].size()); ++i) {
        const Json& row = m_measured["measurements"][static_cast<std::size_t>(i)];
        if (row["what"] == "infer")
            QTest::newRow(fmt::format("{} {} {}x{} {}", row["model"].get<std::string>(),
                                      row["attn"].get<std::string>(), row["batch"].get<int>(),
                                      row["seq"].get<int>(), row["kw"].dump())
                              .c_str())
                << i;
    }
}

void TestTimingReference::predictsForwardsThatWereMeasured()
{
    QFETCH(int, row);
    const Json& measured = m_measured["measurements"][static_cast<std::size_t>(row)];
    const auto trace = traceOfRow(config(QString::fromStdString(measured["model"])), forwardInputs(measured));
    QVERIFY2(trace, trace ? "" : trace.error().text().c_str());
    const Timing timing = schedule(*trace, h200(), {.preset = Preset::Eager});
    const double ms = measured["ms"];
    compare(QTest::currentDataTag(), timing.firstTokenSeconds * 1e3, ms, ms > shortestMs);
}

void TestTimingReference::predictsDecodeStepsThatWereMeasured_data()
{
    QTest::addColumn<int>("row");
    for (int i = 0; i < static_cast<int>(m_measured["decode"].size()); ++i) {
        const Json& row = m_measured["decode"][static_cast<std::size_t>(i)];
        QTest::newRow(fmt::format("{} batch {} cached {}", row["model"].get<std::string>(),
                                  row["batch"].get<int>(), row["kv"].get<int>())
                          .c_str())
            << i;
    }
}

void TestTimingReference::predictsDecodeStepsThatWereMeasured()
{
    QFETCH(int, row);
    const Json& measured = m_measured["decode"][static_cast<std::size_t>(row)];
    const auto trace = traceOfRow(config(QString::fromStdString(measured["model"])), decodeInputs(measured));
    QVERIFY2(trace, trace ? "" : trace.error().text().c_str());
    const Timing graph = schedule(*trace, h200(), {.preset = Preset::Compiled});
    compare(QTest::currentDataTag(), graph.firstTokenSeconds * 1e3, measured["graph_ms"], true);
    const Timing eager = schedule(*trace, h200(), {.preset = Preset::Eager});
    compare("  the same, eager", eager.firstTokenSeconds * 1e3, measured["eager_ms"], false);
}

void TestTimingReference::reportsTrainingStepsBesideTheMeasuredOnes()
{
    for (const Json& row : m_measured["measurements"]) {
        const bool isPlain = row["what"] == "train" && row["dtype"] == "torch.bfloat16" &&
                             row["opt"] == "adamw" && row["ckpt"] == false;
        if (!isPlain)
            continue;
        const auto trace = traceOfRow(config(QString::fromStdString(row["model"])), forwardInputs(row));
        QVERIFY2(trace, trace ? "" : trace.error().text().c_str());
        const Timing step = schedule(*trace, h200(), {.training = TrainingPlan{}});
        compare(fmt::format("{} {} {}x{} training", row["model"].get<std::string>(),
                            row["attn"].get<std::string>(), row["batch"].get<int>(), row["seq"].get<int>()),
                step.seconds * 1e3, row["ms"], false);
    }
}

Json TestTimingReference::published(std::string_view id) const
{
    for (const Json& fact : m_published["entries"])
        if (fact["id"] == id)
            return fact;
    return {};
}

void TestTimingReference::agreesOnPublishedUtilization_data()
{
    QTest::addColumn<GptStep>("step");
    QTest::addColumn<std::int64_t>("devices");
    const auto row = [](const char* id, const GptStep& step, std::int64_t devices) {
        QTest::newRow(id) << step << devices;
    };
    row("kor-tab5-22B", {4, 2048, 48, 6144, 51200}, 8);
    row("kor-tab5-175B", {64, 2048, 96, 12288, 51200}, 64);
    row("kor-tab5-530B", {280, 2048, 105, 20480, 51200}, 280);
    row("kor-tab5-1T", {512, 2048, 128, 25600, 51200}, 512);
}

/// Korthikanti et al., table 5: seconds of an iteration with selective recomputation, and MFU and HFU in
/// percent, to 0.2 of a point.
void TestTimingReference::agreesOnPublishedUtilization()
{
    QFETCH(GptStep, step);
    QFETCH(std::int64_t, devices);
    const Json fact = published(QTest::currentDataTag());
    QVERIFY(!fact.is_null());
    const double seconds = fact["value"][1];
    const double peak = deviceNamed("a100-sxm-80")->peak(Precision::BF16).flopsPerSecond;
    const double mfu = 100 * utilization(modelFlops(step), seconds, devices, peak);
    const double hfu = 100 * utilization(selectiveRecomputeFlops(step), seconds, devices, peak);
    qInfo("%s: MFU %.2f, published %.1f; HFU %.2f, published %.1f", QTest::currentDataTag(), mfu,
          fact["value"][2].get<double>(), hfu, fact["value"][3].get<double>());
    QVERIFY(std::abs(mfu - fact["value"][2].get<double>()) <= 0.2);
    QVERIFY(std::abs(hfu - fact["value"][3].get<double>()) <= 0.2);
}

/// gpt-fast, Llama-2-7B in bf16: bytes read for a token are its GB/s over its tokens/s, and the roof of its
/// tokens/s is the bandwidth over them. Its cache has 208 positions.
void TestTimingReference::agreesOnPublishedBytesForEachToken()
{
    const Json fact = published("gptfast-llama-2-7b-bf16");
    QVERIFY(!fact.is_null());
    const Json llama{{"model_type", "llama"},       {"hidden_size", 4096},       {"intermediate_size", 11008},
                     {"num_hidden_layers", 32},     {"num_attention_heads", 32}, {"vocab_size", 32000},
                     {"tie_word_embeddings", false}};
    const auto step = traceOfRow(
        llama, {{"text_tokens", "1"}, {"cached_tokens", "207"}, {"new_tokens", "1"}, {"kv_dtype", "bf16"}});
    QVERIFY2(step, step ? "" : step.error().text().c_str());
    const Costs held = cost(*step, **conventionNamed("exact")).root().total;
    const Count table = Count(32000) * 4096 * 2; // a token reads one row of it
    const double read = static_cast<double>((held.weightBytes - table + held.kvCacheBytes).value());
    const double measured = fact["value"][1].get<double>() / fact["value"][0].get<double>() * 1e9;
    QVERIFY(std::abs(read / measured - 1) < 0.001);
    // What is scheduled also counts the hidden states that pass between kernels.
    const Device a100 = deviceNamed("a100-sxm-80").value();
    const Timing roof = schedule(*step, a100, {.preset = Preset::Ideal});
    const auto moved = static_cast<double>(roof.phases[0].bytes.value());
    qInfo("bytes for a token: weights and cache %.4f e9, all %.4f e9, published %.4f e9; roof %.1f tokens/s, "
          "published 153.0",
          read / 1e9, moved / 1e9, measured / 1e9, 1 / roof.seconds);
    QVERIFY(moved > read && moved < 1.002 * read);
    QVERIFY(std::abs(1 / roof.seconds - 153.0) < 0.5);
}

QTEST_APPLESS_MAIN(TestTimingReference)
#include "tst_timing_reference.moc"
