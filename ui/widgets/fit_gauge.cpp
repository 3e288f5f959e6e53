// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/fit_gauge.h"

#include "ui/memory_text.h"
#include "ui/session/session.h"
#include "ui/text.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace sunflop {

namespace {

constexpr int barHeight = 8;
constexpr int lineHeight = 17;

QFont smallFont(QFont font, QFont::Weight weight = QFont::Normal)
{
    font.setPixelSize(12);
    font.setWeight(weight);
    return font;
}

} // namespace

FitGauge::FitGauge(const Session& session, QWidget* parent) : QWidget(parent), m_session(session)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void FitGauge::refresh()
{
    const Run& run = m_session.run();
    m_room = roomText(run);
    m_verdict = fitText(run);
    setAccessibleName(tr("Memory of the device: %1, %2").arg(m_room, m_verdict));
    setToolTip(peakLines(run).join(QLatin1Char('\n')));
    updateGeometry();
    update();
}

bool FitGauge::isOneLine() const
{
    const QFontMetrics plain(smallFont(font()));
    const QFontMetrics strong(smallFont(font(), QFont::DemiBold));
    return plain.horizontalAdvance(m_room) + strong.horizontalAdvance(m_verdict) + 12 <= width();
}

QSize FitGauge::sizeHint() const
{
    return {200, barHeight + 5 + lineHeight * (isOneLine() ? 1 : 2)};
}

void FitGauge::paintEvent(QPaintEvent*)
{
    if (!m_session.hasModel())
        return;
    const Run& run = m_session.run();
    const Theme& theme = m_session.lens().theme();
    const bool fits = neededBytes(run) <= run.device->memoryBytes;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF bar(0, 0, width(), barHeight);
    QPainterPath track;
    track.addRoundedRect(bar, barHeight / 2.0, barHeight / 2.0);
    painter.fillPath(track, theme.grid);
    painter.save();
    painter.setClipPath(track);
    const Count whole = std::max(run.device->memoryBytes, neededBytes(run));
    double x = 0;
    for (const MemoryPart& part : memoryParts(run.memory.parts, theme)) {
        const double width = bar.width() * text::fraction(part.bytes, whole);
        painter.fillRect(QRectF(x, 0, width, barHeight), part.colour);
        x += width;
    }
    painter.restore();
    if (!fits) { // where the device ends
        const double end = bar.width() * text::fraction(run.device->memoryBytes, whole);
        painter.setPen(QPen(theme.danger, 2));
        painter.drawLine(QPointF(end, 0), QPointF(end, barHeight));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(bar.adjusted(1, 1, -1, -1), barHeight / 2.0, barHeight / 2.0);
    }
    const QRectF line(0, barHeight + 4, width(), lineHeight);
    painter.setFont(smallFont(font()));
    painter.setPen(theme.dim);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(m_room, Qt::ElideRight, width()));
    painter.setFont(smallFont(font(), QFont::DemiBold));
    painter.setPen(fits ? theme.good : theme.danger);
    painter.drawText(isOneLine() ? line : line.translated(0, lineHeight),
                     (isOneLine() ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(m_verdict, Qt::ElideRight, width()));
}

} // namespace sunflop
