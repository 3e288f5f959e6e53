// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/memory_chart.h"

#include "ui/charts/overlay.h"
#include "ui/text.h"

#include <QBarCategoryAxis>
#include <QBarSet>
#include <QCategoryAxis>
#include <QFontMetricsF>
#include <QGraphicsLayout>
#include <QHorizontalStackedBarSeries>
#include <QPainter>

#include <algorithm>

namespace sunflop {

namespace {

constexpr double axisHeight = 24;
constexpr double pixelsPerTick = 90;
/// A device with more than so many times the memory of the largest bar is off the chart.
constexpr double farAway = 5;

const Measure& bytesMeasure()
{
    return measureNamed("peak_bytes");
}

double valueOf(Count bytes)
{
    return static_cast<double>(bytes.value());
}

} // namespace

MemoryChart::MemoryChart(QGraphicsItem* parent)
    : QChart(parent), m_series(new QHorizontalStackedBarSeries(this)), m_x(new QCategoryAxis(this)),
      m_y(new QBarCategoryAxis(this)), m_overlay(new Overlay<MemoryChart>(*this))
{
    for (std::size_t i = 0; i < memoryParts({}, Theme::light()).size(); ++i) {
        m_sets.push_back(new QBarSet(QString()));
        m_series->append(m_sets.back());
    }
    m_series->setBarWidth(0.56);
    addSeries(m_series);
    addAxis(m_x, Qt::AlignBottom);
    addAxis(m_y, Qt::AlignLeft);
    m_series->attachAxis(m_x);
    m_series->attachAxis(m_y);
}

void MemoryChart::setTheme(const Theme& theme)
{
    m_theme = &theme;
    styleChart(*this, theme);
    styleAxis(*m_x, theme, true);
    m_y->setLabelsVisible(false); // ours show a title as two lines
    m_y->setGridLineVisible(false);
    m_y->setLinePen(QPen(theme.border, 1));
    m_legend.clear();
    const auto parts = memoryParts({}, theme);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        m_sets[i]->setBrush(parts[i].colour);
        m_sets[i]->setPen(QPen(theme.panel, 1));
    }
    fill();
}

void MemoryChart::show(std::vector<MemoryBar> bars, const Device& device)
{
    m_bars = std::move(bars);
    m_device = &device;
    fill();
    layOut();
}

void MemoryChart::fill()
{
    if (m_theme == nullptr || m_bars.empty())
        return;
    QStringList titles;
    std::vector<QList<qreal>> columns(m_sets.size());
    m_legend.clear();
    for (auto bar = m_bars.rbegin(); bar != m_bars.rend(); ++bar) { // the chart begins at the bottom
        titles += bar->title;
        const auto parts = memoryParts(bar->parts, *m_theme);
        for (std::size_t i = 0; i < parts.size(); ++i)
            columns[i] += valueOf(parts[i].bytes);
    }
    const auto names = memoryParts({}, *m_theme);
    for (std::size_t i = 0; i < m_sets.size(); ++i) {
        if (m_sets[i]->count() != columns[i].size()) {
            m_sets[i]->remove(0, m_sets[i]->count());
            m_sets[i]->append(columns[i]);
        } else {
            for (int bar = 0; bar < m_sets[i]->count(); ++bar)
                m_sets[i]->replace(bar, columns[i][bar]);
        }
        if (std::ranges::any_of(columns[i], [](qreal bytes) { return bytes > 0; }))
            m_legend.push_back({names[i].colour, names[i].name});
    }
    if (m_y->categories() != titles)
        m_y->setCategories(titles);
    m_overlay->update();
}

double MemoryChart::largest() const
{
    double most = 1;
    for (const MemoryBar& bar : m_bars)
        most = std::max(most, valueOf(bar.parts.total()));
    return most;
}

bool MemoryChart::showsDevice() const
{
    return m_device != nullptr && valueOf(m_device->memoryBytes) <= farAway * largest();
}

void MemoryChart::layOut()
{
    if (m_bars.empty() || size().isEmpty())
        return;
    const QFontMetricsF metrics(chartFont(m_theme));
    double labels = 0;
    for (const MemoryBar& bar : m_bars)
        labels = std::max(labels, metrics.horizontalAdvance(bar.title));
    labels = std::min(labels + 14, size().width() / 3);
    const double end = showsDevice() ? std::max(largest(), valueOf(m_device->memoryBytes)) : largest();
    const QRectF plot(labels, 20, std::max(10.0, size().width() - labels - 40),
                      std::max(10.0, size().height() - axisHeight - 24));
    const auto ticks =
        amountTicks(end, bytesMeasure(), std::max(2, static_cast<int>(plot.width() / pixelsPerTick)));
    setTicks(*m_x, ticks, 0, std::max(ticks.back().position, end * 1.02));
    setPlotArea(plot);
    layout()->activate();
}

