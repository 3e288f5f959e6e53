// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// An SVG file of ours read back, for tests.

#include <QHash>
#include <QList>
#include <QRectF>
#include <QString>
#include <QStringList>

namespace sunflop::test {

using SvgAttributes = QHash<QString, QString>;

/// One <path> that is painted.
struct SvgPath {
    QString data;
    QString fill;
    QString stroke;
    QString clip;  ///< id; empty: none
    QRectF bounds; ///< of all its points
};

/// What stands in a file, in its order. Letters that only stand for a <textPath> are not among the texts.
struct SvgFile {
    explicit SvgFile(const QByteArray& bytes);

    QString error; ///< empty: well formed
    SvgAttributes root;
    QStringList titles;
    QStringList texts;
    QList<SvgAttributes> textAttributes;
    QStringList textPaths;
    QList<SvgPath> paths;
    QStringList clips; ///< ids
    int images = 0;
};

} // namespace sunflop::test
