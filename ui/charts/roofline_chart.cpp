// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/roofline_chart.h"

#include "ui/charts/overlay.h"
#include "ui/text.h"

#include <QCategoryAxis>
#include <QFontMetricsF>
#include <QGraphicsLayout>
#include <QLineSeries>
#include <QPainter>
#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <cmath>

namespace sunflop {

namespace {

constexpr double axisHeight = 38;
constexpr double smallestRadius = 3.2;
constexpr double largestRadius = 10;
constexpr std::size_t mostLabels = 12;
constexpr double narrowestDecades = 2;

/// Powers of ten between two exponents, at most about `most`.
template<typename Label>
std::vector<Tick> powers(int from, int to, int most, const Label& label)
{
    const int stride = std::max(1, (to - from + most - 1) / std::max(1, most));
    std::vector<Tick> ticks;
    for (int power = from; power <= to; power += stride)
        ticks.push_back({static_cast<double>(power), label(std::pow(10, power))});
    return ticks;
}

/// A rate without the zeros that only say how exact it is.
QString roundRate(double rate)
{
    static const QRegularExpression zeros(QStringLiteral("\\.0+(?=\\D)"));
    return rateText(rate).remove(zeros);
}

QString plainNumber(double value)
{
    return value >= 1 ? text::exact(static_cast<std::int64_t>(std::llround(value)))
                      : QString::number(value, 'g', 3);
}

struct Range {
    double from = 0;
    double to = 1;

