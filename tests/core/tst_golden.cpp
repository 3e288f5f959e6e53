// SPDX-License-Identifier: GPL-3.0-or-later
// Every folder of tests/golden is one case: `command` holds the arguments of the program, `expected.txt` what
// it prints. With SUNFLOP_ACCEPT=1 what it prints now becomes what is expected.

#include <QtTest>

class TestGolden : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void printsWhatIsExpected_data();
    void printsWhatIsExpected();

private:
    static QByteArray contents(const QString& path);
    /// How `expected` becomes `found`, as diff -u tells it.
    static QByteArray difference(const QString& expectedPath, const QByteArray& found);
};

QByteArray TestGolden::contents(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QByteArray TestGolden::difference(const QString& expectedPath, const QByteArray& found)
{
    QProcess diff;
    diff.start("diff", {"-u", "--label", "expected", "--label", "found", expectedPath, "-"});
    diff.write(found);
    diff.closeWriteChannel();
    return diff.waitForFinished() ? "\n" + diff.readAllStandardOutput() : QByteArray("diff did not run");
}

void TestGolden::printsWhatIsExpected_data()
{
    QTest::addColumn<QString>("folder");
    const QDir root(TEST_DATA "/golden");
    const QStringList cases = root.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
    if (cases.isEmpty())
        QTest::newRow("no case at all") << root.path();
    for (const QString& name : cases)
        QTest::newRow(qPrintable(name)) << root.filePath(name);
}

/// The program runs inside the folder, so that arguments may name files there.
void TestGolden::printsWhatIsExpected()
{
    QFETCH(QString, folder);
    const QString expectedPath = folder + "/expected.txt";
    const QStringList arguments = QProcess::splitCommand(QString::fromUtf8(contents(folder + "/command")));
    QVERIFY2(!arguments.isEmpty(), "the case has no file \"command\", or an empty one");
    QProcess program;
    program.setWorkingDirectory(folder);
    program.start(SUNFLOP_PROGRAM, arguments);
    QVERIFY2(program.waitForFinished(), qPrintable(program.errorString()));
    QCOMPARE(program.readAllStandardError(), QByteArray());
    QCOMPARE(program.exitStatus(), QProcess::NormalExit);
    QCOMPARE(program.exitCode(), 0);
    const QByteArray found = program.readAllStandardOutput();
    if (qEnvironmentVariableIntValue("SUNFLOP_ACCEPT") != 0) {
        QFile file(expectedPath);
        QVERIFY2(file.open(QIODevice::WriteOnly) && file.write(found) == found.size(),
                 qPrintable(file.errorString()));
    }
    if (contents(expectedPath) != found)
        QFAIL(difference(expectedPath, found));
}

QTEST_GUILESS_MAIN(TestGolden)
#include "tst_golden.moc"
