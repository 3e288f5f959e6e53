// SPDX-License-Identifier: GPL-3.0-or-later
// What a TorchScript program does in training, and which of its parameters are trained. Files of
// tests/programs/make_older.py; FLOPs by FlopCounterMode's rule, 2 for each multiply-accumulate of a product.

#include "core/sunflop.h"
#include "tests/support/counted_program.h"
#include "tests/support/text.h"

#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

namespace {

Result<Run> runOf(const char* file, std::vector<Assignment> settings)
{
    return openFile(programFolder() / file).and_then([&](const Source& source) {
        return run(source, settings, *conventionNamed("flopcounter").value());
    });
}

std::vector<Assignment> training(const char* shape)
{
    return {{"x", shape}, {"mode", "training"}};
}

std::int64_t backwardFlops(const Run& run)
{
    return run.costs.root().total.backward.flops.value();
}

bool hasNote(const Run& run, std::string_view text)
{
    return std::ranges::any_of(run.trace.notes,
                               [&](const std::string& note) { return note.find(text) != std::string::npos; });
}

/// Names of the operators in their order.
QString operatorsOf(const Run& run)
{
    QStringList names;
    for (const Op& op : run.trace.ops)
        names << q(std::string(nameOf(op)));
    return names.join(QLatin1Char(' '));
}

bool usesStatistics(const Run& run)
{
    const auto norm = std::ranges::find(run.trace.ops, OpKind::BatchNorm, &Op::kind);
    return std::get<NormAttributes>(norm->attributes).usesStatistics;
}

} // namespace

class TestScriptTraining : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // Two linear layers of 8 x 8 without bias, the first frozen, on 3 rows: a product is 2 * 3 * 8 * 8 = 384.
    void aFrozenLayerHasNoGradient()
    {
        const auto run = runOf("first_frozen_script.pt", training("3x8"));
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        QCOMPARE(backwardFlops(*run), 384); // the gradient of the second weight alone
        QVERIFY(!run->trace.parameters[0].trainable);
        QVERIFY(run->trace.parameters[1].trainable);
        // AdamW: two fp32 states for each of 64 numbers, and the fused step's count of one tensor.
        QCOMPARE(run->memory.parts.optimizer.value(), 2 * 4 * 64 + 4);
    }

    /// The first layer runs under torch.no_grad(): it is trained by name, and has no gradient.
    void whatAutogradDoesNotFollowHasNoGradient()
    {
        const auto run = runOf("detached_script.pt", training("3x8"));
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        QCOMPARE(backwardFlops(*run), 384);
    }

    void inputsHaveGradientsWhereTheyAreAskedFor()
    {
        auto settings = training("3x8");
        settings.push_back({"input_gradients", "yes"});
        const auto run = runOf("first_frozen_script.pt", settings);
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        // Of the second weight, of what the second layer was given, and of what the first was.
        QCOMPARE(backwardFlops(*run), 3 * 384);
        settings[1].value = "inference";
        const auto forward = runOf("first_frozen_script.pt", settings);
        QVERIFY(forward);
        QCOMPARE(backwardFlops(*forward), 0);
    }

    void trainingRunsWhatTrainingRuns()
    {
        const auto trained = runOf("modal_script.pt", training("5x4"));
        QVERIFY2(trained, trained ? "" : trained.error().text().c_str());
        QCOMPARE(operatorsOf(*trained), q("linear batch_norm dropout sigmoid"));
        QVERIFY(!usesStatistics(*trained));
        QVERIFY(!hasNote(*trained, "recorded in"));
        const auto inferred = runOf("modal_script.pt", {{"x", "5x4"}});
        QVERIFY(inferred);
        QCOMPARE(operatorsOf(*inferred), q("linear batch_norm"));
        QVERIFY(usesStatistics(*inferred));
    }

    /// Batch norm counts its batches in an attribute of the program.
    void aRunLeavesTheProgramAsItWas()
    {
        const auto source = openFile(programFolder() / "modal_script.pt");
        QVERIFY(source && source->program);
        std::vector<Argument> values;
        for (const Input& input : source->program->arguments)
            values.push_back({std::string(input.id), input.id == "x" ? "5x4" : input.defaultValue});
        std::vector<std::size_t> calls;
        for (const Mode mode : {Mode::Training, Mode::Inference, Mode::Training, Mode::Inference}) {
            const auto recorded = source->program->record(values, mode);
            QVERIFY2(recorded, recorded ? "" : recorded.error().text().c_str());
            calls.push_back(recorded->graph->calls.size());
            for (const RecordedTensor& tensor : recorded->graph->tensors)
                QVERIFY(tensor.kind != RecordedTensor::Kind::Constant);
        }
        QCOMPARE(calls, (std::vector<std::size_t>{4, 3, 4, 3}));
    }

    void aTraceSaysThatItCannotChange()
    {
        const auto trained = runOf("modal_trace.pt", training("2x4"));
        QVERIFY2(trained, trained ? "" : trained.error().text().c_str());
        QVERIFY(hasNote(*trained, "recorded in inference"));
        const auto inferred = runOf("modal_trace.pt", {{"x", "2x4"}});
        QVERIFY(inferred && !hasNote(*inferred, "recorded in"));
        const auto other = runOf("modal_train_trace.pt", {{"x", "2x4"}});
        QVERIFY2(other, other ? "" : other.error().text().c_str());
        QVERIFY(hasNote(*other, "recorded in training"));
        const auto same = runOf("modal_train_trace.pt", training("2x4"));
        QVERIFY(same && !hasNote(*same, "recorded in"));
    }

    void aProgramWithoutTrainedParametersSaysSo()
    {
        const auto run = runOf("frozen_script.pt", {{"mode", "training"}});
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        QCOMPARE(backwardFlops(*run), 0);
        QVERIFY(hasNote(*run, "has no backward"));
    }
};

QTEST_APPLESS_MAIN(TestScriptTraining)
#include "tst_script_training.moc"
