// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A paint device whose picture is an SVG 1.1 file: real text, exact size, nothing outside clips or page.

#include "ui/export/svg_hints.h"

#include <QByteArray>
#include <QColor>
#include <QPaintDevice>
#include <QSizeF>
#include <QString>

#include <functional>
#include <memory>

class QRectF;

namespace sunflop {

class SvgEngine;

/// Device coordinates are points. The same calls give the same bytes. Text names its font with others to
/// fall back on, and says its width, to which readers that know `textLength` fit another font.
class SvgDevice : public QPaintDevice {
public:
    SvgDevice(const QSizeF& points, const QString& title);
    ~SvgDevice() override;

    /// The whole file; no painter may be active.
    QByteArray finish();

    /// Groups, which must nest; for the hints of svg_hints.h.
    void openPart(const QString& title);
    void closePart();
    void openTextOnCircle(const QPainter& painter, const QString& text, const CircleLine& line);
    void closeTextOnCircle();
    void keepRightEnds(bool keeps);

    QPaintEngine* paintEngine() const override;

protected:
    int metric(PaintDeviceMetric metric) const override;

private:
    QSizeF m_points;
    std::unique_ptr<SvgEngine> m_engine;
};

/// A page of exactly `points`, painted in points.
QByteArray svgPage(const QSizeF& points, const QString& title,
                   const std::function<void(QPainter&, const QRectF&)>& paint);

} // namespace sunflop
