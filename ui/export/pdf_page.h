// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The PDF of a document: one page, its fonts embedded.

#include <QByteArray>
#include <QString>

#include <functional>

class QPainter;
class QRectF;
class QSizeF;

namespace sunflop {

/// A page of exactly `points`, painted in points. The same calls give the same bytes but for the date.
QByteArray pdfPage(const QSizeF& points, const QString& title,
                   const std::function<void(QPainter&, const QRectF&)>& paint);

} // namespace sunflop
