// SPDX-License-Identifier: GPL-3.0-or-later
// How the sources of the program are cut and laid out.
#include "tests/support/text.h"

#include <QDirIterator>
#include <QProcess>
#include <QStandardPaths>
#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

namespace {

constexpr qsizetype mostHeaderLines = 200;
constexpr qsizetype mostSourceLines = 400;
constexpr qsizetype mostFunctionLines = 40;
constexpr qsizetype medianHeaderLines = 50;
/// Every major version lays some things out in another way; this is Debian 12's.
constexpr const char* formatter = "clang-format version 14.";

const QString& root()
{
    static const QString path = QDir(q(TEST_DATA "/..")).canonicalPath();
    return path;
}

QStringList files(const QStringList& folders, const QStringList& endings)
{
    QStringList found;
    for (const QString& folder : folders) {
        QDirIterator it(root() + u'/' + folder, endings, QDir::Files, QDirIterator::Subdirectories);
        while (it.hasNext())
            found << it.next();
    }
    found.sort();
    return found;
}

QStringList linesOf(const QString& name)
{
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QStringList lines = QString::fromUtf8(file.readAll()).split(u'\n');
    if (lines.last().isEmpty())
        lines.removeLast();
    return lines;
}

QString shown(const QString& name)
{
    return QDir(root()).relativeFilePath(name);
}

/// Functions whose braces stand in lines of their own, at the margin or as a member's in a class.
QStringList longFunctions(const QString& name)
{
    QStringList found;
    const QStringList lines = linesOf(name);
    for (const QString& indent : {QString(), q("    ")}) {
        for (qsizetype begin = 0; begin < lines.size(); ++begin) {
            if (lines[begin] != indent + u'{')
                continue;
            const qsizetype end = lines.indexOf(indent + u'}', begin);
            if (end - begin - 1 > mostFunctionLines)
                found << q("%1:%2 has %3 lines").arg(shown(name)).arg(begin + 1).arg(end - begin - 1);
        }
    }
    return found;
}

} // namespace

class TestStyle : public QObject {
    Q_OBJECT

    const QStringList m_folders{q("core"), q("ui"), q("app")};

private Q_SLOTS:
    void headersAreShort()
    {
        QList<qsizetype> lengths;
        QStringList tooLong;
        for (const QString& name : files(m_folders, {q("*.h")})) {
            lengths << linesOf(name).size();
            if (lengths.last() > mostHeaderLines)
                tooLong << q("%1 has %2 lines").arg(shown(name)).arg(lengths.last());
        }
        QVERIFY(lengths.size() > 100);
        QCOMPARE(tooLong, QStringList());
        std::ranges::sort(lengths);
        QVERIFY(lengths[lengths.size() / 2] <= medianHeaderLines);
    }

    void sourcesAreShort()
    {
        QStringList tooLong;
        for (const QString& name : files(m_folders, {q("*.cpp")}))
            if (const qsizetype length = linesOf(name).size(); length > mostSourceLines)
                tooLong << q("%1 has %2 lines").arg(shown(name)).arg(length);
        QCOMPARE(tooLong, QStringList());
    }

    void functionsAreShort()
    {
        QStringList tooLong;
        for (const QString& name : files(m_folders, {q("*.h"), q("*.cpp")}))
            tooLong << longFunctions(name);
        QCOMPARE(tooLong, QStringList());
    }

    void sourcesAreLaidOutByClangFormat()
    {
        const QString program = QStandardPaths::findExecutable(q("clang-format"));
        QProcess process;
        process.setWorkingDirectory(root());
        process.start(program, {q("--version")});
        process.waitForFinished();
        if (!process.readAllStandardOutput().contains(formatter))
            QSKIP("clang-format 14 is not installed");
        process.start(program, QStringList{q("--dry-run"), q("--Werror")} +
                                   files(m_folders + QStringList{q("tests")}, {q("*.h"), q("*.cpp")}));
        QVERIFY(process.waitForFinished(120'000));
        QVERIFY2(process.exitCode() == 0, process.readAllStandardError().left(4000).constData());
    }
};

QTEST_APPLESS_MAIN(TestStyle)
#include "tst_style.moc"
