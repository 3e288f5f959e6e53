// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sunburst/sunburst_legend.h"

#include "ui/session/session.h"
#include "ui/sunburst/sunburst_labels.h"
#include "ui/sunburst/sunburst_painter.h"

#include <QEvent>
#include <QFontMetricsF>
#include <QLinearGradient>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace sunflop {

namespace {

constexpr int mostLines = 2;

/// Sizes of a legend's parts at one font.
struct Measures {
    QFontMetricsF plain;
    QFontMetricsF bold;
    double unit;

    Measures(const QFont& font, const QPaintDevice* device)
        : plain(font, device), bold(boldOf(font), device), unit(unitOf(font, device))
    {}

    static QFont boldOf(QFont font)
    {
        font.setWeight(QFont::DemiBold);
        return font;
    }
    /// A hatch needs room to be known by.
    double mark(const Legend::Entry& entry) const { return (entry.hatch == Hatch::None ? 9 : 13) * unit; }
    double space() const { return 6 * unit; }
    double between() const { return 16 * unit; }
    double lineHeight() const { return plain.height() + 4 * unit; }
    double width(const Legend::Entry& entry) const
    {
        return mark(entry) + space() + plain.horizontalAdvance(entry.title) +
               (entry.share.isEmpty() ? 0 : space() + bold.horizontalAdvance(entry.share));
    }
};

/// Entries of one line and the width they take.
struct Line {
    std::size_t first = 0;
    std::size_t count = 0;
    double width = 0;
};

std::vector<Line> linesOf(const Legend& legend, double width, const Measures& measures)
{
    std::vector<Line> lines;
    for (std::size_t i = 0; i < legend.entries.size(); ++i) {
        const double entry = measures.width(legend.entries[i]);
        if (!lines.empty() && lines.back().width + measures.between() + entry <= width) {
            lines.back().width += measures.between() + entry;
            ++lines.back().count;
            continue;
        }
        if (lines.size() == mostLines)
            break;
        lines.push_back({i, 1, entry});
    }
    return lines;
}

void paintHatch(QPainter& painter, const Legend::Entry& entry, const QRectF& mark, double unit)
{
    painter.setPen(QPen(mix(entry.fill, inkOn(entry.fill), 0.55), 0.8 * unit, Qt::SolidLine, Qt::FlatCap));
    for (const QLineF& line : hatchLines(entry.hatch, mark, unit))
        painter.drawLine(line);
}

void paintEntry(QPainter& painter, const Legend::Entry& entry, QPointF at, const Theme& theme,
                const QFont& font, const Measures& measures)
{
    const double height = measures.lineHeight();
    painter.setPen(Qt::NoPen);
    painter.setBrush(entry.fill);
    const QRectF mark(at.x(), at.y() + (height - measures.mark(entry)) / 2, measures.mark(entry),
                      measures.mark(entry));
    painter.drawRoundedRect(mark, 3 * measures.unit, 3 * measures.unit);
    paintHatch(painter, entry, mark.adjusted(measures.unit, measures.unit, -measures.unit, -measures.unit),
               measures.unit);
    double x = at.x() + measures.mark(entry) + measures.space();
    const auto write = [&](const QString& words, const QFont& face, const QColor& ink, double width) {
        painter.setFont(face);
        painter.setPen(ink);
        painter.drawText(QRectF(x, at.y(), width + measures.unit, height), Qt::AlignLeft | Qt::AlignVCenter,
                         words);
        x += width + measures.space();
    };
    write(entry.title, font, theme.dim, measures.plain.horizontalAdvance(entry.title));
    if (!entry.share.isEmpty())
        write(entry.share, Measures::boldOf(font), theme.text, measures.bold.horizontalAdvance(entry.share));
}

/// A strip of all colours with a value under each, and the unit beside it.
void paintScale(QPainter& painter, const Legend& legend, const QRectF& area, const Theme& theme,
                const QFont& font, const Measures& measures)
{
    const double unitWidth = measures.plain.horizontalAdvance(legend.unit);
    const double edge = measures.plain.horizontalAdvance(legend.entries.back().title) / 2;
    const double room = area.width() - unitWidth - 2 * edge - measures.between();
    const double width = std::clamp(room, 20 * measures.unit, 260 * measures.unit);
    const double left = area.center().x() - (width + unitWidth + measures.between()) / 2;
    const QRectF strip(left, area.top() + 3 * measures.unit, width, 9 * measures.unit);
    QLinearGradient gradient(strip.topLeft(), strip.topRight());
    const auto last = static_cast<double>(legend.entries.size() - 1);
    painter.setFont(font);
    painter.setPen(theme.dim);
    for (std::size_t i = 0; i < legend.entries.size(); ++i) {
        const double t = static_cast<double>(i) / last;
        gradient.setColorAt(t, legend.entries[i].fill);
        const double x = strip.left() + t * width;
        painter.drawText(QRectF(x - 50 * measures.unit, strip.bottom() + 2 * measures.unit,
                                100 * measures.unit, measures.plain.height()),
                         Qt::AlignHCenter | Qt::AlignTop, legend.entries[i].title);
    }
    painter.drawText(QRectF(strip.right() + edge + measures.space(), strip.top() - 4 * measures.unit,
                            unitWidth + measures.unit, strip.height() + 8 * measures.unit),
                     Qt::AlignLeft | Qt::AlignVCenter, legend.unit);
    painter.setPen(Qt::NoPen);
    painter.setBrush(gradient);
    painter.drawRoundedRect(strip, 3 * measures.unit, 3 * measures.unit);
}

} // namespace

