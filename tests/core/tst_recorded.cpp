// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/conventions/convention.h"
#include "core/cost/cost_tree.h"
#include "core/families/family.h"
#include "core/memory/liveness.h"
#include "core/playback/stored_tree.h"
#include "tests/support/recordings.h"
#include "tests/support/text.h"
#include "tests/support/trace_text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

CostTree costsOf(const Trace& trace, std::string_view convention = "flopcounter")
{
    return cost(trace, **conventionNamed(convention));
}

/// x [rows, 8] -> Linear(8, 4) -> ReLU, in modules of their own.
RecordedProgram perceptron(std::int64_t rows, const std::string& relu = "aten.relu.default")
{
    RecordedProgram program("Mlp");
    const TensorIndex x = program.argument({rows, 8});
    const TensorIndex weight = program.parameter("fc.weight", {4, 8});
    const TensorIndex bias = program.parameter("fc.bias", {4});
    program.enter("fc", "Linear");
    const TensorIndex y = program.call(
        "aten.linear.default", {arg("input", x), arg("weight", weight), arg("bias", bias)}, {rows, 4});
    program.enter("act", "ReLU");
    program.output(program.call(relu, {arg("self", y)}, {rows, 4}));
    return program;
}

/// Live bytes at each call, what the caller gave and parameters left out.
std::vector<std::int64_t> liveBytes(const Trace& trace)
{
    Liveness liveness(trace, 0, {.lifetimes = Lifetimes::Eager, .allocator = Allocator::Exact, .shares = {}});
    liveness.walk(nullptr);
    std::vector<std::int64_t> bytes;
    for (const Count& live : liveness.liveBytes())
        bytes.push_back(live.value());
    return bytes;
}

} // namespace

