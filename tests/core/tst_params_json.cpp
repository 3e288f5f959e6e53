// SPDX-License-Identifier: GPL-3.0-or-later
// The params.json of Meta and Mistral, against the parameters that both publish for these models.

#include "core/sunflop.h"
#include "tests/support/text.h"
#include "tests/support/written_files.h"

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QtTest>

#include <fstream>

using namespace sunflop;
using namespace sunflop::test;

namespace {

void write(const QTemporaryDir& folder, const char* name, const std::string& contents)
{
    std::ofstream(folder.filePath(q(name)).toStdString(), std::ios::binary) << contents;
}

Result<Run> runOf(const std::filesystem::path& path)
{
    return openFile(path).and_then(
        [](Source source) { return run(std::move(source), {}, conventions().front()); });
}

/// A decoder's parameters: per layer two norms, q and o of all heads, k and v of the key heads, three
/// matrices.
constexpr std::int64_t decoder(std::int64_t layers, std::int64_t dim, std::int64_t keys, std::int64_t inner,
                               std::int64_t words)
{
    return layers * (2 * dim + 2 * dim * dim + 2 * dim * keys + 3 * dim * inner) + dim + 2 * words * dim;
}

} // namespace

class TestParamsJson : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void opensAsTheModelItDescribes_data()
    {
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("className");
        QTest::addColumn<qint64>("params");
        const auto row = [](const char* name, const char* json, const char* className, std::int64_t params) {
            QTest::newRow(name) << q(json) << q(className) << qint64(params);
        };
        row("Llama 1, 7B",
            R"({"dim": 4096, "multiple_of": 256, "n_heads": 32, "n_layers": 32, "norm_eps": 1e-06,
                "vocab_size": -1})",
            "LlamaForCausalLM", decoder(32, 4096, 4096, 11008, 32000));
        row("Llama 2, 70B",
            R"({"dim": 8192, "multiple_of": 4096, "ffn_dim_multiplier": 1.3, "n_heads": 64, "n_kv_heads": 8,
                "n_layers": 80, "norm_eps": 1e-05, "vocab_size": -1})",
            "LlamaForCausalLM", decoder(80, 8192, 8 * 128, 28672, 32000));
        row("Llama 3, 8B",
            R"({"dim": 4096, "ffn_dim_multiplier": 1.3, "multiple_of": 1024, "n_heads": 32, "n_kv_heads": 8,
                "n_layers": 32, "norm_eps": 1e-05, "rope_theta": 500000.0, "vocab_size": 128256})",
            "LlamaForCausalLM", decoder(32, 4096, 8 * 128, 14336, 128256));
        row("Mistral, 7B",
            R"({"dim": 4096, "n_layers": 32, "head_dim": 128, "hidden_dim": 14336, "n_heads": 32,
                "n_kv_heads": 8, "norm_eps": 1e-05, "sliding_window": 4096, "vocab_size": 32000})",
            "MistralForCausalLM", decoder(32, 4096, 8 * 128, 14336, 32000));
        // Heads of 128 that are not hidden / heads: q and o are 5120 by 32 * 128.
        row("Mistral Nemo, 12B",
            R"({"dim": 5120, "n_layers": 40, "head_dim": 128, "hidden_dim": 14336, "n_heads": 32,
                "n_kv_heads": 8, "norm_eps": 1e-05, "vocab_size": 131072, "rope_theta": 1000000.0})",
            "MistralForCausalLM",
            40 * (2 * 5120LL + 2 * 5120LL * 32 * 128 + 2 * 5120LL * 8 * 128 + 3 * 5120LL * 14336) + 5120 +
                2 * 131072LL * 5120);
    }

    void opensAsTheModelItDescribes()
    {
        QFETCH(QString, json);
        QFETCH(QString, className);
        QFETCH(qint64, params);
        QTemporaryDir folder;
        write(folder, "params.json", json.toStdString());
        write(folder, "consolidated.00.pth", "weights whose names no family has");
        for (const std::string& path :
             {folder.path().toStdString(), folder.filePath(q("params.json")).toStdString()}) {
            const auto counted = runOf(path);
            QVERIFY2(counted, counted ? "" : counted.error().text().c_str());
            QCOMPARE(q(counted->trace.modules.front().className), className);
            QCOMPARE(counted->costs.root().total.params.value(), params);
            QVERIFY(!counted->trace.isEstimate);
        }
    }

    void aWindowIsOnlyWhereItIsTold()
    {
        const auto windowOf = [](const char* json) {
            QTemporaryDir folder;
            write(folder, "params.json", json);
            return openFile(folder.path().toStdString())->config.json()["sliding_window"];
        };
        QCOMPARE(windowOf(R"({"dim": 64, "n_layers": 1, "n_heads": 4, "hidden_dim": 96})"), nlohmann::json());
        QCOMPARE(
            windowOf(R"({"dim": 64, "n_layers": 1, "n_heads": 4, "hidden_dim": 96, "sliding_window": 32})"),
            nlohmann::json(32));
    }

    void whatNoFamilyDescribesIsRefused_data()
    {
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const char* json, const char* reason) {
            QTest::newRow(name) << q(json) << q(reason);
        };
        row("experts", R"({"dim": 4096, "n_layers": 32, "hidden_dim": 14336,
                           "moe": {"num_experts_per_tok": 2, "num_experts": 8}})",
            "moe: a mixture of experts");
        row("experts of Meta", R"({"dim": 5120, "n_layers": 48, "moe_args": {"num_experts": 16}})",
            "moe_args: a mixture of experts");
        row("vision", R"({"dim": 5120, "n_layers": 40, "hidden_dim": 14336, "vision_encoder": {}})",
            "vision_encoder: a model that sees");
        row("vision of Meta", R"({"dim": 4096, "n_layers": 32, "vision_chunk_size": 448})",
            "vision_chunk_size: a model that sees");
        row("text as a width", R"({"dim": "wide", "n_layers": 32})", "dim: found");
        row("no width", R"({"dim": 0, "n_layers": 32})", "dim: found 0");
        row("endless width", R"({"dim": 4096, "n_layers": 32, "ffn_dim_multiplier": 1e300})",
            "ffn_dim_multiplier: found 1e+300");
    }

    void whatNoFamilyDescribesIsRefused()
    {
        QFETCH(QString, json);
        QFETCH(QString, reason);
        QTemporaryDir folder;
        write(folder, "params.json", json.toStdString());
        const auto source = openFile(folder.path().toStdString());
        QVERIFY(!source);
        QVERIFY2(q(source.error().text()).contains(reason), source.error().text().c_str());
    }

    /// Their weights open as an estimate, and what params.json says of experts holds: two of four for each
    /// token.
    void aMixtureOpensItsWeights()
    {
        std::string header =
            R"({"layers.0.feed_forward.gate.weight":{"dtype":"F16","shape":[4,8],"data_offsets":[0,64]})";
        std::size_t at = 64;
        for (int expert = 0; expert < 4; ++expert, at += 96)
            header +=
                QStringLiteral(
                    R"(,"layers.0.feed_forward.experts.%1.w1.weight":{"dtype":"F16","shape":[6,8],"data_offsets":[%2,%3]})")
                    .arg(expert)
                    .arg(at)
                    .arg(at + 96)
                    .toStdString();
        QTemporaryDir folder;
        write(folder, "consolidated.safetensors", safetensorsOf(header + "}", at));
        write(
            folder, "params.json",
            R"({"dim": 8, "n_layers": 1, "hidden_dim": 6, "moe": {"num_experts_per_tok": 2, "num_experts": 4}})");
        const auto counted = runOf(folder.path().toStdString());
        QVERIFY2(counted, counted ? "" : counted.error().text().c_str());
        QVERIFY(counted->trace.isEstimate);
        QCOMPARE(counted->costs.root().total.activeParams.value(), 4 * 8 + 2 * 6 * 8);
        QCOMPARE(counted->costs.root().total.forward.macs.value(), 512 * (4 * 8 + 2 * 6 * 8));
    }
};

QTEST_APPLESS_MAIN(TestParamsJson)
#include "tst_params_json.moc"
