// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One page of exact size as the bytes of a file: PNG, PDF or SVG, painted by the same calls of a QPainter.

#include "core/base/result.h"

#include <QByteArray>
#include <QColor>
#include <QRectF>
#include <QSizeF>
#include <QString>

#include <functional>
#include <optional>
#include <string_view>

class QPainter;

namespace sunflop {

enum class FileFormat { Png, Pdf, Svg };

/// The format that a file's name ends with; nothing: none of these.
std::optional<FileFormat> fileFormatOf(std::string_view path);

/// What a page is before anything is painted on it.
struct Page {
    QSizeF millimetres;
    double dotsPerInch = 300; ///< of a PNG; the others have no dots
    bool isTransparent = false;
    QColor ground = Qt::white; ///< unless transparent
    QString title;             ///< in the file's metadata
};

/// Points, 1/72 inch, of a length in millimetres and back.
constexpr double pointsOf(double millimetres)
{
    return millimetres * 72 / 25.4;
}
constexpr double millimetresOf(double points)
{
    return points * 25.4 / 72;
}
/// Dots of a PNG: whole ones, so that it is off by half a dot at most.
QSize dotsOf(const Page& page);

/// Refuses what is too large for a PNG, before anything of that size is made.
Result<void> checkDots(QSize dots);

/// Paints a page; `paint` gets an area in points that is the whole page. Fonts are best sized in pixels, one
/// of which is one unit of the painter whatever the format. PNG and SVG are the same bytes for the same
/// calls, PDF but for its date. Needs a QGuiApplication. Errors: a page without area or too large for its
/// format.
Result<QByteArray> document(FileFormat format, const Page& page,
                            const std::function<void(QPainter&, const QRectF&)>& paint);

} // namespace sunflop