class TestRecorded : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void callsBecomeOperatorsOfTheirModules()
    {
        const auto trace = perceptron(2).trace();
        QVERIFY(trace);
        QCOMPARE(lines(treeText(*trace)),
                 lines("model: Mlp\n"
                       "  fc: Linear(in_features=8, out_features=4, bias=True) weight [4, 8] bias [4]\n"
                       "  act: ReLU\n"));
        QCOMPARE(lines(callsText(*trace)), lines("fc linear [2, 8] [4, 8] [4] -> [2, 4]\n"
                                                 "act relu [2, 4] -> [2, 4]\n"));
        const CostTree costs = costsOf(*trace);
        QCOMPARE(costs.root().total.params.value(), 4 * 8 + 4);
        QCOMPARE(costs.root().total.forward.macs.value(), 2 * 8 * 4);
        QCOMPARE(costs.nodes[1].total.forward.macs.value(), 2 * 8 * 4);
    }

    void memoryLivesFromItsWriterToItsLastReader()
    {
        // linear's [2, 4] and relu's [2, 4], four bytes each element
        QCOMPARE(liveBytes(*perceptron(2).trace()), (std::vector<std::int64_t>{2 * 4 * 4, 2 * (2 * 4 * 4)}));
    }

    void whatWorksInPlaceNeedsNoMemory()
    {
        const auto trace = perceptron(2, "aten.relu_.default").trace();
        QVERIFY(trace);
        QCOMPARE(liveBytes(*trace), (std::vector<std::int64_t>{2 * 4 * 4, 2 * 4 * 4}));
        QCOMPARE(trace->ops[1].output.storage, trace->ops[0].output.storage);
        QVERIFY(trace->ops[1].kind == OpKind::ReLU);
        QCOMPARE(q(trace->modules[2].detail), q("inplace=True"));
    }

    void viewsShareMemoryAndCostNothing()
    {
        RecordedProgram program;
        const TensorIndex x = program.argument({2, 6});
        const TensorIndex y = program.call("aten.exp.default", {arg("self", x)}, {2, 6});
        const TensorIndex a = program.call("aten.view.default", {arg("self", y)}, {2, 2, 3});
        const TensorIndex b =
            program.call("aten.transpose.int", {arg("self", a)}, {2, 3, 2}, DType::F32, {6, 1, 3});
        const auto parts = program.calls("aten.split.Tensor", {arg("self", b)}, {{1, 3, 2}, {1, 3, 2}});
        program.call("aten.log.default", {arg("self", y)}, {2, 6});
        program.output(program.call("aten.neg.default", {arg("self", parts[1])}, {1, 3, 2}));
        const auto trace = program.trace();
        QVERIFY(trace);
        QCOMPARE(lines(callsText(*trace)), lines("model exp [2, 6] -> [2, 6]\n"
                                                 "model log [2, 6] -> [2, 6]\n"
                                                 "model neg [1, 3, 2] -> [1, 3, 2]\n"));
        const std::int32_t memory = trace->ops[0].output.storage;
        QCOMPARE(trace->ops[2].inputs[0].storage, memory);
        QCOMPARE(trace->storages[static_cast<std::size_t>(memory)].died, 3); // the view's reader is the last
    }

    void reshapesCopyWhereStridesAsk()
    {
        RecordedProgram program;
        const TensorIndex x = program.argument({2, 3});
        const TensorIndex y = program.call("aten.exp.default", {arg("self", x)}, {2, 3});
        program.call("aten.reshape.default", {arg("self", y)}, {6});
        const TensorIndex t = program.call("aten.t.default", {arg("self", y)}, {3, 2}, DType::F32, {1, 3});
        program.call("aten.reshape.default", {arg("self", t)}, {3, 2, 1});
        program.call("aten.reshape.default", {arg("self", t)}, {6});
        program.call("aten.contiguous.default", {arg("self", t)}, {3, 2});
        program.call("aten.contiguous.default", {arg("self", y)}, {2, 3});
        const auto trace = program.trace();
        QVERIFY(trace);
        QCOMPARE(lines(callsText(*trace)), lines("model exp [2, 3] -> [2, 3]\n"
                                                 "model copy [3, 2] -> [6]\n"
                                                 "model copy [3, 2] -> [3, 2]\n"));
    }

    void conversionsAreFreeWhereTheDtypeStays()
    {
        RecordedProgram program;
        const TensorIndex x = program.argument({2, 3});
        program.call("aten.to.dtype", {arg("self", x)}, {2, 3});
        program.call("aten.to.dtype", {arg("self", x)}, {2, 3}, DType::F16);
        program.call("aten.to.dtype", {arg("self", x), flag("copy", true)}, {2, 3});
        const auto trace = program.trace();
        QVERIFY(trace);
        QCOMPARE(trace->ops.size(), 2U);
        QVERIFY(trace->ops[0].output.dtype == DType::F16);
    }

    void sharedModulesCountInOneRow()
    {
        RecordedProgram program;
        const TensorIndex x = program.argument({2, 8});
        const TensorIndex weight = program.parameter("layer.weight", {8, 8});
        program.enter("layer", "Linear");
        TensorIndex y = x;
        for (int i = 0; i < 3; ++i)
            y = program.call("aten.linear.default", {arg("input", y), arg("weight", weight)}, {2, 8});
        program.output(y);
        const CostTree costs = costsOf(*program.trace());
        QCOMPARE(costs.nodes.size(), 2U);
        QCOMPARE(costs.nodes[1].total.forward.macs.value(), 3 * (2 * 8 * 8));
        QCOMPARE(costs.root().total.params.value(), 8 * 8);
    }

    void whoseParametersAnotherModuleUsesRan()
    {
        RecordedProgram program("Attention");
        const TensorIndex x = program.argument({2, 8});
        const TensorIndex used = program.parameter("out_proj.weight", {8, 8});
        program.parameter("spare.weight", {8, 8});
        program.output(program.call("aten.linear.default", {arg("input", x), arg("weight", used)}, {2, 8}));
        const auto trace = program.trace();
        QVERIFY(trace);
        QCOMPARE(q(trace->modules[1].name), q("out_proj"));
        QVERIFY(trace->modules[1].ran);
        QVERIFY(!trace->modules[2].ran);
        QCOMPARE(costsOf(*trace).nodes[0].self.forward.macs.value(), 2 * 8 * 8);
    }

    void tiedWeightsCountOnce()
    {
        RecordedProgram program;
        const TensorIndex ids = program.argument({2, 5}, DType::I64);
        const TensorIndex table = program.parameter("embed.weight", {10, 8}, 1);
        const TensorIndex head = program.parameter("head.weight", {10, 8}, 1);
        program.enter("embed", "Embedding");
        const TensorIndex x =
            program.call("aten.embedding.default", {arg("weight", table), arg("indices", ids)}, {2, 5, 8});
        program.enter("head", "Linear");
        program.output(
            program.call("aten.linear.default", {arg("input", x), arg("weight", head)}, {2, 5, 10}));
        const auto trace = program.trace();
        QVERIFY(trace);
        const CostTree costs = costsOf(*trace);
        QCOMPARE(costs.root().total.params.value(), 10 * 8);
        QCOMPARE(costs.nodes[1].total.params.value(), 10 * 8);
        QCOMPARE(costs.nodes[2].total.params.value(), 10 * 8);
        QCOMPARE(costs.root().total.forward.macs.value(), (2 * 5) * 8 * 10);
        QCOMPARE(lines(callsText(*trace)).front(), q("embed embedding [2, 5] [10, 8] -> [2, 5, 8]"));
    }

    void buffersAreBytesAndNoParameters()
    {
        RecordedProgram program;
        const TensorIndex x = program.argument({2, 8});
        const TensorIndex mask = program.buffer("mask", {8}, DType::Bool);
        program.output(program.call("aten.mul.Tensor", {arg("self", x), arg("other", mask)}, {2, 8}));
        const auto trace = program.trace(Mode::Training);
        QVERIFY(trace);
        const CostTree costs = costsOf(*trace);
        QCOMPARE(costs.root().total.params.value(), 0);
        QCOMPARE(costs.root().total.weightBytes.value(), 8);
        QVERIFY(!trace->parameters[0].trainable);
        QVERIFY(!trace->ops[0].output.requiresGradient);
    }

    /// PyTorch's own test of FlopCounterMode: of resnet18's first convolution, 3 to 64 channels, 7 x 7, on
    /// 224 x 224, the gradient of the image is 236,027,904 more.
    void inputsHaveGradientsWhereTheyAreAskedFor()
    {
        RecordedProgram program;
        const TensorIndex x = program.argument({1, 3, 224, 224});
        const TensorIndex weight = program.parameter("conv1.weight", {64, 3, 7, 7});
        program.output(
            program.call("aten.conv2d.default", {arg("input", x), arg("weight", weight)}, {1, 64, 112, 112}));
        const Source source = program.source();
        const auto backward = [&](bool ofInputs) {
            Workload workload;
            workload.mode = Mode::Training;
            workload.inputGradients = ofInputs;
            const auto trace = (*familyOf(source))->trace(source, workload);
            return trace ? costsOf(*trace).root().total.backward.flops.value() : -1;
        };
        QCOMPARE(backward(true) - backward(false), 236'027'904);
    }

    void operatorsThatNobodyKnowsAreTallied()
    {
        RecordedProgram program;
        const TensorIndex x = program.argument({2, 8});
        program.output(program.call("mylib.add.default", {arg("self", x)}, {2, 8}));
        program.calls("mylib.log_it.default", {arg("self", x)}, {});
        const auto trace = program.trace();
        QVERIFY(trace);
        QCOMPARE(trace->ops.size(), 2U);
        QVERIFY(trace->ops[0].kind == OpKind::Unknown);
        QCOMPARE(q(nameOf(trace->ops[0])), q("mylib.add"));
        QCOMPARE(q(nameOf(trace->ops[1])), q("mylib.log_it"));
        QVERIFY(trace->names != nullptr);
        for (const Convention& convention : conventions())
            QCOMPARE(cost(*trace, convention).uncountedBelow(0).size(), 2U);
    }

    void arithmeticOnNumbersIsNothing()
    {
        RecordedProgram program;
        const TensorIndex x = program.argument({2, 8});
        program.calls("aten.sym_size.int", {arg("self", x), arg("dim", 0)}, {});
        program.calls("_operator.add", {arg("a", 1), arg("b", 2)}, {});
        program.calls("aten._assert_scalar.default", {arg("self", 1), word("assert_msg", "")}, {});
        program.output(program.call("aten.relu.default", {arg("self", x)}, {2, 8}));
        QCOMPARE(program.trace()->ops.size(), 1U);
    }

    void factoriesMakeMemoryWithoutAnOperator()
    {
        RecordedProgram program;
        const TensorIndex x = program.argument({4});
        const TensorIndex ones = program.call("aten.ones.default", {arg("size", Dims{4})}, {4});
        program.output(program.call("aten.add.Tensor", {arg("self", x), arg("other", ones)}, {4}));
        const auto trace = program.trace();
        QVERIFY(trace);
        QCOMPARE(trace->ops.size(), 1U);
        QCOMPARE(liveBytes(*trace), (std::vector<std::int64_t>{2 * 4 * 4}));
    }

    void memoryByNumberIsShared()
    {
        RecordedProgram program;
        const TensorIndex x = program.argument({4});
        const TensorIndex a = program.call("aten.exp.default", {arg("self", x)}, {4});
        const TensorIndex b = program.call("aten.reshape.default", {arg("self", a)}, {2, 2});
        const TensorIndex c = program.call("aten.reshape.default", {arg("self", a)}, {1, 4});
        for (const auto& [tensor, memory] : {std::pair(a, 3), std::pair(b, 3), std::pair(c, 4)})
            program.graph().tensors[static_cast<std::size_t>(tensor.index)].memory = memory;
        const auto trace = program.trace();
        QVERIFY(trace);
        QCOMPARE(lines(callsText(*trace)), lines("model exp [4] -> [4]\nmodel copy [4] -> [1, 4]\n"));
    }

    void gradientsFlowFromParametersInTraining()
    {
        const auto trained = perceptron(2).trace(Mode::Training);
        QVERIFY(trained);
        QVERIFY(!trained->ops[0].inputs[0].requiresGradient);
        QVERIFY(trained->ops[0].inputs[1].requiresGradient);
        QVERIFY(trained->ops[1].output.requiresGradient);
        QVERIFY(!perceptron(2).trace()->ops[1].output.requiresGradient);
        // The input needs no gradient: the weight's costs one forward.
        QCOMPARE(costsOf(*trained).root().total.backward.macs.value(), 2 * 8 * 4);
    }

    void detachedTensorsNeedNoGradient()
    {
        RecordedProgram program;
        const TensorIndex scale = program.parameter("scale", {4});
        const TensorIndex y = program.call("aten.exp.default", {arg("self", scale)}, {4});
        const TensorIndex cut = program.call("aten.detach.default", {arg("self", y)}, {4});
        program.output(program.call("aten.exp.default", {arg("self", cut)}, {4}));
        const auto trace = program.trace(Mode::Training);
        QVERIFY(trace->ops[0].output.requiresGradient);
        QVERIFY(!trace->ops[1].output.requiresGradient);
        QCOMPARE(trace->ops[1].inputs[0].storage, trace->ops[0].output.storage);
    }

    void moreDimensionsThanAShapeHoldsAreFolded()
    {
        RecordedProgram program;
        const TensorIndex x = program.argument({2, 3, 1, 1, 1, 1, 1, 1, 4, 5});
        program.output(program.call("aten.exp.default", {arg("self", x)}, {2, 3, 1, 1, 1, 1, 1, 1, 4, 5}));
        const auto trace = program.trace();
        QVERIFY(trace);
        QCOMPARE(trace->ops[0].output.shape, (Shape{2 * 3, 1, 1, 1, 1, 1, 4, 5}));
    }

    void whatPassesThroughInInferenceRan()
    {
        RecordedProgram program;
        program.enter("drop", "Dropout");
        program.enter("idle", "Linear");
        program.enter("list", "ModuleList");
        program.enter("");
        program.output(program.call("aten.exp.default", {arg("self", program.argument({4}))}, {4}));
        QCOMPARE(lines(treeText(*program.trace())), lines("model: Net\n"
                                                          "  drop: Dropout\n"
                                                          "  idle: Linear dormant\n"
                                                          "  list: ModuleList list dormant\n"));
    }

    void trainingOfWhatWasRecordedInInferenceIsSaid()
    {
        RecordedProgram program;
        const TensorIndex x = program.argument({4});
        program.output(program.call("aten.dropout.default",
                                    {arg("input", x), real("p", 0.1), flag("train", false)}, {4}));
        QVERIFY(program.trace()->notes.empty());
        QCOMPARE(program.trace(Mode::Training)->notes.size(), 1U);
        QVERIFY(perceptron(2).trace(Mode::Training)->notes.empty());
    }

    void sizesBehindValuesAreSaid()
    {
        RecordedProgram program;
        const TensorIndex x = program.argument({4});
        program.call("aten.nonzero.default", {arg("self", x)}, {4, 1}, DType::I64);
        program.call("aten.nonzero.default", {arg("self", x)}, {4, 1}, DType::I64);
        const auto trace = program.trace();
        QCOMPARE(trace->notes.size(), 1U);
        QVERIFY(trace->notes[0].find("nonzero") != std::string::npos);
    }

    void brokenRecordingsAreRefused()
    {
        const auto refused = [](const auto& spoil) {
            RecordedProgram program = perceptron(2);
            spoil(program.graph());
            const auto trace = program.trace();
            return !trace && !trace.error().detail.empty();
        };
        QVERIFY(refused([](Recording& graph) { graph.calls[0].module = 7; }));
        QVERIFY(refused([](Recording& graph) { graph.calls[0].module = -1; }));
        QVERIFY(refused([](Recording& graph) { graph.calls[0].results[0].index = 99; }));
        QVERIFY(refused([](Recording& graph) { graph.tensors[0].sizes[0].value = -3; }));
        QVERIFY(refused([](Recording& graph) { graph.tensors[0].sizes[0].expression = 0; }));
        QVERIFY(refused([](Recording& graph) { graph.tensors[1].stored = 9; }));
        QVERIFY(refused([](Recording& graph) { graph.tensors[1].stored = -1; }));
    }

    void oddArgumentsDoNoHarm()
    {
        RecordedProgram program = perceptron(2);
        Recording& graph = program.graph();
        graph.calls[0].arguments[1].value = TensorIndex{99};
        graph.calls[0].arguments[2].value = std::vector<TensorIndex>{{-1}, {99}};
        graph.calls[1].arguments.clear();
        graph.outputs.push_back({77});
        const auto trace = program.trace();
        QVERIFY(trace);
        QVERIFY(trace->ops[0].kind == OpKind::Unknown); // a linear without a weight
        for (const Convention& convention : conventions())
            cost(*trace, convention);
    }

    void errorsOfTheRecorderAreHandedOn()
    {
        Source source = perceptron(2).source();
        Program program;
        program.record = [](std::span<const Argument>, Mode) -> Result<Recorded> {
            return failure(ErrorKind::Shape, "encoder", "1 where 2 was expected");
        };
        source.program = std::make_shared<const Program>(std::move(program));
        const auto trace = (*familyOf(source))->trace(source, Workload{});
        QVERIFY(!trace);
        QCOMPARE(q(trace.error().where), q("encoder"));
        QCOMPARE(dormantTrace(source).parameters.size(), 2U);
    }

    void argumentsReachTheProgramInItsOrder()
    {
        Source source = perceptron(2).source();
        Program program;
        program.arguments = {
            {.id = "x", .defaultValue = "2x8", .scale = InputScale::Shape, .choices = {}, .dimensions = {}},
            {.id = "steps", .maximum = 9, .defaultValue = "3", .choices = {}, .dimensions = {}},
            {.id = "y", .defaultValue = "5", .scale = InputScale::Shape, .choices = {}, .dimensions = {}}};
        QStringList seen;
        program.record = [&](std::span<const Argument> arguments, Mode) -> Result<Recorded> {
            for (const Argument& argument : arguments)
                seen << q(argument.id + "=" + argument.text);
            return failure(ErrorKind::Shape, {}, "enough");
        };
        source.program = std::make_shared<const Program>(std::move(program));
        const auto family = *familyOf(source);
        const auto workload =
            Workload::from(*family->inputs(source), std::vector<Assignment>{{"steps", "4"}});
        QVERIFY(workload);
        QVERIFY(!family->trace(source, *workload));
        QCOMPARE(seen.join(QLatin1Char(' ')), q("x=2x8 steps=4 y=5"));
    }
};

QTEST_APPLESS_MAIN(TestRecorded)
#include "tst_recorded.moc"
