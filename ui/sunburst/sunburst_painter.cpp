// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sunburst/sunburst_painter.h"

#include "ui/export/svg_hints.h"
#include "ui/sunburst/sunburst_hatch.h"
#include "ui/text.h"

#include <QGuiApplication>
#include <QPaintDevice>
#include <QPainter>
#include <QScreen>

#include <algorithm>
#include <cmath>
#include <utility>

namespace sunflop {

namespace {

constexpr double referencePixels = 13;
constexpr double labelShare = 12 / referencePixels;

QFontMetricsF metricsOf(const QFont& font, const QPaintDevice* device)
{
    return device == nullptr ? QFontMetricsF(font) : QFontMetricsF(font, device);
}

/// Width of a circle at a distance from its middle.
double chord(double radius, double distance)
{
    return distance >= radius ? 0 : 2 * std::sqrt(radius * radius - distance * distance);
}

} // namespace

double unitOf(const QFont& font, const QPaintDevice* device)
{
    if (font.pixelSize() > 0)
        return font.pixelSize() / referencePixels;
    const double dotsPerInch =
        device != nullptr ? device->logicalDpiY() : QGuiApplication::primaryScreen()->logicalDotsPerInchY();
    return font.pointSizeF() * dotsPerInch / 72 / referencePixels;
}

SunburstPainter::SunburstPainter(Subject subject, SunburstStyle style, const QRectF& area)
    : m_subject(std::move(subject)), m_style(std::move(style)), m_labelFont(scaled(m_style.font, labelShare)),
      m_layout(m_subject.run->costs, *m_subject.measure,
               {.root = m_subject.root,
                .rings = m_subject.rings,
                .foldsRepeats = m_subject.foldsRepeats,
                .unit = unitOf(m_style.font, m_style.device)},
               area),
      m_text(*m_subject.run, m_layout, *m_subject.measure),
      m_fills(sliceFills(*m_subject.run, m_layout, *m_style.theme, m_style.colourBy, m_subject.branches)),
      m_hatches(sliceHatches(*m_subject.run, m_layout, *m_style.theme, m_style.colourBy)),
      m_labels(static_cast<std::size_t>(m_layout.count()))
{
    if (m_style.showsLabels)
        placeLabels();
}

void SunburstPainter::placeLabels()
{
    LabelPlacer placer(m_labelFont, m_style.device, m_layout.unit(), m_style.hasStraightLabels);
    const double smallest = metricsOf(m_labelFont, m_style.device).height();
    for (int i = 0; i < m_layout.count(); ++i)
        if (const Arc arc = m_layout.arc(i); arc.middleLength() > smallest)
            m_labels[static_cast<std::size_t>(i)] = placer.place(m_text.labels(i), arc, m_layout.centre());
}

void SunburstPainter::paint(QPainter& painter, const std::vector<bool>& dimmed) const
{
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    for (int i = 0; i < m_layout.count(); ++i)
        paintSlice(painter, i, !dimmed.empty() && dimmed[static_cast<std::size_t>(i)]);
    if (m_layout.count() == 0) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(m_style.theme->grid);
        const Arc ring{0.94 * m_layout.radius(), m_layout.radius(), 0, 1};
        painter.drawPath(arcPath(m_layout.centre(), ring, m_layout.gap()));
    }
    paintCentre(painter);
}

void SunburstPainter::paintSlice(QPainter& painter, int slice, bool isDimmed) const
{
    const PartTitle title(painter, [this, slice] { return m_text.title(slice); });
    const QColor own = fill(slice);
    const QColor shown = isDimmed ? mix(own, ground(), dimming) : own;
    painter.setPen(Qt::NoPen);
    painter.setBrush(shown);
    painter.drawPath(m_layout.path(slice));
    paintHatch(painter, slice, shown);
    paintTicks(painter, slice, shown);
    if (label(slice).isEmpty())
        return;
    painter.setFont(m_labelFont);
    const QColor ink = inkOn(own);
    painter.setPen(isDimmed ? mix(ink, ground(), dimming) : ink);
    label(slice).paint(painter);
}

