// SPDX-License-Identifier: GPL-3.0-or-later
// Memory of real runs on H200s, as torch.cuda counted it. Prints a table of every row: predicted, measured,
// ratio. Our own measurements (tests/measured/memory.py) come first, then those of tests/reference.

#include "core/sunflop.h"
#include "tests/support/reference.h"
#include "tests/support/small_models.h"

#include <fmt/format.h>

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

namespace {

/// The release that the figures were measured with.
constexpr const char* measuredRelease = "5.17";

/// Counts `source` under those of `assignments` that it offers.
Result<Run> runOf(const Source& source, std::vector<Assignment> assignments)
{
    const auto offered = inputsOf(source);
    if (!offered)
        return failure(offered.error());
    assignments.push_back({"transformers", measuredRelease});
    assignments.push_back({"device", "h200-sxm"});
    std::erase_if(assignments,
                  [&](const Assignment& a) { return std::ranges::count(*offered, a.id, &Input::id) == 0; });
    return run(source, assignments, conventions().front());
}

std::string dtypeOf(const Json& row)
{
    const std::string dtype = row["dtype"];
    return dtype == "torch.float32" ? "fp32" : dtype == "torch.float16" ? "fp16" : "bf16";
}

/// What rows of every kind have in common.
std::vector<Assignment> commonInputs(const Json& row)
{
    const std::string dtype = dtypeOf(row);
    std::vector<Assignment> inputs{{"batch", std::to_string(row["batch"].get<int>())},
                                   {"attention", row.value("attn", "sdpa")},
                                   {"weight_dtype", dtype},
                                   {"activation_dtype", dtype},
                                   {"kv_dtype", dtype}};
    if (row["seq"] > 0)
        inputs.push_back({"text_tokens", std::to_string(row["seq"].get<int>())});
    return inputs;
}

std::vector<Assignment> inferenceInputs(const Json& row)
{
    std::vector<Assignment> inputs = commonInputs(row);
    if (row["kw"].value("logits_to_keep", 0) == 1)
        inputs.push_back({"logits", "last"});
    if (!row["kw"].value("use_cache", true))
        inputs.push_back({"kv_cache", "none"});
    return inputs;
}

std::vector<Assignment> trainingInputs(const Json& row)
{
    std::vector<Assignment> inputs = commonInputs(row);
    inputs.push_back({"mode", "training"});
    if (row["ckpt"])
        inputs.push_back({"checkpointing", "layers"});
    if (row.value("autocast", false))
        inputs.push_back({"autocast", "bf16"});
    if (row.value("opt", "adamw") == "sgdm")
        inputs.push_back({"optimizer", "sgd-momentum"});
    return inputs;
}

/// How the modes of sharding_measurements.json are asked for.
std::vector<Assignment> shardingInputs(const Json& row)
{
    const std::string mode = row["mode"];
    std::vector<Assignment> inputs = trainingInputs(row);
    inputs.push_back({"data_parallel", std::to_string(row["devices"].get<int>())});
    if (mode == "ddp_view")
        inputs.push_back({"gradient_buckets", "view"});
    if (mode.starts_with("zero"))
        inputs.push_back({"zero_stage", mode.substr(4, 1)});
    if (mode == "zero3_mp") { // the gathered weights compute in bf16, the shards stay fp32
        std::erase_if(inputs, [](const Assignment& a) { return a.id.ends_with("_dtype"); });
        inputs.push_back({"weight_dtype", "bf16"});
        inputs.push_back({"activation_dtype", "bf16"});
        inputs.push_back({"recipe", "fp32"});
    }
    return inputs;
}

const StagePeak& stage(const Footprint& memory, Stage wanted)
{
    return *std::ranges::find(memory.stages, wanted, &StagePeak::stage);
}

/// Adds one row per entry of `rows` that `isWanted`.
template<typename Wanted>
void addRows(const Json& rows, const Wanted& isWanted)
{
    QTest::addColumn<int>("row");
    for (int i = 0; i < static_cast<int>(rows.size()); ++i) {
        const Json& row = rows[static_cast<std::size_t>(i)];
        if (!isWanted(row))
            continue;
        std::string name = fmt::format("{}", i);
        for (const char* key :
             {"model", "mode", "dtype", "attn", "opt", "batch", "seq", "autocast", "ckpt", "kw", "tiles"})
            if (row.contains(key))
                name += " " + (row[key].is_string() ? row[key].get<std::string>() : row[key].dump());
        QTest::newRow(name.c_str()) << i;
    }
}

} // namespace

