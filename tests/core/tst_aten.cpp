// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/conventions/convention.h"
#include "core/cost/cost_tree.h"
#include "core/operators/quantities.h"
#include "core/playback/aten.h"
#include "core/playback/strides.h"
#include "tests/support/recordings.h"
#include "tests/support/text.h"
#include "tests/support/trace_text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

std::int64_t macs(const RecordedProgram& program)
{
    return cost(*program.trace(), **conventionNamed("exact")).root().total.forward.macs.value();
}

/// One call on arguments of these names and sizes; numbers and flags besides.
RecordedProgram once(const std::string& target, const std::vector<std::pair<std::string, Dims>>& tensors,
                     const std::vector<Dims>& results, std::vector<RecordedArgument> others = {})
{
    RecordedProgram program;
    std::vector<RecordedArgument> arguments;
    for (const auto& [name, sizes] : tensors)
        arguments.push_back(arg(name, program.argument(sizes)));
    arguments.insert(arguments.end(), others.begin(), others.end());
    program.calls(target, std::move(arguments), results);
    return program;
}

QString call(const RecordedProgram& program)
{
    return q(callsText(*program.trace())).trimmed();
}

Op firstOp(const RecordedProgram& program)
{
    return program.trace()->ops.front();
}

} // namespace

class TestAten : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void targetsAreTakenApart_data()
    {
        QTest::addColumn<QString>("target");
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("isInPlace");
        const auto row = [](const char* target, const char* name, bool isInPlace) {
            QTest::addRow("%s", target)
                << QString::fromLatin1(target) << QString::fromLatin1(name) << isInPlace;
        };
        row("aten.add.Tensor", "add", false);
        row("aten.add_.Tensor", "add", true);
        row("aten.linear.default", "linear", false);
        row("aten.relu_", "relu", true);
        row("aten.__and__.Tensor", "__and__", false);
        row("aten.__iand__.Tensor", "__iand__", true);
        row("aten._softmax.default", "_softmax", false);
        row("torchvision.nms.default", "torchvision.nms", false);
        row("mylib.step_.default", "mylib.step", true);
        row("relu", "relu", false);
        row("", "", false);
        row("aten.", "", false);
        row("_", "_", false);
    }

    void targetsAreTakenApart()
    {
        QFETCH(QString, target);
        const std::string text = target.toStdString();
        QTEST(q(atenTarget(text).name), "name");
        QTEST(atenTarget(text).isInPlace, "isInPlace");
    }

    void productsCostEverySizeOnce()
    {
        QCOMPARE(macs(once("aten.mm.default", {{"self", {2, 3}}, {"mat2", {3, 5}}}, {{2, 5}})), 2 * 3 * 5);
        QCOMPARE(macs(once("aten.bmm.default", {{"self", {4, 2, 3}}, {"mat2", {4, 3, 5}}}, {{4, 2, 5}})),
                 4 * 2 * 3 * 5);
        QCOMPARE(
            macs(once("aten.addmm.default", {{"self", {5}}, {"mat1", {2, 3}}, {"mat2", {3, 5}}}, {{2, 5}})),
            2 * 3 * 5);
        QCOMPARE(macs(once("aten.baddbmm.default",
                           {{"self", {4, 2, 5}}, {"batch1", {4, 2, 3}}, {"batch2", {4, 3, 5}}}, {{4, 2, 5}})),
                 4 * 2 * 3 * 5);
        QCOMPARE(
            macs(once("aten.matmul.default", {{"self", {7, 4, 2, 3}}, {"other", {3, 5}}}, {{7, 4, 2, 5}})),
            7 * 4 * 2 * 3 * 5);
        QCOMPARE(macs(once("aten.mv.default", {{"self", {2, 3}}, {"vec", {3}}}, {{2}})), 2 * 3);
        QCOMPARE(macs(once("aten.dot.default", {{"self", {3}}, {"tensor", {3}}}, {{}})), 3);
        QCOMPARE(macs(once("aten.inner.default", {{"self", {4, 2, 3}}, {"other", {5, 3}}}, {{4, 2, 5}})),
                 4 * 2 * 3 * 5);
        QCOMPARE(macs(once("aten.tensordot.default", {{"self", {4, 2, 3}}, {"other", {2, 3, 5}}}, {{4, 5}},
                           {arg("dims_self", Dims{1, -1}), arg("dims_other", Dims{0, 1})})),
                 4 * (2 * 3) * 5);
        QCOMPARE(macs(once("aten.addbmm.default",
                           {{"self", {2, 5}}, {"batch1", {4, 2, 3}}, {"batch2", {4, 3, 5}}}, {{2, 5}})),
                 4 * 2 * 3 * 5);
    }

    void aBilinearLayerIsTwoProducts()
    {
        // every pair of 3 and 4 features for each of 5 outputs, then the sum over the second
        QCOMPARE(macs(once("aten.bilinear.default",
                           {{"input1", {2, 3}}, {"input2", {2, 4}}, {"weight", {5, 3, 4}}, {"bias", {5}}},
                           {{2, 5}})),
                 2 * 3 * (5 * 4) + 2 * 5 * 4);
    }

    void einsumIsItsProducts()
    {
        RecordedProgram program;
        const TensorIndex a = program.argument({2, 7, 4, 8});
        const TensorIndex b = program.argument({2, 9, 4, 8});
        program.call("aten.einsum.default", {word("equation", "bqhd,bkhd->bhqk"), arg("tensors", {a, b})},
                     {2, 4, 7, 9});
        QCOMPARE(macs(program), 2 * 4 * 7 * 9 * 8);
        QCOMPARE(call(program), q("model bmm [8, 7, 8] [8, 8, 9] -> [2, 4, 7, 9]"));
    }

    void convolutionsCostOneFilterForEachOutput()
    {
        const auto convolved = [](const std::string& target, const Dims& x, const Dims& weight, const Dims& y,
                                  std::vector<RecordedArgument> others = {}) {
            return once(target, {{"input", x}, {"weight", weight}}, {y}, std::move(others));
        };
        QCOMPARE(macs(convolved("aten.conv2d.default", {2, 3, 9, 9}, {8, 3, 3, 3}, {2, 8, 7, 7})),
                 2 * 8 * 7 * 7 * (3 * 3 * 3));
        QCOMPARE(macs(convolved("aten.conv2d.padding", {2, 3, 9, 9}, {8, 3, 3, 3}, {2, 8, 9, 9},
                                {word("padding", "same")})),
                 2 * 8 * 9 * 9 * (3 * 3 * 3));
        QCOMPARE(macs(convolved("aten.conv1d.default", {2, 6, 9}, {8, 2, 3}, {2, 8, 7}, {arg("groups", 3)})),
                 2 * 8 * 7 * (2 * 3));
        QCOMPARE(macs(convolved("aten.conv3d.default", {2, 3, 5, 9, 9}, {8, 3, 1, 3, 3}, {2, 8, 5, 7, 7})),
                 2 * 8 * 5 * 7 * 7 * (3 * 3 * 3));
        QCOMPARE(macs(convolved("aten.conv2d.default", {3, 9, 9}, {8, 3, 3, 3}, {8, 7, 7})),
                 8 * 7 * 7 * (3 * 3 * 3));
    }

    void transposedConvolutionsCostOneFilterForEachInput()
    {
        const RecordedProgram named =
            once("aten.conv_transpose2d.input", {{"input", {2, 8, 7, 7}}, {"weight", {8, 3, 2, 2}}},
                 {{2, 3, 14, 14}});
        const RecordedProgram flagged =
            once("aten.convolution.default", {{"input", {2, 8, 7, 7}}, {"weight", {8, 3, 2, 2}}},
                 {{2, 3, 14, 14}}, {flag("transposed", true)});
        QCOMPARE(macs(named), (2 * 8 * 7 * 7) * (3 * 2 * 2));
        QCOMPARE(macs(flagged), macs(named));
        QVERIFY(firstOp(flagged).kind == OpKind::ConvTranspose2d);
    }

    void attentionOfAnyRankIsScoresAndWeightedValues()
    {
        const auto attended = [](const Dims& q, const Dims& k, const Dims& v, const Dims& y) {
            return macs(once("aten.scaled_dot_product_attention.default",
                             {{"query", q}, {"key", k}, {"value", v}}, {y}));
        };
        QCOMPARE(attended({2, 4, 7, 8}, {2, 4, 9, 8}, {2, 4, 9, 6}, {2, 4, 7, 6}), 2 * 4 * 7 * 9 * (8 + 6));
        QCOMPARE(attended({4, 7, 8}, {4, 9, 8}, {4, 9, 6}, {4, 7, 6}), 4 * 7 * 9 * (8 + 6));
        QCOMPARE(attended({7, 8}, {9, 8}, {9, 6}, {7, 6}), 7 * 9 * (8 + 6));
        QCOMPARE(attended({3, 2, 4, 7, 8}, {3, 2, 4, 9, 8}, {3, 2, 4, 9, 6}, {3, 2, 4, 7, 6}),
                 3 * 2 * 4 * 7 * 9 * (8 + 6));
        QCOMPARE(attended({2, 4, 7, 8}, {2, 2, 9, 8}, {2, 2, 9, 8}, {2, 4, 7, 8}), 2 * 4 * 7 * 9 * (8 + 8));
    }

    void causalKernelsSeeHalfTheSquare()
    {
        const auto pairs = [](std::int64_t queries, std::int64_t keys) {
            const Op op = firstOp(
                once("aten._scaled_dot_product_flash_attention.default",
                     {{"query", {1, 1, queries, 8}}, {"key", {1, 1, keys, 8}}, {"value", {1, 1, keys, 8}}},
                     {{1, 1, queries, 8}}, {flag("is_causal", true)}));
            return visiblePairs(op).value();
        };
        QCOMPARE(pairs(7, 7), 7 * 8 / 2);
        QCOMPARE(pairs(3, 7), 1 + 2 + 3); // PyTorch aligns the first query with the first key
        QCOMPARE(pairs(7, 3), 1 + 2 + 3 + 3 + 3 + 3 + 3);
    }

    void aKernelWithAMaskComputesEveryPair()
    {
        const Op op = firstOp(once("aten.scaled_dot_product_attention.default",
                                   {{"query", {1, 1, 3, 8}},
                                    {"key", {1, 1, 7, 8}},
                                    {"value", {1, 1, 7, 8}},
                                    {"attn_mask", {1, 1, 3, 7}}},
                                   {{1, 1, 3, 8}}));
        QVERIFY(std::get<AttentionAttributes>(op.attributes).mask == MaskReason::Caller);
        QCOMPARE(visiblePairs(op).value(), 3 * 7);
    }

    void flashKernelsHaveHeadsBehindPositions()
    {
        QCOMPARE(macs(once("aten._flash_attention_forward.default",
                           {{"query", {2, 7, 4, 8}}, {"key", {2, 9, 4, 8}}, {"value", {2, 9, 4, 8}}},
                           {{2, 7, 4, 8}})),
                 2 * 4 * 7 * 9 * (8 + 8));
        // three sequences, one behind the other, the longest of 6 and 7 tokens
        QCOMPARE(macs(once("aten._flash_attention_forward.default",
                           {{"query", {10, 4, 8}},
                            {"key", {12, 4, 8}},
                            {"value", {12, 4, 8}},
                            {"cum_seq_q", {4}},
                            {"cum_seq_k", {4}}},
                           {{10, 4, 8}}, {arg("max_q", 6), arg("max_k", 7)})),
                 3 * 4 * 6 * 7 * (8 + 8));
    }

    void fusedLayersAreWhatTheyAreMadeOf()
    {
        const std::int64_t linears = (2 * 7) * 16 * 48 + (2 * 7) * 16 * 16;
        const std::int64_t attention = 2 * 4 * (7 * 7) * (4 + 4);
        RecordedProgram program;
        const TensorIndex x = program.argument({2, 7, 16});
        std::vector<RecordedArgument> arguments{arg("query", x), arg("key", x), arg("value", x),
                                                arg("embed_dim", 16), arg("num_head", 4)};
        arguments.push_back(arg("qkv_weight", program.parameter("in_proj_weight", {48, 16})));
        arguments.push_back(arg("qkv_bias", program.parameter("in_proj_bias", {48})));
        arguments.push_back(arg("proj_weight", program.parameter("out_proj.weight", {16, 16})));
        arguments.push_back(arg("proj_bias", program.parameter("out_proj.bias", {16})));
        program.calls("aten._native_multi_head_attention.default", arguments, {{2, 7, 16}, {2, 7, 7}});
        QCOMPARE(macs(program), linears + attention);

        for (RecordedArgument& argument : arguments)
            argument.name = argument.name == "query"      ? "src"
                            : argument.name == "num_head" ? "num_heads"
                                                          : argument.name;
        for (const auto& [name, sizes] : std::vector<std::pair<std::string, Dims>>{{"norm_weight_1", {16}},
                                                                                   {"norm_bias_1", {16}},
                                                                                   {"norm_weight_2", {16}},
                                                                                   {"norm_bias_2", {16}},
                                                                                   {"ffn_weight_1", {32, 16}},
                                                                                   {"ffn_bias_1", {32}},
                                                                                   {"ffn_weight_2", {16, 32}},
                                                                                   {"ffn_bias_2", {16}}})
            arguments.push_back(arg(name, program.parameter(name, sizes)));
        program.graph().calls.clear();
        program.calls("aten._transformer_encoder_layer_fwd.default", arguments, {{2, 7, 16}});
        QCOMPARE(macs(program), linears + attention + 2 * ((2 * 7) * 16 * 32));
        QCOMPARE(program.trace()->ops.size(), 10U); // 4 linears, attention, activation, 2 sums, 2 norms
    }

    void recurrentLayersKeepTheirWeights()
    {
        RecordedProgram program;
        const TensorIndex x = program.argument({5, 2, 8});
        const TensorIndex state = program.argument({1, 2, 4});
        const std::vector<TensorIndex> weights{program.parameter("weight_ih_l0", {16, 8}),
                                               program.parameter("weight_hh_l0", {16, 4})};
        program.calls("aten.lstm.input",
                      {arg("input", x), arg("hx", {state, state}), arg("params", weights),
                       flag("has_biases", false), arg("num_layers", 1)},
                      {{5, 2, 4}, {1, 2, 4}, {1, 2, 4}});
        QCOMPARE(call(program), q("model lstm [5, 2, 8] [16, 8] [16, 4] -> [5, 2, 4]"));
        const auto attributes = std::get<RecurrentAttributes>(firstOp(program).attributes);
        QCOMPARE(attributes.layers, 1);
        QVERIFY(!attributes.hasBias);
        QVERIFY(!attributes.isBidirectional);
        QCOMPARE(program.trace()->storages.size(), 2U + 2U + 3U); // weights, input and state, results
    }

    void recurrentCellsAreTwoLinears()
    {
        RecordedProgram program;
        const TensorIndex x = program.argument({2, 8});
        const TensorIndex state = program.argument({2, 4});
        program.call("aten.gru_cell.default",
                     {arg("input", x), arg("hx", state), arg("w_ih", program.parameter("weight_ih", {12, 8})),
                      arg("w_hh", program.parameter("weight_hh", {12, 4}))},
                     {2, 4});
        QCOMPARE(macs(program), 2 * 8 * 12 + 2 * 4 * 12);
    }

    void packedSequencesAreSaid()
    {
        const RecordedProgram program =
            once("aten.lstm.data", {{"data", {9, 8}}, {"batch_sizes", {5}}}, {{9, 4}, {1, 2, 4}, {1, 2, 4}});
        QVERIFY(firstOp(program).kind == OpKind::Unknown);
        QCOMPARE(program.trace()->notes.size(), 1U);
    }

    void normsKnowTheirRows()
    {
        const auto rows = [](const RecordedProgram& program) {
            return std::get<NormAttributes>(firstOp(program).attributes);
        };
        const Dims x{2, 6, 5, 5};
        const auto batch =
            rows(once("aten.batch_norm.default", {{"input", x}, {"weight", {6}}, {"bias", {6}}}, {x},
                      {flag("training", false)}));
        QCOMPARE(batch.rows, 6);
        QVERIFY(batch.usesStatistics);
        QVERIFY(!rows(once("aten.native_batch_norm.default", {{"input", x}}, {x}, {flag("training", true)}))
                     .usesStatistics);
        QVERIFY(rows(once("aten._native_batch_norm_legit_no_training.default", {{"input", x}}, {x}))
                    .usesStatistics);
        QCOMPARE(rows(once("aten.group_norm.default", {{"input", x}}, {x}, {arg("num_groups", 3)})).rows,
                 2 * 3);
        QCOMPARE(rows(once("aten.instance_norm.default", {{"input", x}}, {x})).rows, 2 * 6);
        QCOMPARE(
            rows(once("aten.layer_norm.default", {{"input", x}}, {x}, {arg("normalized_shape", Dims{5, 5})}))
                .rows,
            2 * 6);
        QCOMPARE(
            rows(once("aten.rms_norm.default", {{"input", x}}, {x}, {arg("normalized_shape", Dims{5})})).rows,
            2 * 6 * 5);
    }

    void poolsKnowTheirWindow()
    {
        const auto window = [](const std::string& target, const Dims& kernel) {
            const RecordedProgram program =
                once(target, {{"self", {1, 2, 8, 8}}}, {{1, 2, 4, 4}}, {arg("kernel_size", kernel)});
            return std::get<PoolAttributes>(firstOp(program).attributes).window;
        };
        QCOMPARE(window("aten.max_pool2d.default", {3, 2}), 3 * 2);
        QCOMPARE(window("aten.avg_pool2d.default", {3}), 3 * 3);
        QCOMPARE(window("aten.max_pool3d.default", {2}), 2 * 2 * 2);
        QCOMPARE(window("aten.adaptive_avg_pool2d.default", {}), 0);
    }

    void interpolationsKnowTheirTaps()
    {
        const auto taps = [](const std::string& target) {
            const RecordedProgram program = once(target, {{"self", {1, 2, 4, 4}}}, {{1, 2, 8, 8}});
            return std::get<InterpolateAttributes>(firstOp(program).attributes).taps;
        };
        QCOMPARE(taps("aten.upsample_nearest2d.vec"), 1);
        QCOMPARE(taps("aten.upsample_bilinear2d.default"), 2 * 2);
        QCOMPARE(taps("aten.upsample_bicubic2d.vec"), 4 * 4);
        QCOMPARE(taps("aten.upsample_trilinear3d.vec"), 2 * 2 * 2);
        QCOMPARE(taps("aten.upsample_linear1d.vec"), 2);
    }

    void numbersAreOperands()
    {
        QCOMPARE(call(once("aten.add.Scalar", {{"self", {4}}}, {{4}}, {arg("other", 1), arg("alpha", 2)})),
                 q("model add [4] number -> [4]"));
        QCOMPARE(call(once("aten.pow.Tensor_Scalar", {{"self", {4}}}, {{4}}, {real("exponent", 2.5)})),
                 q("model pow [4] number -> [4]"));
        QCOMPARE(call(once("aten.rsub.Scalar", {{"self", {4}}}, {{4}})), q("model rsub [4] number -> [4]"));
    }

    void nameAndArgumentsDecideTheKind()
    {
        const auto kind = [](const std::string& target, std::vector<RecordedArgument> others = {}) {
            return firstOp(once(target, {{"self", {4, 4}}}, {{4, 4}}, std::move(others))).kind;
        };
        QVERIFY(kind("aten.gelu.default") == OpKind::GeLU);
        QVERIFY(kind("aten.gelu.default", {word("approximate", "tanh")}) == OpKind::GeLUTanh);
        QVERIFY(kind("aten.clamp.default", {arg("min", 0), arg("max", 6)}) == OpKind::HardTanh);
        QVERIFY(kind("aten.clamp.default", {arg("min", 0)}) == OpKind::Elementwise);
        QVERIFY(kind("aten.max.dim", {arg("dim", 1)}) == OpKind::Reduction);
        QVERIFY(firstOp(once("aten.max.other", {{"self", {4}}, {"other", {4}}}, {{4}})).kind ==
                OpKind::Elementwise);
        QVERIFY(kind("aten.dropout.default", {flag("train", true)}) == OpKind::Elementwise);
        QVERIFY(kind("aten.softmax.int", {arg("dim", -1)}) == OpKind::Softmax);
        QVERIFY(kind("aten.roll.default") == OpKind::Movement);
        QVERIFY(kind("aten.fft_fft.default") == OpKind::Unknown);
    }

    void dropoutIsNothingInInference()
    {
        const RecordedProgram program =
            once("aten.dropout.default", {{"input", {4}}}, {{4}}, {real("p", 0.1), flag("train", false)});
        QVERIFY(program.trace()->ops.empty());
    }

    void lossesAreTheirParts()
    {
        QCOMPARE(call(once("aten.cross_entropy_loss.default", {{"self", {6, 9}}, {"target", {6}}}, {{}})),
                 q("model log_softmax [6, 9] -> [6, 9]\nmodel nll_loss [6, 9] [6] -> []"));
    }

    void reshapesFollowStrides()
    {
        QVERIFY(isViewable({{2, 3, 4}, {12, 4, 1}}, {6, 4}));
        QVERIFY(isViewable({{2, 3, 4}, {24, 4, 1}}, {2, 12}));
        QVERIFY(!isViewable({{2, 3, 4}, {24, 4, 1}}, {24}));
        QVERIFY(!isViewable({{3, 2}, {1, 3}}, {6}));
        QVERIFY(isViewable({{3, 2}, {1, 3}}, {3, 1, 2}));
        QVERIFY(!isViewable({{2, 7, 4, 8}, {224, 8, 56, 1}}, {2, 7, 32})); // heads behind positions
        QVERIFY(isViewable({{1, 7, 4, 8}, {7, 32, 8, 1}}, {7, 32}));
        QVERIFY(isViewable({{2, 0}, {1, 9}}, {0}));
        QVERIFY(isViewable({{}, {}}, {1, 1}));
        QVERIFY(isSameLayout({{2, 1, 3}, {3, 99, 1}}, {{2, 1, 3}, {}}));
        QVERIFY(!isSameLayout({{2, 3}, {1, 2}}, {{2, 3}, {}}));
    }

    /// One name of each rule that must be known, whatever the table is made of.
    void graphsOfAnyExportAreKnown()
    {
        const std::vector<std::string_view> core{"_adaptive_avg_pool2d",
                                                 "_embedding_bag",
                                                 "_local_scalar_dense",
                                                 "_log_softmax",
                                                 "_native_batch_norm_legit",
                                                 "_softmax",
                                                 "_to_copy",
                                                 "abs",
                                                 "adaptive_avg_pool1d",
                                                 "addmm",
                                                 "alias",
                                                 "amax",
                                                 "any",
                                                 "arange",
                                                 "argmax",
                                                 "as_strided",
                                                 "atan2",
                                                 "avg_pool3d",
                                                 "bitwise_and",
                                                 "bmm",
                                                 "cat",
                                                 "clamp",
                                                 "clone",
                                                 "col2im",
                                                 "constant_pad_nd",
                                                 "convolution",
                                                 "copy",
                                                 "cumsum",
                                                 "diagonal",
                                                 "div",
                                                 "elu",
                                                 "embedding",
                                                 "empty",
                                                 "eq",
                                                 "erf",
                                                 "exp",
                                                 "expand",
                                                 "expm1",
                                                 "fill",
                                                 "flip",
                                                 "floor",
                                                 "fmod",
                                                 "full",
                                                 "full_like",
                                                 "gather",
                                                 "ge",
                                                 "gelu",
                                                 "grid_sampler_2d",
                                                 "gt",
                                                 "hardtanh",
                                                 "index",
                                                 "index_put",
                                                 "index_select",
                                                 "isinf",
                                                 "isnan",
                                                 "leaky_relu",
                                                 "log",
                                                 "logical_and",
                                                 "lt",
                                                 "masked_scatter",
                                                 "max_pool2d_with_indices",
                                                 "max_pool3d_with_indices",
                                                 "maximum",
                                                 "mean",
                                                 "min",
                                                 "mm",
                                                 "mul",
                                                 "native_dropout",
                                                 "native_group_norm",
                                                 "native_layer_norm",
                                                 "ne",
                                                 "neg",
                                                 "nonzero",
                                                 "permute",
                                                 "pow",
                                                 "prod",
                                                 "rand",
                                                 "reciprocal",
                                                 "reflection_pad2d",
                                                 "relu",
                                                 "remainder",
                                                 "repeat",
                                                 "replication_pad3d",
                                                 "resize",
                                                 "round",
                                                 "rsqrt",
                                                 "scalar_tensor",
                                                 "scatter",
                                                 "scatter_add",
                                                 "scatter_reduce",
                                                 "select",
                                                 "select_scatter",
                                                 "sigmoid",
                                                 "sign",
                                                 "slice",
                                                 "slice_scatter",
                                                 "sort",
                                                 "split_with_sizes",
                                                 "sqrt",
                                                 "squeeze",
                                                 "sub",
                                                 "sum",
                                                 "sym_numel",
                                                 "sym_size",
                                                 "sym_storage_offset",
                                                 "sym_stride",
                                                 "tanh",
                                                 "topk",
                                                 "trunc",
                                                 "unsqueeze",
                                                 "upsample_bilinear2d",
                                                 "upsample_nearest2d",
                                                 "var",
                                                 "view",
                                                 "where"};
        for (const std::string_view name : core)
            QVERIFY2(atenOperator(name).play != nullptr, std::string(name).c_str());
        QVERIFY(atenOperator("no_such_operator").play == nullptr);
    }
};

QTEST_APPLESS_MAIN(TestAten)
#include "tst_aten.moc"