void SunburstPainter::paintHatch(QPainter& painter, int slice, const QColor& colour) const
{
    const Hatch hatch = m_hatches[static_cast<std::size_t>(slice)];
    if (hatch == Hatch::None)
        return;
    const QPainterPath lines =
        hatchPath(hatch, m_layout.arc(slice), m_layout.centre(), m_layout.gap(), m_layout.unit(),
                  label(slice).isEmpty() ? Arc{} : label(slice).space);
    const QColor ink = mix(colour, inkOn(colour), 0.55);
    painter.strokePath(lines, QPen(ink, 0.8 * m_layout.unit(), Qt::SolidLine, Qt::FlatCap));
}

void SunburstPainter::paintTicks(QPainter& painter, int slice, const QColor& colour) const
{
    const Slice& s = m_layout.slice(slice);
    const std::int64_t repeat = m_subject.run->costs.nodes[static_cast<std::size_t>(s.node)].repeat;
    if (s.kind != Slice::Kind::Module || repeat < 2 || s.instance >= 0)
        return;
    const double unit = m_layout.unit();
    const Arc arc = m_layout.arc(slice);
    const double outer = arc.outer - m_layout.gap() / 2;
    if (arc.middleLength() / static_cast<double>(repeat) < 2.5 * unit)
        return;
    QPainterPath ticks;
    for (std::int64_t i = 1; i < repeat; ++i) {
        const double turns = arc.start + arc.span * static_cast<double>(i) / static_cast<double>(repeat);
        ticks.moveTo(onCircle(m_layout.centre(), turns, outer - 4.5 * unit));
        ticks.lineTo(onCircle(m_layout.centre(), turns, outer));
    }
    painter.strokePath(ticks, QPen(mix(colour, ground(), 0.6), 0.8 * unit));
}

void SunburstPainter::paintOutline(QPainter& painter, int slice, const QColor& colour, double width) const
{
    const double pen = width * m_layout.unit();
    Arc arc = m_layout.arc(slice);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colour, pen, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin));
    painter.drawPath(arcPath(m_layout.centre(), arc, m_layout.gap() + pen));
}

SunburstPainter::CentreFont SunburstPainter::centreFont(const QString& value, double room) const
{
    const double line = metricsOf(m_labelFont, m_style.device).height();
    CentreFont chosen{.font = m_style.font};
    for (double size = 1.7; size > 0.5; size -= 0.1) {
        chosen.font = scaled(m_style.font, size);
        chosen.font.setWeight(QFont::DemiBold);
        const QFontMetricsF metrics = metricsOf(chosen.font, m_style.device);
        chosen.height = metrics.height();
        chosen.hasLines = size > 1.05 && chord(room, chosen.height / 2 + line) > 3 * line;
        if (metrics.horizontalAdvance(value) <= chord(room, chosen.height / 2))
            break;
    }
    return chosen;
}

void SunburstPainter::paintCentre(QPainter& painter) const
{
    const Run& run = *m_subject.run;
    const double room = m_layout.hole() - 5 * m_layout.unit();
    const QString value =
        text::brief(m_subject.measure->of(run.costs.nodes[static_cast<std::size_t>(m_subject.root)].total),
                    *m_subject.measure);
    const QFontMetricsF small = metricsOf(m_labelFont, m_style.device);

    const auto [font, height, hasLines] = centreFont(value, room);
    if (metricsOf(font, m_style.device).horizontalAdvance(value) > 2 * room)
        return;
    const QPointF c = m_layout.centre();
    const auto line = [&](double top, double lineHeight) {
        return QRectF(c.x() - room, c.y() + top, 2 * room, lineHeight);
    };
    painter.setFont(font);
    painter.setPen(m_style.theme->text);
    painter.drawText(line(-height / 2, height), Qt::AlignCenter, value);
    if (!hasLines)
        return;
    const double width = chord(room, height / 2 + 0.75 * small.height());
    QString noun = text::noun(*m_subject.measure);
    if (small.horizontalAdvance(noun) > width)
        noun = text::shortTitle(*m_subject.measure);
    painter.setFont(m_labelFont);
    painter.setPen(m_style.theme->dim);
    painter.drawText(line(-height / 2 - small.height(), small.height()), Qt::AlignCenter,
                     small.elidedText(text::name(run, m_subject.root), Qt::ElideMiddle, width));
    painter.drawText(line(height / 2, small.height()), Qt::AlignCenter,
                     small.elidedText(noun, Qt::ElideRight, width));
}

} // namespace sunflop
