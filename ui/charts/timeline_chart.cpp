// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/timeline_chart.h"

#include "ui/charts/overlay.h"
#include "ui/text.h"

#include <QAreaSeries>
#include <QCategoryAxis>
#include <QFontMetricsF>
#include <QGraphicsLayout>
#include <QLineSeries>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace sunflop {

namespace {

constexpr std::size_t mostPoints = 1500;
constexpr double stageHeight = 20;
constexpr double pixelsPerRow = 34;

const Measure& bytesMeasure()
{
    return measureNamed("peak_bytes");
}

double valueOf(Count bytes)
{
    return static_cast<double>(bytes.value());
}

/// Of each stretch of neighbours the one with the most bytes.
std::vector<std::size_t> largestOfStretches(const std::vector<LivePoint>& points)
{
    const std::size_t stride = (points.size() + mostPoints - 1) / mostPoints;
    std::vector<std::size_t> shown;
    for (std::size_t begin = 0; begin < points.size(); begin += stride) {
        std::size_t best = begin;
        for (std::size_t i = begin; i < std::min(points.size(), begin + stride); ++i)
            if (points[i].bytes > points[best].bytes)
                best = i;
        shown.push_back(best);
    }
    return shown;
}

} // namespace

TimelineChart::TimelineChart(QGraphicsItem* parent)
    : QChart(parent), m_upper(new QLineSeries(this)), m_lower(new QLineSeries(this)),
      m_area(new QAreaSeries(m_upper, m_lower)), m_x(new QCategoryAxis(this)), m_y(new QCategoryAxis(this)),
      m_overlay(new Overlay<TimelineChart>(*this))
{
    addSeries(m_area);
    addAxis(m_x, Qt::AlignBottom);
    addAxis(m_y, Qt::AlignLeft);
    m_area->attachAxis(m_x);
    m_area->attachAxis(m_y);
}

void TimelineChart::setTheme(const Theme& theme)
{
    m_theme = &theme;
    styleChart(*this, theme);
    styleAxis(*m_x, theme, false);
    styleAxis(*m_y, theme, true);
    m_x->setLabelsVisible(false);
    const QColor ink = theme.role(Role::Mlp);
    m_area->setBrush(mix(ink, theme.panel, 0.55));
    m_area->setPen(QPen(ink, 1.2));
    m_overlay->update();
}

void TimelineChart::show(std::shared_ptr<const Run> run)
{
    m_run = std::move(run);
    m_hover.reset();
    m_shown = largestOfStretches(points());
    m_base = 0;
    if (!points().empty())
        m_base = std::ranges::min(points(), {}, &LivePoint::bytes).bytes;
    fill();
    layOut();
    m_overlay->update();
}

void TimelineChart::fill()
{
    QList<QPointF> upper;
    for (const std::size_t point : m_shown)
        upper += {static_cast<double>(point), valueOf(points()[point].bytes - m_base)};
    if (upper.size() == 1)
        upper += upper.front() + QPointF(1, 0);
    QList<QPointF> lower;
    if (!upper.isEmpty())
        lower = {{upper.front().x(), 0}, {upper.back().x(), 0}};
    m_upper->replace(upper);
    m_lower->replace(lower);
}

void TimelineChart::layOut()
{
    if (!m_run || points().empty() || size().isEmpty())
        return;
    const double tall = std::max(20.0, size().height() - 2 * stageHeight - 8);
    const double most = valueOf(std::ranges::max(points(), {}, &LivePoint::bytes).bytes - m_base);
    // A little air for the label of the peak.
    auto ticks = amountTicks(std::max(most, 1.0), bytesMeasure(),
                             std::clamp(static_cast<int>(tall / pixelsPerRow), 2, 6));
    const QFontMetricsF metrics(chartFont(m_theme));
    double labels = 0;
    for (Tick& tick : ticks) {
        if (tick.position > 0)
            tick.label.prepend(QLatin1Char('+'));
        labels = std::max(labels, metrics.horizontalAdvance(tick.label));
    }
    setTicks(*m_y, ticks, 0, ticks.back().position);
    m_x->setRange(0, std::max<double>(1, static_cast<double>(points().size()) - 1));
    setPlotArea({labels + 12, stageHeight + 2, std::max(10.0, size().width() - labels - 24), tall});
    layout()->activate();
}

void TimelineChart::resizeEvent(QGraphicsSceneResizeEvent* event)
{
    QChart::resizeEvent(event);
    layOut();
}

std::optional<std::size_t> TimelineChart::peakPoint() const
{
    if (!m_run || points().empty())
        return std::nullopt;
    return static_cast<std::size_t>(std::ranges::max_element(points(), {}, &LivePoint::bytes) -
                                    points().begin());
}

std::optional<std::size_t> TimelineChart::pointAt(double x) const
{
    const QRectF plot = plotArea();
    if (!m_run || m_shown.empty() || x < plot.left() - 2 || x > plot.right() + 2)
        return std::nullopt;
    const double wanted = (x - plot.left()) / plot.width() * m_x->max();
    return std::ranges::min(m_shown, {},
                            [&](std::size_t point) { return std::abs(static_cast<double>(point) - wanted); });
}