#define COMPARE_BYTES(what, predicted, measured, tolerance)                                                  \
    do {                                                                                                     \
        const std::string line = table(what, predicted, measured);                                           \
        QVERIFY2(std::abs((predicted) / (measured)-1) <= (tolerance), line.c_str());                         \
    } while (false)

class TestMemoryReference : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void predictsPeaksOfInferences_data()
    {
        addRows(m_measured["measurements"], [](const Json& row) { return row["what"] == "infer"; });
    }

    void predictsPeaksOfInferences()
    {
        QFETCH(int, row);
        const Json& measured = m_measured["measurements"][static_cast<std::size_t>(row)];
        const auto counted = runOf(config(measured), inferenceInputs(measured));
        QVERIFY2(counted.has_value(), counted ? "" : counted.error().text().c_str());
        const Footprint& memory = counted->memory;
        const StagePeak& prefill = stage(memory, Stage::Prefill);
        const double weights = measured["weights_alloc"];
        COMPARE_BYTES("weights + peak", weights + bytes(prefill.peak - prefill.start),
                      weights + measured["peak_over_weights"].get<double>(), 0.02);
        // What is held of keys and values depends on which free blocks of the allocator they were given.
        const double held = measured["held_after"];
        if (held > 1e6) // logits of two labels are smaller than what the allocator gives them
            COMPARE_BYTES("held", bytes(memory.held), held, row < ownRows ? 0.02 : 0.01);
    }

    void predictsPeaksOfTrainingSteps_data()
    {
        addRows(m_measured["measurements"], [](const Json& row) { return row["what"] == "train"; });
    }

    void predictsPeaksOfTrainingSteps()
    {
        QFETCH(int, row);
        const Json& measured = m_measured["measurements"][static_cast<std::size_t>(row)];
        const auto counted = runOf(config(measured), trainingInputs(measured));
        QVERIFY2(counted.has_value(), counted ? "" : counted.error().text().c_str());
        compareStep(counted->memory, measured);
        const double saved = measured.value("saved_bytes", 0.0);
        if (saved > 0) // the hook that measured it sees nothing of a checkpointed step
            COMPARE_BYTES("saved", bytes(counted->memory.saved), saved, 0.03);
    }

    void predictsPeaksOfShardedSteps_data()
    {
        addRows(m_sharded["measurements"], [](const Json&) { return true; });
    }

    void predictsPeaksOfShardedSteps()
    {
        QFETCH(int, row);
        const Json& measured = m_sharded["measurements"][static_cast<std::size_t>(row)];
        const auto counted = runOf(config(measured), shardingInputs(measured));
        QVERIFY2(counted.has_value(), counted ? "" : counted.error().text().c_str());
        compareStep(counted->memory, measured);
    }

    void predictsPeaksWithImages_data()
    {
        addRows(m_visual["runs"], [](const Json& row) { return !bundled(row).empty(); });
    }

    /// The transformers classes of these models compute what the checkpoints' own code does, with a fused
    /// tower.
    void predictsPeaksWithImages()
    {
        QFETCH(int, row);
        const Json& measured = m_visual["runs"][static_cast<std::size_t>(row)];
        const auto counted = runOf(*open(bundled(measured)),
                                   {{"tiles", std::to_string(measured["tiles"].get<int>())},
                                    {"text_tokens", std::to_string(measured["text_tokens"].get<int>())},
                                    {"attention", "flash"}});
        QVERIFY2(counted.has_value(), counted ? "" : counted.error().text().c_str());
        const StagePeak& prefill = stage(counted->memory, Stage::Prefill);
        const double weights = measured["weights"];
        COMPARE_BYTES("weights + peak", weights + bytes(prefill.peak - prefill.start),
                      weights + measured["peak_over_start"].get<double>(), 0.02);
    }

    /// 8.1628 GiB stand at the end of report_ovis2_4b.txt, a run without an image on a device before Hopper.
    void explainsThePrintedPeakOfOvis2()
    {
        const auto counted = runOf(*open("ovis2-4b"), {{"images", "0"}, {"text_tokens", "147"}});
        QVERIFY(counted.has_value());
        const Device a100 = *deviceNamed("a100-sxm-80");
        const Footprint memory =
            footprint(counted->trace, counted->workload, {.workspaceBytes = a100.workspaceBytes});
        COMPARE_BYTES("printed peak", bytes(memory.peak()), 8.1628 * 1024 * 1024 * 1024, 0.01);
        const MemoryParts& parts = memory.parts;
        QCOMPARE(parts.total() - parts.context, memory.peak());
        QCOMPARE(parts.workspace, Count(2 * 4096 * 1024 + 8 * 16 * 1024));
        // Keys and values of 36 layers with two heads of 128.
        QCOMPARE(parts.cache, Count(36 * 2 * 147 * 2 * 128 * 2));
    }