    void include(double value)
    {
        from = std::min(from, value);
        to = std::max(to, value);
    }
};

} // namespace

RooflineChart::RooflineChart(QGraphicsItem* parent)
    : QChart(parent), m_roof(new QLineSeries(this)), m_x(new QCategoryAxis(this)),
      m_y(new QCategoryAxis(this)), m_overlay(new Overlay<RooflineChart>(*this))
{
    addSeries(m_roof);
    addAxis(m_x, Qt::AlignBottom);
    addAxis(m_y, Qt::AlignLeft);
    m_roof->attachAxis(m_x);
    m_roof->attachAxis(m_y);
}

void RooflineChart::setTheme(const Theme& theme)
{
    m_theme = &theme;
    styleChart(*this, theme);
    styleAxis(*m_x, theme, true);
    styleAxis(*m_y, theme, true);
    m_roof->setPen(QPen(theme.text, 1.6));
    m_overlay->update();
}

void RooflineChart::show(std::shared_ptr<const Run> run, std::optional<Part> part)
{
    m_run = std::move(run);
    m_hover.reset();
    m_marks = rooflineMarks(*m_run, mostMarks);
    if (part)
        std::erase_if(m_marks, [&](const RooflineMark& mark) { return mark.part != *part; });
    layOut();
    m_overlay->update();
}

void RooflineChart::setSelected(std::int32_t module)
{
    if (std::exchange(m_selected, module) != module)
        m_overlay->update();
}

void RooflineChart::layOut()
{
    if (!m_run || size().isEmpty())
        return;
    const double ridgeAt = ridge(*m_run->device, m_run->timing.precision);
    const double peak = attainable(*m_run->device, m_run->timing.precision, ridgeAt);
    Range x{std::log10(ridgeAt), std::log10(ridgeAt)};
    Range y{std::log10(peak), std::log10(peak)};
    for (const RooflineMark& mark : m_marks) {
        x.include(std::log10(mark.place.intensity));
        y.include(std::log10(mark.place.achieved));
    }
    x = {std::floor(std::min(x.from, x.to - narrowestDecades) + 1e-9), std::ceil(x.to + 0.3)};
    y = {std::floor(std::min(y.from, y.to - narrowestDecades) + 1e-9), y.to + 0.35};
    const double tall = std::max(20.0, size().height() - axisHeight - 8);
    const auto rates = powers(static_cast<int>(y.from), static_cast<int>(y.to),
                              std::max(2, static_cast<int>(tall / 26)), roundRate);
    const QFontMetricsF metrics(chartFont(m_theme));
    double labels = 0;
    for (const Tick& tick : rates)
        labels = std::max(labels, metrics.horizontalAdvance(tick.label));
    const QRectF plot(labels + 12, 8, std::max(10.0, size().width() - labels - 36), tall);
    setTicks(*m_y, rates, y.from, y.to);
    setTicks(*m_x,
             powers(static_cast<int>(x.from), static_cast<int>(x.to),
                    std::max(2, static_cast<int>(plot.width() / 60)), plainNumber),
             x.from, x.to);
    const auto roof = [&](double power) {
        return std::log10(attainable(*m_run->device, m_run->timing.precision, std::pow(10, power)));
    };
    m_roof->replace(
        QList<QPointF>{{x.from, roof(x.from)}, {std::log10(ridgeAt), std::log10(peak)}, {x.to, roof(x.to)}});
    setPlotArea(plot);
    layout()->activate();
}

void RooflineChart::resizeEvent(QGraphicsSceneResizeEvent* event)
{
    QChart::resizeEvent(event);
    layOut();
}

QPointF RooflineChart::place(double intensity, double rate) const
{
    const QRectF plot = plotArea();
    const double x = (std::log10(intensity) - m_x->min()) / std::max(1e-9, m_x->max() - m_x->min());
    const double y = (std::log10(rate) - m_y->min()) / std::max(1e-9, m_y->max() - m_y->min());
    return {plot.left() + x * plot.width(), plot.bottom() - y * plot.height()};
}

QPointF RooflineChart::placeOf(const RooflineMark& mark) const
{
    return place(mark.place.intensity, mark.place.achieved);
}

double RooflineChart::radiusOf(const RooflineMark& mark) const
{
    const double longest = m_marks.front().share.seconds();
    return std::max(smallestRadius, largestRadius * std::sqrt(mark.share.seconds() / longest));
}

QColor RooflineChart::colourOf(Part part) const
{
    static constexpr std::array roles{Role::Attention, Role::Mlp, Role::Embedding};
    return m_theme->role(roles[static_cast<std::size_t>(part)]);
}

const RooflineMark* RooflineChart::markAt(QPointF at) const
{
    // Small marks lie above large ones.
    const RooflineMark* found = nullptr;
    for (const RooflineMark& mark : m_marks) {
        const QPointF away = placeOf(mark) - at;
        if (std::hypot(away.x(), away.y()) <= radiusOf(mark) + 2)
            found = &mark;
    }
    return found;
}

std::int32_t RooflineChart::moduleAt(QPointF at) const
{
    const RooflineMark* mark = markAt(at);
    return mark == nullptr ? -1 : mark->module;
}

void RooflineChart::setHover(std::optional<QPointF> at)
{
    m_hover = at;
    m_overlay->update();
}

std::vector<LegendEntry> RooflineChart::legend() const
{
    std::vector<LegendEntry> entries;
    for (const Part part : {Part::Prefill, Part::Decode, Part::Backward})
        if (std::ranges::find(m_marks, part, &RooflineMark::part) != m_marks.end())
            entries.push_back({colourOf(part), partTitle(*m_run, part)});
    return entries;
}

QString RooflineChart::description() const
{
    if (m_marks.empty())
        return tr("Nothing ran, so there is nothing under the roof.");
    QStringList sentences;
    for (std::size_t i = 0; i < std::min<std::size_t>(3, m_marks.size()); ++i)
        sentences += markLines(*m_run, m_marks[i]).join(QStringLiteral(", "));
    return tr("Modules that take longest: %1").arg(sentences.join(QStringLiteral("; ")));
}

void RooflineChart::paintRidge(QPainter& painter) const
{
    const QRectF plot = plotArea();
    const double at = ridge(*m_run->device, m_run->timing.precision);
    const double x = place(at, 1).x();
    painter.setPen(QPen(m_theme->dim, 1, Qt::DashLine));
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
    painter.setFont(chartFont(m_theme));
    painter.setPen(m_theme->dim);
    const QString words = tr("ridge %1 FLOP/B").arg(QString::number(at, 'f', 0));
    const double width = QFontMetricsF(painter.font()).horizontalAdvance(words) + 4;
    const double left = x + 5 + width <= plot.right() ? x + 5 : x - 5 - width;
    painter.drawText(QRectF(left, plot.bottom() - 18, width, 16), Qt::AlignVCenter, words);
    painter.drawText(QRectF(plot.left(), plot.bottom() + 20, plot.width(), 16), Qt::AlignCenter,
                     tr("FLOPs per byte of memory traffic"));
}

void RooflineChart::paintMark(QPainter& painter, const RooflineMark& mark) const
{
    const QPointF at = placeOf(mark);
    const double r = radiusOf(mark);
    const bool isSelected = mark.module == m_selected;
    painter.setPen(isSelected ? QPen(m_theme->text, 2) : QPen(m_theme->panel, 1));
    painter.setBrush(colourOf(mark.part));
    switch (mark.part) {
    case Part::Prefill: painter.drawEllipse(at, r, r); break;
    case Part::Decode:
        painter.drawPolygon(QPolygonF({at - QPointF(0, 1.25 * r), at + QPointF(1.25 * r, 0),
                                       at + QPointF(0, 1.25 * r), at - QPointF(1.25 * r, 0)}));
        break;
    case Part::Backward: painter.drawRect(QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r)); break;
    }
}