std::int32_t TimelineChart::moduleAt(double x) const
{
    const auto point = pointAt(x);
    if (!point || points()[*point].call < 0)
        return -1;
    return m_run->trace.ops[static_cast<std::size_t>(points()[*point].call)].module;
}

void TimelineChart::setHover(std::optional<double> x)
{
    const auto point = x ? pointAt(*x) : std::nullopt;
    if (std::exchange(m_hover, point) != point)
        m_overlay->update();
}

QPointF TimelineChart::placeOf(std::size_t point) const
{
    const QRectF plot = plotArea();
    return {plot.left() + plot.width() * static_cast<double>(point) / std::max(1.0, m_x->max()),
            plot.bottom() -
                plot.height() * valueOf(points()[point].bytes - m_base) / std::max(1.0, m_y->max())};
}

QStringList TimelineChart::readout(std::size_t point) const
{
    const LivePoint& live = points()[point];
    QStringList lines;
    if (live.call < 0) {
        lines += stageTitle(live.stage);
    } else {
        const Op& op = m_run->trace.ops[static_cast<std::size_t>(live.call)];
        lines += text::from(nameOf(op)) + QStringLiteral("  ·  ") + stageTitle(live.stage);
        lines += text::path(*m_run, op.module);
    }
    lines += tr("%1 allocated").arg(text::bytes(live.bytes));
    return lines;
}

QString TimelineChart::description() const
{
    const auto peak = peakPoint();
    if (!peak)
        return tr("No operator ran.");
    return tr("Live bytes along %1 operators; the peak: %2")
        .arg(text::exact(static_cast<std::int64_t>(points().size())),
             readout(*peak).join(QStringLiteral(", ")));
}

void TimelineChart::paintStages(QPainter& painter) const
{
    const QRectF plot = plotArea();
    painter.setFont(chartFont(m_theme));
    for (std::size_t begin = 0; begin < points().size();) {
        std::size_t end = begin;
        while (end < points().size() && points()[end].stage == points()[begin].stage)
            ++end;
        const double left = placeOf(begin).x();
        const double right = end < points().size() ? placeOf(end).x() : plot.right();
        if (begin > 0) {
            painter.setPen(QPen(m_theme->dim, 1, Qt::DashLine));
            painter.drawLine(QPointF(left, 2), QPointF(left, plot.bottom()));
        }
        const QString name = stageTitle(points()[begin].stage);
        const double width = QFontMetricsF(painter.font()).horizontalAdvance(name) + 2;
        painter.setPen(m_theme->dim);
        if (width <= right - left - 6 || begin == 0)
            painter.drawText(QRectF(left + 4, 0, width, stageHeight), Qt::AlignVCenter, name);
        else if (end == points().size()) // the last one, the optimizer's step, is a single point
            painter.drawText(QRectF(plot.right() - width, 0, width, stageHeight), Qt::AlignVCenter, name);
        begin = end;
    }
    const QFontMetricsF metrics(painter.font());
    const QString held = tr("above %1 that are held all the time").arg(text::bytes(m_base));
    const QString words = held + tr("  ·  operators in order");
    const bool fits = metrics.horizontalAdvance(words) <= plot.width();
    painter.drawText(QRectF(plot.left(), plot.bottom() + 3, plot.width(), stageHeight), Qt::AlignVCenter,
                     fits ? words : metrics.elidedText(held, Qt::ElideRight, plot.width()));
}

void TimelineChart::paintPoint(QPainter& painter, std::size_t point, const QStringList& lines) const
{
    const QPointF at = placeOf(point);
    painter.setPen(QPen(m_theme->text, 2));
    painter.setBrush(m_theme->panel);
    painter.drawEllipse(at, 4, 4);
    paintBubble(painter, at, lines, plotArea(), *m_theme);
}

void TimelineChart::paintOverlay(QPainter& painter) const
{
    if (m_theme == nullptr || !m_run)
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    const auto peak = peakPoint();
    if (!peak) {
        painter.setFont(chartFont(m_theme));
        painter.setPen(m_theme->dim);
        painter.drawText(rect(), Qt::AlignCenter | Qt::TextWordWrap,
                         tr("No operator ran with these inputs, so nothing but weights is held."));
        return;
    }
    paintStages(painter);
    if (m_hover) {
        const double x = placeOf(*m_hover).x();
        painter.setPen(QPen(m_theme->dim, 1));
        painter.drawLine(QPointF(x, plotArea().top()), QPointF(x, plotArea().bottom()));
        paintPoint(painter, *m_hover, readout(*m_hover));
        return;
    }
    QStringList lines = readout(*peak);
    lines.prepend(tr("Peak %1").arg(text::bytes(points()[*peak].bytes)));
    lines.removeLast();
    paintPoint(painter, *peak, lines);
}

} // namespace sunflop