private:
    /// Our own rows, then those of tests/reference.
    Json measurements() const
    {
        Json all = readJson(std::filesystem::path(TEST_DATA) / "measured" / "memory.json.gz");
        const Json reference = readJson(m_folder / "gpu_measurements.json");
        all["configs"].update(reference["configs"]);
        for (const Json& row : reference["measurements"])
            all["measurements"].push_back(row);
        return all;
    }

    static double bytes(Count count) { return static_cast<double>(count.value()); }

    Source config(const Json& row) const
    {
        return sourceOf(m_measured["configs"][row["model"].get<std::string>()]);
    }

    /// The bundled model of a row of vision_language.json; empty for families that do not exist.
    static std::string bundled(const Json& row)
    {
        if (row["model"] == "ovis2-4b-native")
            return "ovis2-4b";
        return row["model"] == "OpenGVLab--InternVL3-1B-hf" ? "internvl3-1b" : "";
    }

    /// One line of the table.
    static std::string table(const char* what, double predicted, double measured)
    {
        const std::string line =
            fmt::format("{:<62} {:<15} predicted {:9.1f} MB  measured {:9.1f} MB  ratio {:.4f}",
                        QTest::currentDataTag() ? QTest::currentDataTag() : "", what, predicted / 1e6,
                        measured / 1e6, predicted / measured);
        qInfo("%s", line.c_str());
        return line;
    }

    static void compareStep(const Footprint& memory, const Json& measured)
    {
        table("start", bytes(stage(memory, Stage::Forward).start), measured["start"]);
        COMPARE_BYTES("forward peak", bytes(stage(memory, Stage::Forward).peak),
                      measured["fwd_peak"].get<double>(), 0.05);
        COMPARE_BYTES("backward peak", bytes(stage(memory, Stage::Backward).peak),
                      measured["bwd_peak"].get<double>(), 0.05);
    }

    static constexpr int ownRows = 21; ///< of tests/measured, before those of tests/reference
    const std::filesystem::path m_folder = referenceFolder();
    const Json m_measured = measurements();
    const Json m_sharded = readJson(m_folder / "sharding_measurements.json");
    const Json m_visual = readJson(m_folder / "vision_language.json.gz");
};

QTEST_APPLESS_MAIN(TestMemoryReference)
#include "tst_memory_reference.moc"
