// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/svg_device.h"

#include "ui/export/document.h"
#include "ui/export/svg_engine.h"

#include <QPainter>

#include <cmath>

namespace sunflop {

namespace {

/// What Qt takes for a screen's, so that fonts in points are what they are in a picture.
constexpr int dotsPerInch = 96;

} // namespace

SvgDevice::SvgDevice(const QSizeF& points, const QString& title)
    : m_points(points), m_engine(std::make_unique<SvgEngine>(points, title))
{}

SvgDevice::~SvgDevice() = default;

QByteArray SvgDevice::finish()
{
    return m_engine->finish();
}

void SvgDevice::openPart(const QString& title)
{
    m_engine->openPart(title);
}

void SvgDevice::closePart()
{
    m_engine->closePart();
}

void SvgDevice::openTextOnCircle(const QPainter& painter, const QString& text, const CircleLine& line)
{
    m_engine->openTextOnCircle(painter, text, line);
}

void SvgDevice::closeTextOnCircle()
{
    m_engine->closeTextOnCircle();
}

void SvgDevice::keepRightEnds(bool keeps)
{
    m_engine->keepRightEnds(keeps);
}

QPaintEngine* SvgDevice::paintEngine() const
{
    return m_engine.get();
}

int SvgDevice::metric(PaintDeviceMetric metric) const
{
    switch (metric) {
    case PdmWidth: return static_cast<int>(std::ceil(m_points.width()));
    case PdmHeight: return static_cast<int>(std::ceil(m_points.height()));
    case PdmWidthMM: return qRound(millimetresOf(m_points.width()));
    case PdmHeightMM: return qRound(millimetresOf(m_points.height()));
    case PdmNumColors: return 1 << 24;
    case PdmDepth: return 24;
    case PdmDpiX:
    case PdmDpiY:
    case PdmPhysicalDpiX:
    case PdmPhysicalDpiY: return dotsPerInch;
    case PdmDevicePixelRatio: return 1;
    case PdmDevicePixelRatioScaled: return static_cast<int>(devicePixelRatioFScale());
    default: return 0; // of what later versions of Qt ask, 0 is no answer
    }
}

QByteArray svgPage(const QSizeF& points, const QString& title,
                   const std::function<void(QPainter&, const QRectF&)>& paint)
{
    SvgDevice device(points, title);
    QPainter painter(&device);
    paint(painter, {{}, points});
    painter.end();
    return device.finish();
}

} // namespace sunflop
