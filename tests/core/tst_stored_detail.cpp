// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/stored_detail.h"
#include "core/playback/stored_tree.h"
#include "tests/support/recordings.h"
#include "tests/support/text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// The detail of module "m", which has these parameters and calls `target` with these arguments.
QString detail(const std::string& className, const std::vector<std::pair<std::string, Dims>>& parameters,
               const std::string& target = "aten.exp.default", std::vector<RecordedArgument> arguments = {})
{
    RecordedProgram program;
    const TensorIndex x = program.argument({2, 4});
    program.enter("m", className);
    for (const auto& [name, sizes] : parameters)
        program.parameter("m." + name, sizes);
    program.call("aten.ones.default", {arg("size", Dims{4})}, {4}); // no operator: not what describes it
    arguments.push_back(arg("self", x));
    program.call(target, std::move(arguments), {2, 4});
    return q(program.trace()->modules[1].detail);
}

} // namespace

/// Expected texts are what PyTorch 2.11 prints.
class TestStoredDetail : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void linearsAndTablesFollowFromTheirWeights()
    {
        QCOMPARE(detail("Linear", {{"weight", {3, 8}}, {"bias", {3}}}),
                 q("in_features=8, out_features=3, bias=True"));
        QCOMPARE(detail("NonDynamicallyQuantizableLinear", {{"weight", {3, 8}}}),
                 q("in_features=8, out_features=3, bias=False"));
        QCOMPARE(detail("Conv1D", {{"weight", {8, 24}}, {"bias", {24}}}), q("nf=24, nx=8"));
        QCOMPARE(detail("Embedding", {{"weight", {30522, 768}}}, "aten.embedding.default",
                        {arg("padding_idx", 0)}),
                 q("30522, 768, padding_idx=0"));
        QCOMPARE(detail("Embedding", {{"weight", {512, 768}}}, "aten.embedding.default"), q("512, 768"));
    }

    void convolutionsTellTheirCall()
    {
        QCOMPARE(detail("Conv2d", {{"weight", {64, 3, 7, 7}}}, "aten.conv2d.default",
                        {arg("stride", Dims{2, 2}), arg("padding", Dims{3, 3})}),
                 q("3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False"));
        QCOMPARE(detail("Conv2d", {{"weight", {1152, 3, 14, 14}}, {"bias", {1152}}}, "aten.conv2d.padding",
                        {arg("stride", Dims{14, 14}), word("padding", "valid")}),
                 q("3, 1152, kernel_size=(14, 14), stride=(14, 14), padding=valid"));
        QCOMPARE(detail("Conv1d", {{"weight", {8192, 1, 4}}}, "aten.conv1d.default",
                        {arg("padding", Dims{3}), arg("groups", 8192)}),
                 q("8192, 8192, kernel_size=(4,), stride=(1,), padding=(3,), groups=8192, bias=False"));
        QCOMPARE(detail("ConvTranspose2d", {{"weight", {8, 4, 2, 2}}, {"bias", {4}}},
                        "aten.conv_transpose2d.input", {arg("stride", Dims{2, 2})}),
                 q("8, 4, kernel_size=(2, 2), stride=(2, 2)"));
    }

    void normsTellTheirEpsilon()
    {
        QCOMPARE(detail("LayerNorm", {{"weight", {768}}, {"bias", {768}}}, "aten.layer_norm.default",
                        {arg("normalized_shape", Dims{768}), real("eps", 1e-12)}),
                 q("(768,), eps=1e-12, elementwise_affine=True"));
        QCOMPARE(detail("BatchNorm2d", {{"weight", {64}}, {"bias", {64}}, {"running_mean", {64}}},
                        "aten.batch_norm.default", {real("momentum", 0.1), real("eps", 1e-5)}),
                 q("64, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True"));
        QCOMPARE(detail("GroupNorm", {{"weight", {320}}, {"bias", {320}}}, "aten.group_norm.default",
                        {arg("num_groups", 32), real("eps", 1e-5)}),
                 q("32, 320, eps=1e-05, affine=True"));
        QCOMPARE(detail("LlamaRMSNorm", {{"weight", {2048}}}), q("(2048,)"));
    }

    void recurrentLayersFollowFromTheirWeights()
    {
        QCOMPARE(detail("LSTM",
                        {{"weight_ih_l0", {512, 64}},
                         {"weight_hh_l0", {512, 128}},
                         {"bias_ih_l0", {512}},
                         {"bias_hh_l0", {512}},
                         {"weight_ih_l1", {512, 128}},
                         {"weight_hh_l1", {512, 128}}},
                        "aten.lstm.input", {flag("batch_first", true)}),
                 q("64, 128, num_layers=2, batch_first=True"));
        QCOMPARE(detail("GRU", {{"weight_ih_l0", {12, 8}}, {"weight_ih_l0_reverse", {12, 8}}}),
                 q("8, 4, bias=False, bidirectional=True"));
    }

    void poolsAndOthersTellTheirCall()
    {
        QCOMPARE(
            detail("MaxPool2d", {}, "aten.max_pool2d.default",
                   {arg("kernel_size", Dims{3, 3}), arg("stride", Dims{2, 2}), arg("padding", Dims{1, 1})}),
            q("kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=False"));
        QCOMPARE(detail("AdaptiveAvgPool2d", {}, "aten.adaptive_avg_pool2d.default",
                        {arg("output_size", Dims{1, 1})}),
                 q("output_size=(1, 1)"));
        QCOMPARE(detail("AdaptiveAvgPool1d", {}, "aten.adaptive_avg_pool1d.default",
                        {arg("output_size", Dims{1})}),
                 q("output_size=1"));
        QCOMPARE(detail("GELU", {}, "aten.gelu.default"), q("approximate='none'"));
    }

    void whatIsStoredWinsAndWhatIsOddSaysNothing()
    {
        RecordedProgram program;
        program.enter("m", "Linear", "told by the file");
        program.parameter("m.weight", {3, 8});
        QCOMPARE(q(program.trace()->modules[1].detail), q("told by the file"));
        QCOMPARE(detail("Linear", {{"weight", {3}}}), q(""));
        QCOMPARE(detail("Conv2d", {{"weight", {3, 3}}}), q(""));
        QCOMPARE(detail("GroupNorm", {}), q(""));
        QCOMPARE(detail("Block", {{"weight", {3, 3}}}), q(""));
    }

    void modulesThatNeverRanTellWhatTheyHold()
    {
        RecordedProgram program;
        program.enter("m", "Linear");
        program.parameter("m.weight", {3, 8});
        QCOMPARE(q(dormantTrace(program.source()).modules[1].detail),
                 q("in_features=8, out_features=3, bias=False"));
    }
};

QTEST_APPLESS_MAIN(TestStoredDetail)
#include "tst_stored_detail.moc"