void MemoryChart::resizeEvent(QGraphicsSceneResizeEvent* event)
{
    QChart::resizeEvent(event);
    layOut();
}

double MemoryChart::xAt(Count bytes) const
{
    const QRectF plot = plotArea();
    return plot.left() + plot.width() * std::min(1.0, valueOf(bytes) / std::max(1.0, m_x->max()));
}

double MemoryChart::yOf(std::size_t bar) const
{
    const QRectF plot = plotArea();
    return plot.top() + plot.height() * (static_cast<double>(bar) + 0.5) / static_cast<double>(m_bars.size());
}

void MemoryChart::setHover(std::optional<double> y)
{
    std::optional<std::size_t> bar;
    const QRectF plot = plotArea();
    if (y && !m_bars.empty() && *y >= plot.top() && *y < plot.bottom())
        bar =
            static_cast<std::size_t>((*y - plot.top()) / plot.height() * static_cast<double>(m_bars.size()));
    if (std::exchange(m_hover, bar) != bar)
        m_overlay->update();
}

QStringList MemoryChart::readout(const MemoryBar& bar) const
{
    QStringList lines{bar.title + QStringLiteral("  ·  ") + text::bytes(bar.parts.total())};
    for (const MemoryPart& part : memoryParts(bar.parts, *m_theme))
        if (part.bytes > Count(0))
            lines += QStringLiteral("%1  %2  %3")
                         .arg(part.name, text::bytes(part.bytes), text::share(part.bytes, bar.parts.total()));
    return lines;
}

QString MemoryChart::description() const
{
    QStringList sentences;
    for (const MemoryBar& bar : m_bars)
        sentences += bar.refusal.isEmpty() ? readout(bar).join(QStringLiteral(", "))
                                           : bar.title + QStringLiteral(": ") + bar.refusal;
    return sentences.join(QStringLiteral("; "));
}

void MemoryChart::paintDevice(QPainter& painter) const
{
    const QRectF plot = plotArea();
    const QString name =
        text::from(m_device->name) + QStringLiteral("  ") + text::bytes(m_device->memoryBytes);
    const double x = showsDevice() ? xAt(m_device->memoryBytes) : plot.right();
    if (showsDevice()) {
        painter.setPen(QPen(m_theme->text, 1.2, Qt::DashLine));
        painter.drawLine(QPointF(x, plot.top() - 4), QPointF(x, plot.bottom()));
    }
    const QString label = showsDevice() ? name : name + QStringLiteral(" →");
    const double width = QFontMetricsF(painter.font()).horizontalAdvance(label) + 2;
    const double left = std::clamp(x - width / 2, plot.left(), std::max(plot.left(), size().width() - width));
    painter.setPen(m_theme->dim);
    painter.drawText(QRectF(left, 0, width, 16), Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine,
                     label);
}

void MemoryChart::paintOverlay(QPainter& painter) const
{
    if (m_theme == nullptr || m_device == nullptr || m_bars.empty())
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF plot = plotArea();
    painter.setFont(chartFont(m_theme));
    paintDevice(painter);
    for (std::size_t i = 0; i < m_bars.size(); ++i) {
        const MemoryBar& bar = m_bars[i];
        const double y = yOf(i);
        painter.setFont(chartFont(m_theme, bar.isLive ? QFont::DemiBold : QFont::Normal));
        const QFontMetricsF metrics(painter.font());
        painter.setPen(bar.isLive ? m_theme->text : m_theme->dim);
        painter.drawText(QRectF(0, y - 10, plot.left() - 8, 20), Qt::AlignVCenter | Qt::AlignRight,
                         metrics.elidedText(bar.title, Qt::ElideRight, plot.left() - 8));
        const bool fits = bar.parts.total() <= m_device->memoryBytes;
        const QString figure = !bar.refusal.isEmpty() ? bar.refusal
                               : fits                 ? text::bytes(bar.parts.total())
                                      : tr("%1, does not fit").arg(text::bytes(bar.parts.total()));
        const double width = metrics.horizontalAdvance(figure);
        const double room = size().width() - 4;
        QRectF box(xAt(bar.parts.total()) + 6, y - 10, width + 8, 20);
        if (box.right() > room)
            box.moveRight(room);
        QColor ground = m_theme->panel;
        ground.setAlpha(220);
        painter.setPen(Qt::NoPen);
        painter.setBrush(ground);
        painter.drawRoundedRect(box, 4, 4);
        painter.setPen(fits ? m_theme->text : m_theme->danger);
        painter.drawText(box, Qt::AlignCenter | Qt::TextSingleLine, figure);
    }
    if (m_hover && *m_hover < m_bars.size())
        paintBubble(painter, {plot.left() + plot.width() / 3, yOf(*m_hover)}, readout(m_bars[*m_hover]),
                    QRectF(QPointF(), size()), *m_theme);
}

} // namespace sunflop
