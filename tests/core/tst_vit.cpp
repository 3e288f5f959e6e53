// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/small_models.h"
#include "tests/support/text.h"
#include "tests/support/trace_text.h"

#include <QRegularExpression>
#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

namespace {

/// Width 8 in two heads of 4, MLP 12, two layers; images of one channel and 4 x 4 pixels in four patches of
/// 2 x 2, which with the class token are five positions; three labels.
Json smallVit(const Json& changes = {})
{
    Json config{{"model_type", "vit"},     {"hidden_size", 8},       {"num_attention_heads", 2},
                {"intermediate_size", 12}, {"num_hidden_layers", 2}, {"num_channels", 1},
                {"image_size", 4},         {"patch_size", 2},        {"num_labels", 3}};
    if (!changes.is_null())
        config.update(changes);
    return config;
}

/// The calls of a run whose line begins with `path`.
QStringList callsOf(const Trace& trace, const char* path)
{
    return lines(callsText(trace)).filter(QRegularExpression("^" + QRegularExpression::escape(q(path))));
}

/// The tree's first module of that name and what lies in it, the module itself without indent.
QStringList subtree(const Trace& trace, const char* name)
{
    const auto indentOf = [](const QString& line) { return line.size() - line.trimmed().size(); };
    const QStringList tree = lines(treeText(trace));
    QStringList found;
    qsizetype indent = 0;
    for (const QString& line : tree) {
        const bool isFirst = found.isEmpty() && line.trimmed().startsWith(q(name) + q(": "));
        if (isFirst)
            indent = indentOf(line);
        else if (!found.isEmpty() && indentOf(line) <= indent)
            break;
        if (isFirst || !found.isEmpty())
            found.append(line.mid(indent));
    }
    return found;
}

QString errorOf(const Json& config, const std::vector<Assignment>& assignments = {})
{
    const auto refused = run(sourceOf(config), assignments, conventions().front());
    return refused ? QStringLiteral("no error") : q(refused.error().text());
}

} // namespace