double legendHeight(const Legend& legend, double width, const QFont& font, const QPaintDevice* device)
{
    const Measures measures(font, device);
    if (legend.isScale)
        return 15 * measures.unit + measures.plain.height();
    return static_cast<double>(linesOf(legend, width, measures).size()) * measures.lineHeight();
}

void paintLegend(QPainter& painter, const Legend& legend, const QRectF& area, const Theme& theme,
                 const QFont& font)
{
    painter.setRenderHint(QPainter::Antialiasing);
    const Measures measures(font, painter.device());
    if (legend.isScale) {
        paintScale(painter, legend, area, theme, font, measures);
        return;
    }
    double y = area.top();
    for (const Line& line : linesOf(legend, area.width(), measures)) {
        double x = area.left() + std::max(0.0, (area.width() - line.width) / 2);
        for (std::size_t i = line.first; i < line.first + line.count; ++i) {
            paintEntry(painter, legend.entries[i], {x, y}, theme, font, measures);
            x += measures.width(legend.entries[i]) + measures.between();
        }
        y += measures.lineHeight();
    }
}

SunburstLegend::SunburstLegend(Session& session, QWidget* parent) : QWidget(parent), m_session(session)
{
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    setAccessibleName(tr("Legend"));
    connect(&session, &Session::modelChanged, this, &SunburstLegend::refresh);
    connect(&session, &Session::figuresChanged, this, &SunburstLegend::refresh);
    connect(&session.focus(), &Focus::rootChanged, this, &SunburstLegend::refresh);
    connect(&session.lens(), &Lens::measureChanged, this, &SunburstLegend::refresh);
    connect(&session.lens(), &Lens::pictureChanged, this, &SunburstLegend::refresh);
    connect(&session.lens(), &Lens::themeChanged, this, &SunburstLegend::refresh);
    refresh();
}

void SunburstLegend::setRings(int rings)
{
    if (std::exchange(m_rings, rings) != rings && m_session.lens().colourBy() == ColourBy::Depth)
        refresh();
}

void SunburstLegend::refresh()
{
    const Lens& lens = m_session.lens();
    m_legend = m_session.hasModel() ? legendOf(m_session.run(), lens.measure(), lens.theme(), lens.colourBy(),
                                               m_session.focus().root(), m_rings)
                                    : Legend{};
    QStringList words;
    for (const Legend::Entry& entry : m_legend.entries)
        words += entry.share.isEmpty() ? entry.title : entry.title + QLatin1Char(' ') + entry.share;
    setAccessibleDescription(words.join(QStringLiteral(", ")));
    updateGeometry();
    update();
}

QSize SunburstLegend::sizeHint() const
{
    return {300, heightForWidth(width())};
}

QSize SunburstLegend::minimumSizeHint() const
{
    return {120, heightForWidth(width())};
}

int SunburstLegend::heightForWidth(int width) const
{
    return static_cast<int>(std::ceil(legendHeight(m_legend, width, scaled(font(), 12.0 / 13), this)));
}

void SunburstLegend::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    paintLegend(painter, m_legend, rect(), m_session.lens().theme(), scaled(font(), 12.0 / 13));
}

void SunburstLegend::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::FontChange)
        updateGeometry();
    QWidget::changeEvent(event);
}

} // namespace sunflop
