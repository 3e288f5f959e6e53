// SPDX-License-Identifier: GPL-3.0-or-later
// TorchScript files of other kinds than torch.jit.save writes today. Files of tests/programs/make_older.py
// and make_legacy.py.

#include "core/sunflop.h"
#include "tests/support/counted_program.h"
#include "tests/support/text.h"

#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// With its first inputs set to these shapes.
Result<Run> runOf(const QString& file, const std::vector<std::string>& shapes)
{
    const auto source = openFile(programFolder() / file.toStdString());
    if (!source)
        return tl::unexpected(source.error());
    return inputsOf(*source).and_then([&](const std::vector<Input>& offered) {
        std::vector<Assignment> settings;
        for (std::size_t i = 0; i < shapes.size(); ++i)
            settings.push_back({offered[i].id, shapes[i]});
        return run(*source, settings, *conventionNamed("exact").value());
    });
}

} // namespace

class TestScriptFiles : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsWhatIsThere_data()
    {
        QTest::addColumn<QString>("shape");
        QTest::addColumn<qint64>("params");
        QTest::addColumn<qint64>("bytes"); // of parameters and buffers
        QTest::addColumn<qint64>("macs");
        const auto row = [](const char* file, const char* shape, qint64 params, qint64 bytes, qint64 macs) {
            QTest::newRow(file) << q(shape) << params << bytes << macs;
        };
        // 3 to 4 channels, 3 x 3, on 8 x 8: 6 x 6 results; then 4 to 2 channels, 1 x 1.
        constexpr qint64 convolutions = 4 * 3 * 9 + 4 + 2 * 4 + 2;
        constexpr qint64 products = 2 * 4 * 36 * 27 + 2 * 2 * 36 * 4;
        row("frozen_script.pt", "2x3x8x8", convolutions, 4 * convolutions, products);
        row("frozen_script.ptl", "2x3x8x8", convolutions, 4 * convolutions, products);
        // 4 to 6, and a batch norm with two statistics and a count of 64 bits.
        row("plain_script.ptl", "2x4", 4 * 6 + 6 + 2 * 6, 4 * (4 * 6 + 6 + 4 * 6) + 8, 2 * 4 * 6);
        row("printed_script.pt", "2x4", 4 * 6 + 6, 4 * (4 * 6 + 6), 2 * 4 * 6);
        // 3 to 4 channels, 3 x 3, padded; the mean of 8 x 8; 4 to 5.
        row("legacy_script.pt", "2x3x8x8", 4 * 27 + 4 + 5 * 4, 4 * (4 * 27 + 4 + 5 * 4),
            2 * 4 * 64 * 27 + 2 * 5 * 4);
        // 3 to 8 channels, 3 x 3, padded; the mean of 8 x 8; 8 to 5: weights of a byte, biases of four.
        constexpr qint64 packed = 8 * 27 + 4 * 8 + 5 * 8 + 4 * 5;
        constexpr qint64 quantised = 2 * 8 * 64 * 27 + 2 * 5 * 8;
        row("quantised_frozen_script.pt", "2x3x8x8", 8 * 27 + 8 + 5 * 8 + 5, packed, quantised);
        // What is given is quantised by a scale of 32 and a zero point of 64 bits.
        row("quantised_script.pt", "2x3x8x8", 8 * 27 + 8 + 5 * 8 + 5, packed + 4 + 8, quantised);
        row("quantised_dynamic_script.pt", "2x4", 6 * 4 + 6 + 2 * 6 + 2, 6 * 4 + 4 * 6 + 2 * 6 + 4 * 2,
            2 * (6 * 4 + 2 * 6));
    }
    void countsWhatIsThere()
    {
        QFETCH(QString, shape);
        QFETCH(qint64, params);
        QFETCH(qint64, bytes);
        QFETCH(qint64, macs);
        const auto run = runOf(q(QTest::currentDataTag()), {shape.toStdString()});
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        const Costs& total = run->costs.root().total;
        QCOMPARE(total.params.value(), params);
        QCOMPARE(total.weightBytes.value(), bytes);
        QCOMPARE(total.forward.macs.value(), macs);
        QVERIFY2(run->trace.notes.empty(), run->trace.notes.empty() ? "" : run->trace.notes[0].c_str());
        QVERIFY2(run->source.notes.empty(), run->source.notes.empty() ? "" : run->source.notes[0].c_str());
    }

    void legacyModulesHaveTheirNamesAndFlags()
    {
        const auto source = openFile(programFolder() / "legacy_script.pt");
        QVERIFY(source);
        QStringList names;
        for (const StoredModule& module : source->stored->modules)
            names << q(module.path);
        QCOMPARE(names, (QStringList{QString(), q("conv"), q("fc")}));
        QStringList trained;
        for (const StoredTensor& tensor : source->stored->tensors)
            if (tensor.trainable)
                trained << q(tensor.name);
        QCOMPARE(trained, (QStringList{q("conv.bias"), q("fc.weight")}));
    }

    void keysAreOfferedWhereverTheyAreRead()
    {
        // Three linear layers of 4 to 3 on 2 rows.
        const auto run = runOf(q("handed_script.pt"), {"2x4", "2x4", "2x4", "2x4"});
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        QStringList ids;
        for (const Input& input : run->inputs)
            if (input.scale == InputScale::Shape)
                ids << q(input.id);
        ids.sort();
        QCOMPARE(ids, (QStringList{q("batch.deep"), q("batch.helped"), q("batch.near"), q("batch.own")}));
        QCOMPARE(run->costs.root().total.forward.macs.value(), 3 * 2 * 4 * 3);
    }

    /// The example is one step long, and the result has a row for each of 3 sequences.
    void stepsAlongTheFirstDimensionAreNoBatch()
    {
        const auto run = runOf(q("steps_trace.pt"), {"5x3x4"});
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        for (const std::string& note : run->trace.notes)
            QVERIFY2(note.find("baked in") == std::string::npos, note.c_str());
    }

    void python2WroteOrderedDictsAsLists()
    {
        const auto source = openFile(programFolder() / "python2_state.pth");
        QVERIFY2(source, source ? "" : source.error().text().c_str());
        const auto& tensors = source->stored->tensors;
        QCOMPARE(tensors.size(), 2U);
        QCOMPARE(q(tensors[0].name), q("lin0.model.1.weight"));
        QCOMPARE(tensors[0].shape, (Shape{1, 64, 1, 1}));
        QCOMPARE(q(tensors[1].name), q("lin1.model.1.weight"));
        QCOMPARE(tensors[1].shape, (Shape{1, 128, 1, 1}));
    }
};

QTEST_APPLESS_MAIN(TestScriptFiles)
#include "tst_script_files.moc"