class TestVit : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void callsWhatEagerPyTorchCalls()
    {
        const Trace trace = traceOf(smallVit(), {{"batch", "2"}, {"attention", "eager"}});
        QCOMPARE(lines(callsText(trace)),
                 lines("vit.embeddings.patch_embeddings.projection conv2d [2, 1, 4, 4] [8, 1, 2, 2] [8] -> "
                       "[2, 8, 2, 2]\n"
                       "vit.embeddings cat [2, 1, 8] [2, 4, 8] -> [2, 5, 8]\n"
                       "vit.embeddings add [2, 5, 8] [1, 5, 8] -> [2, 5, 8]\n"
                       "vit.layers.0-1.layernorm_before layer_norm [2, 5, 8] [8] [8] -> [2, 5, 8]\n"
                       "vit.layers.0-1.attention.q_proj linear [2, 5, 8] [8, 8] [8] -> [2, 5, 8]\n"
                       "vit.layers.0-1.attention.k_proj linear [2, 5, 8] [8, 8] [8] -> [2, 5, 8]\n"
                       "vit.layers.0-1.attention.v_proj linear [2, 5, 8] [8, 8] [8] -> [2, 5, 8]\n"
                       "vit.layers.0-1.attention matmul [2, 2, 5, 4] [2, 2, 4, 5] -> [2, 2, 5, 5]\n"
                       "vit.layers.0-1.attention mul [2, 2, 5, 5] number -> [2, 2, 5, 5]\n"
                       "vit.layers.0-1.attention copy [2, 2, 5, 5] -> [2, 2, 5, 5]\n" // bf16 to fp32
                       "vit.layers.0-1.attention softmax [2, 2, 5, 5] -> [2, 2, 5, 5]\n"
                       "vit.layers.0-1.attention copy [2, 2, 5, 5] -> [2, 2, 5, 5]\n"
                       "vit.layers.0-1.attention matmul [2, 2, 5, 5] [2, 2, 5, 4] -> [2, 2, 5, 4]\n"
                       "vit.layers.0-1.attention copy [2, 2, 5, 4] -> [2, 5, 8]\n"
                       "vit.layers.0-1.attention.o_proj linear [2, 5, 8] [8, 8] [8] -> [2, 5, 8]\n"
                       "vit.layers.0-1 add [2, 5, 8] [2, 5, 8] -> [2, 5, 8]\n"
                       "vit.layers.0-1.layernorm_after layer_norm [2, 5, 8] [8] [8] -> [2, 5, 8]\n"
                       "vit.layers.0-1.mlp.fc1 linear [2, 5, 8] [12, 8] [12] -> [2, 5, 12]\n"
                       "vit.layers.0-1.mlp.activation_fn gelu [2, 5, 12] -> [2, 5, 12]\n"
                       "vit.layers.0-1.mlp.fc2 linear [2, 5, 12] [8, 12] [8] -> [2, 5, 8]\n"
                       "vit.layers.0-1 add [2, 5, 8] [2, 5, 8] -> [2, 5, 8]\n"
                       "vit.layernorm layer_norm [2, 5, 8] [8] [8] -> [2, 5, 8]\n"
                       "classifier linear [2, 8] [3, 8] [3] -> [2, 3]\n"));
    }

    void fusesAttentionIntoOneCall_data()
    {
        QTest::addColumn<QString>("release");
        for (const char* release : {"4.41", "4.50", "5.17"})
            QTest::newRow(release) << QString::fromUtf8(release);
    }

    void fusesAttentionIntoOneCall()
    {
        QFETCH(QString, release);
        for (const char* kernel : {"sdpa", "flash"}) {
            const Trace trace =
                traceOf(smallVit(), {{"attention", kernel}, {"transformers", release.toStdString()}});
            const auto count = [&](OpKind kind) { return std::ranges::count(trace.ops, kind, &Op::kind); };
            QCOMPARE(count(OpKind::ScaledDotProductAttention), 1);
            QCOMPARE(count(OpKind::MatMul) + count(OpKind::Softmax), 0);
        }
    }

    void knowsNoFusedAttentionBefore441()
    {
        const Trace trace = traceOf(smallVit(), {{"attention", "sdpa"}, {"transformers", "4.40"}});
        QCOMPARE(callsOf(trace, "vit.encoder.layer.0-1.attention.attention "),
                 QStringList({"vit.encoder.layer.0-1.attention.attention matmul [1, 2, 5, 4] [1, 2, 4, 5] -> "
                              "[1, 2, 5, 5]",
                              "vit.encoder.layer.0-1.attention.attention div [1, 2, 5, 5] number -> "
                              "[1, 2, 5, 5]",
                              "vit.encoder.layer.0-1.attention.attention softmax [1, 2, 5, 5] -> "
                              "[1, 2, 5, 5]",
                              "vit.encoder.layer.0-1.attention.attention matmul [1, 2, 5, 5] [1, 2, 5, 4] -> "
                              "[1, 2, 5, 4]",
                              "vit.encoder.layer.0-1.attention.attention copy [1, 2, 5, 4] -> [1, 5, 8]"}));
    }

    void printsAttentionAsEachReleaseDoes_data()
    {
        QTest::addColumn<QString>("release");
        QTest::addColumn<QString>("prefix");
        QTest::addColumn<QString>("dropout");
        const QString ran = q("    dropout: Dropout(p=0.0, inplace=False)");
        const QString dormant = ran + q(" dormant");
        QTest::newRow("4.40") << q("4.40") << q("ViT") << ran;
        QTest::newRow("4.41") << q("4.41") << q("ViTSdpa") << dormant;
        QTest::newRow("4.49") << q("4.49") << q("ViTSdpa") << dormant;
        QTest::newRow("4.50") << q("4.50") << q("ViT") << QString();
        QTest::newRow("5.8") << q("5.8") << q("ViT") << QString();
    }

    void printsAttentionAsEachReleaseDoes()
    {
        QFETCH(QString, release);
        QFETCH(QString, prefix);
        QFETCH(QString, dropout);
        const Trace trace = traceOf(smallVit(), {{"transformers", release.toStdString()}});
        const QString linear = q(": Linear(in_features=8, out_features=8, bias=True) weight [8, 8] bias [8]");
        QStringList expected{q("attention: ") + prefix + q("Attention"),
                             q("  attention: ") + prefix + q("SelfAttention"),
                             q("    query") + linear,
                             q("    key") + linear,
                             q("    value") + linear,
                             dropout,
                             q("  output: ViTSelfOutput"),
                             q("    dense") + linear,
                             q("    dropout: Dropout(p=0.0, inplace=False)")};
        expected.removeAll(QString());
        QCOMPARE(subtree(trace, "attention"), expected);
    }

    void nestsTheEncoderBefore59()
    {
        const Trace trace = traceOf(smallVit(), {{"transformers", "5.8"}});
        QStringList tree = subtree(trace, "encoder");
        tree.erase(tree.begin() + 3, tree.begin() + 3 + subtree(trace, "attention").size());
        QCOMPARE(tree,
                 lines("encoder: ViTEncoder\n"
                       "  layer: ModuleList list\n"
                       "    0-1: ViTLayer\n"
                       "      intermediate: ViTIntermediate\n"
                       "        dense: Linear(in_features=8, out_features=12, bias=True) weight [12, 8] "
                       "bias [12]\n"
                       "        intermediate_act_fn: GELUActivation\n"
                       "      output: ViTOutput\n"
                       "        dense: Linear(in_features=12, out_features=8, bias=True) weight [8, 12] "
                       "bias [8]\n"
                       "        dropout: Dropout(p=0.0, inplace=False)\n"
                       "      layernorm_before: LayerNorm((8,), eps=1e-12, elementwise_affine=True) "
                       "weight [8] bias [8]\n"
                       "      layernorm_after: LayerNorm((8,), eps=1e-12, elementwise_affine=True) weight "
                       "[8] bias [8]"));
    }

    void everyReleaseHoldsAndMultipliesTheSame_data() { fusesAttentionIntoOneCall_data(); }
    void everyReleaseHoldsAndMultipliesTheSame()
    {
        QFETCH(QString, release);
        const Run counted = runOf(smallVit(), {{"transformers", release.toStdString()}});
        const Costs& whole = counted.costs.root().total;
        QCOMPARE(whole.params.value(), (1 * 2 * 2 + 1) * 8 + (1 + 5) * 8 +
                                           2 * (4 * (8 + 1) * 8 + (8 + 1) * 12 + (12 + 1) * 8 + 2 * 2 * 8) +
                                           2 * 8 + (8 + 1) * 3);
        QCOMPARE(whole.forward.macs.value(),
                 4 * 8 * (1 * 2 * 2) + 2 * (4 * 5 * 8 * 8 + 2 * (2 * 5 * 5 * 4) + 2 * 5 * 8 * 12) + 8 * 3);
    }

    /// 4 patches of 1 x 2 x 2 to 8 channels: the gradient of the image is one more such product.
    void imagesHaveGradientsWhereTheyAreAskedFor()
    {
        const auto backward = [](const char* ofInputs) {
            return run(sourceOf(smallVit()),
                       std::vector<Assignment>{{"mode", "training"}, {"input_gradients", ofInputs}},
                       *conventionNamed("flopcounter").value())
                ->costs.root()
                .total.backward.flops.value();
        };
        QCOMPARE(backward("yes") - backward("no"), 2 * 4 * 8 * (1 * 2 * 2));
    }

    void resamplesPositionsForAnotherImage()
    {
        const Trace trace = traceOf(smallVit(), {{"image_width", "7"}, {"image_height", "4"}});
        QCOMPARE(callsOf(trace, "vit.embeddings "),
                 QStringList({"vit.embeddings cat [1, 1, 8] [1, 6, 8] -> [1, 7, 8]",
                              "vit.embeddings interpolate [1, 8, 2, 2] -> [1, 8, 2, 3]",
                              "vit.embeddings cat [1, 1, 8] [1, 6, 8] -> [1, 7, 8]",
                              "vit.embeddings add [1, 7, 8] [1, 7, 8] -> [1, 7, 8]"}));
    }

    void aSquareOfAsManyPatchesTakesThePositionsAsTheyAre()
    {
        const Trace square = traceOf(smallVit(), {{"image_width", "5"}, {"image_height", "5"}});
        QCOMPARE(callsOf(square, "vit.embeddings "),
                 QStringList({"vit.embeddings cat [1, 1, 8] [1, 4, 8] -> [1, 5, 8]",
                              "vit.embeddings add [1, 5, 8] [1, 5, 8] -> [1, 5, 8]"}));
        const Trace wide = traceOf(smallVit(), {{"image_width", "8"}, {"image_height", "2"}});
        QCOMPARE(std::ranges::count(wide.ops, OpKind::Interpolate, &Op::kind), 1);
    }

    void countsLabelsByNameBeforeNumber()
    {
        const auto classifier = [](const Json& changes) {
            return callsOf(traceOf(smallVit(changes)), "classifier ").join(QLatin1Char('\n'));
        };
        QCOMPARE(classifier({{"num_labels", nullptr}}), q("classifier linear [1, 8] [2, 8] [2] -> [1, 2]"));
        QCOMPARE(classifier({{"id2label", {{"0", "cat"}, {"1", "dog"}, {"2", "owl"}, {"3", "elk"}}}}),
                 q("classifier linear [1, 8] [4, 8] [4] -> [1, 4]"));
        QCOMPARE(classifier({{"num_labels", 0}}), QString());
    }

    void theBareModelPoolsItsClassToken()
    {
        const Trace trace =
            traceOf(smallVit({{"architectures", {"ViTModel"}}, {"pooler_output_size", 6}}), {{"batch", "2"}});
        QCOMPARE(callsOf(trace, "pooler"), QStringList({"pooler.dense linear [2, 8] [6, 8] [6] -> [2, 6]",
                                                        "pooler.activation tanh [2, 6] -> [2, 6]"}));
        QCOMPARE(subtree(trace, "pooler"),
                 lines("pooler: ViTPooler\n"
                       "  dense: Linear(in_features=8, out_features=6, bias=True) weight [6, 8] bias [6]\n"
                       "  activation: Tanh"));
    }

    /// ViT-L/16 without "architectures", as it lay on a GPU: two labels, two bytes a weight.
    void weighsWhatAGpuHeld()
    {
        const Json config{{"model_type", "vit"},     {"hidden_size", 1024},       {"intermediate_size", 4096},
                          {"num_hidden_layers", 24}, {"num_attention_heads", 16}, {"image_size", 224},
                          {"patch_size", 16}};
        QCOMPARE(runOf(config).costs.root().total.weightBytes.value(), 606'607'364);
    }

    void refusesWhatItDoesNotKnow()
    {
        QCOMPARE(errorOf(smallVit({{"architectures", {"ViTForMaskedImageModeling"}}})),
                 q("config.json: architectures: found \"ViTForMaskedImageModeling\", expected "
                   "ViTForImageClassification or ViTModel"));
        QCOMPARE(errorOf(smallVit(), {{"image_height", "1"}}),
                 q("config.json: image_height: 1 is out of range, expected 2 to 65536"));
    }
};

QTEST_APPLESS_MAIN(TestVit)
#include "tst_vit.moc"
