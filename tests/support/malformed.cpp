// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/malformed.h"

#include <QDir>
#include <QDirIterator>
#include <QtTest>

namespace sunflop::test {

namespace {

constexpr auto suffix = ".expected";
constexpr auto folder = TEST_DATA "/malformed";

} // namespace

QStringList malformedFiles()
{
    QStringList paths;
    for (QDirIterator files(QLatin1String(folder), QDir::Files, QDirIterator::Subdirectories);
         files.hasNext();)
        if (const QString path = files.next(); !path.endsWith(QLatin1String(suffix)))
            paths << path;
    paths.sort();
    return paths;
}

void addMalformedFiles()
{
    QTest::addColumn<QString>("path");
    for (const QString& path : malformedFiles())
        QTest::newRow(qPrintable(QDir(QLatin1String(folder)).relativeFilePath(path))) << path;
}

QString malformedExpectation(const QString& path)
{
    QFile file(path + QLatin1String(suffix));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()).trimmed() : QString();
}

} // namespace sunflop::test
