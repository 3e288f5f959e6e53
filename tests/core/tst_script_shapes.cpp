// SPDX-License-Identifier: GPL-3.0-or-later
// What stands behind an operator of a TorchScript program is counted at the shape that the operator gives.
#include "core/sunflop.h"
#include "core/worker/torch_worker.h"
#include "tests/support/script_archive.h"

#include <QTemporaryDir>
#include <QTest>

#include <fstream>

using namespace sunflop;

class TestScriptShapes : public QObject {
    Q_OBJECT

private:
    /// FLOPs of a program on x of 4 x 3; fc makes 4 x 5 of it.
    Result<std::int64_t> flopsOf(const std::string& body, const char* convention)
    {
        const std::string path = m_folder.filePath(QString::fromLatin1("%1.pt").arg(m_files++)).toStdString();
        std::ofstream(path, std::ios::binary)
            << test::storedArchive(test::membersOf({.body = body, .example = test::tracedExample(4, 3)}));
        auto source = openFile(path);
        if (!source)
            return tl::unexpected(source.error());
        const std::vector<Assignment> inputs{{"x", "4x3"}};
        const auto run = sunflop::run(*std::move(source), inputs, *conventionNamed(convention).value());
        if (!run)
            return tl::unexpected(run.error());
        return run->costs.root().total.forward.flops.value();
    }

    QTemporaryDir m_folder;
    int m_files = 0;

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto program = torchProgram(); !program)
            QSKIP(program.error().text().c_str());
    }

    void aResultHasTheShapeThatPyTorchGivesIt_data()
    {
        QTest::addColumn<QString>("statement");
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::addColumn<int>("inside");
        // A matrix z of rows x columns is made of y, 4 x 5; "inside" are the products that this takes.
        const auto row = [](const char* name, const char* statement, int rows, int columns, int inside = 0) {
            QTest::newRow(name) << QString::fromLatin1(statement) << rows << columns << inside;
        };
        row("abs", "z = torch.abs(y)", 4, 5);
        row("softsign", "z = torch.div(y, torch.add(torch.abs(y), 1))", 4, 5);
        row("isinf", "z = torch.mul(torch.isinf(y), 1.)", 4, 5);
        row("isfinite", "z = torch.mul(torch.isfinite(y), 1.)", 4, 5);
        row("logical_not", "z = torch.mul(torch.logical_not(y), 1.)", 4, 5);
        row("diag", "z = torch.diag(torch.select(y, 0, 0))", 5, 5);
        row("median", "z, _0 = torch.median(y, 0, True)", 1, 5);
        row("kthvalue", "z, _0 = torch.kthvalue(y, 2, 1, True)", 4, 1);
        row("corrcoef, of y yᵀ", "z = torch.corrcoef(y)", 4, 4, 4 * 5 * 4);
        row("pinverse, of linalg_pinv, which has no formula", "z = torch.pinverse(y)", 5, 4);
        row("quantile", "z = torch.quantile(y, 0.5, 0, True)", 1, 5);
        row("take_along_dim", "z = torch.take_along_dim(y, torch.argsort(y, 0), 0)", 4, 5);
        row("one_hot", "z = torch.mul(torch.one_hot(torch.argmax(y, 1), 7), 1.)", 4, 7);
        row("multinomial", "z = torch.mul(torch.multinomial(y, 3), 1.)", 4, 3);
    }
    void aResultHasTheShapeThatPyTorchGivesIt()
    {
        QFETCH(QString, statement);
        QFETCH(int, rows);
        QFETCH(int, columns);
        QFETCH(int, inside);
        const auto flops = flopsOf("y = (self.fc).forward(x, )\n    " + statement.toStdString() +
                                       "\n    return torch.matmul(z, torch.t(z))",
                                   "flopcounter");
        QVERIFY2(flops, flops ? "" : flops.error().text().c_str());
        QCOMPARE(*flops, std::int64_t{2} * (4 * 3 * 5 + inside + rows * rows * columns));
    }

    void anAbsoluteValueIsCountedWithWhatStandsBehindIt()
    {
        const auto flops =
            flopsOf("y = torch.abs((self.fc).forward(x, ))\n    return torch.matmul(y, torch.t(y))", "exact");
        QVERIFY2(flops, flops ? "" : flops.error().text().c_str());
        // Two for a multiply-accumulate, one for each bias and each absolute value.
        const std::int64_t linear = 2 * 4 * 3 * 5 + 4 * 5;
        const std::int64_t absolute = 4 * 5;
        const std::int64_t product = 2 * 4 * 4 * 5;
        QCOMPARE(*flops, linear + absolute + product);
    }
};

QTEST_APPLESS_MAIN(TestScriptShapes)
#include "tst_script_shapes.moc"