void RooflineChart::paintLabels(QPainter& painter) const
{
    painter.setFont(chartFont(m_theme));
    const QFontMetricsF metrics(painter.font());
    const QRectF plot = plotArea().adjusted(2, 2, -2, -20);
    std::vector<QRectF> taken;
    for (const RooflineMark& mark : m_marks) {
        const QPointF at = placeOf(mark);
        const double r = radiusOf(mark);
        taken.emplace_back(at.x() - r, at.y() - r, 2 * r, 2 * r);
        if (taken.size() > 2 * mostLabels)
            break;
    }
    painter.setPen(m_theme->text);
    for (std::size_t i = 0; i < std::min(mostLabels, m_marks.size()); ++i) {
        const QPointF at = placeOf(m_marks[i]);
        const double r = radiusOf(m_marks[i]);
        const QString name = text::name(*m_run, m_marks[i].module);
        const QSizeF size(metrics.horizontalAdvance(name) + 2, metrics.height());
        for (const QPointF corner : {QPointF(at.x() + r + 3, at.y() - size.height() / 2),
                                     QPointF(at.x() - size.width() / 2, at.y() + r + 1),
                                     QPointF(at.x() - r - 3 - size.width(), at.y() - size.height() / 2),
                                     QPointF(at.x() - size.width() / 2, at.y() - r - 1 - size.height()),
                                     QPointF(at.x() - size.width() / 2, at.y() + r + 1 + size.height()),
                                     QPointF(at.x() - size.width() / 2, at.y() + r + 1 + 2 * size.height()),
                                     QPointF(at.x() + r + 3, at.y() + r + 2 * size.height())}) {
            const QRectF box(corner, size);
            const auto overlaps = [&](const QRectF& other) { return other.intersects(box); };
            if (!plot.contains(box) || std::ranges::any_of(taken, overlaps))
                continue;
            painter.drawText(box, Qt::AlignCenter | Qt::TextSingleLine, name);
            taken.push_back(box);
            break;
        }
    }
}

void RooflineChart::paintEmpty(QPainter& painter) const
{
    painter.setFont(chartFont(m_theme));
    painter.setPen(m_theme->dim);
    painter.drawText(plotArea(), Qt::AlignCenter | Qt::TextWordWrap,
                     tr("Nothing ran with these inputs, so there is nothing under the roof."));
}

void RooflineChart::paintOverlay(QPainter& painter) const
{
    if (m_theme == nullptr || !m_run)
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    paintRidge(painter);
    if (m_marks.empty()) {
        paintEmpty(painter);
        return;
    }
    for (const RooflineMark& mark : m_marks)
        paintMark(painter, mark);
    const RooflineMark* hovered = m_hover ? markAt(*m_hover) : nullptr;
    if (hovered == nullptr)
        paintLabels(painter);
    else
        paintBubble(painter, placeOf(*hovered), markLines(*m_run, *hovered), QRectF(QPointF(), size()),
                    *m_theme);
}

} // namespace sunflop
