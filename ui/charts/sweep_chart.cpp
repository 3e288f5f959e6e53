// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/sweep_chart.h"

#include "ui/charts/sweep_overlay.h"
#include "ui/text.h"

#include <QAreaSeries>
#include <QCategoryAxis>
#include <QFontMetricsF>
#include <QGraphicsLayout>
#include <QGraphicsSceneResizeEvent>
#include <QLineSeries>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sunflop {

namespace {

/// Where zero stands on a logarithmic axis: half a decade before one.
constexpr double logOfZero = -0.5;
constexpr double axisHeight = 24;
constexpr double pixelsPerTick = 74;
constexpr double pixelsPerRow = 38;

} // namespace

SweepChart::SweepChart(QGraphicsItem* parent)
    : QChart(parent), m_x(new QCategoryAxis(this)), m_y(new QCategoryAxis(this)),
      m_overlay(new SweepOverlay(*this))
{
    addAxis(m_x, Qt::AlignBottom);
    addAxis(m_y, Qt::AlignLeft);
}

void SweepChart::setTheme(const Theme& theme)
{
    m_theme = &theme;
    styleChart(*this, theme);
    styleAxis(*m_x, theme, false);
    styleAxis(*m_y, theme, true);
    if (m_answer)
        fillLegend();
    m_overlay->update();
}

void SweepChart::show(std::shared_ptr<const SweepAnswer> answer, const QStringList& modelNames)
{
    m_answer = std::move(answer);
    m_modelNames = modelNames;
    m_hover.reset();
    const std::size_t areas = isStacked() ? m_answer->sweep.groups.size() : 0;
    if (m_areas.size() != areas || m_lines.size() != m_answer->sweep.groups.size() + 1)
        rebuildSeries();
    fillLegend();
    layOut();
    if (isStacked())
        fillAreas();
    else
        fillLines();
}

void SweepChart::setCursor(std::optional<SweepCursor> cursor)
{
    m_cursor = std::move(cursor);
    m_overlay->update();
}

void SweepChart::setHover(std::optional<std::int64_t> value)
{
    if (std::exchange(m_hover, value) != value)
        m_overlay->update();
}

std::optional<Count> SweepChart::figure(const SweepPoint& point, std::size_t group) const
{
    return point.figure(group, measure());
}

bool SweepChart::hasFigures() const
{
    return std::ranges::any_of(m_answer->sweep.points,
                               [this](const SweepPoint& point) { return total(point).has_value(); });
}

std::optional<Count> SweepChart::total(const SweepPoint& point) const
{
    std::optional<Count> sum;
    for (std::size_t i = 0; i < point.costs.size(); ++i)
        if (const auto known = figure(point, i))
            sum = sum.value_or(Count()) + *known;
    return sum;
}

/// What the topmost line or area shows.
std::optional<Count> SweepChart::highest(const SweepPoint& point) const
{
    if (!isComparison())
        return total(point);
    std::optional<Count> most;
    for (std::size_t i = 0; i < point.costs.size(); ++i)
        most = std::max(most, figure(point, i)); // nothing is less than any figure
    return most;
}

/// Whether a group ever takes half a percent of the highest stack.
bool SweepChart::isVisible(std::size_t group) const
{
    if (isComparison())
        return true;
    return std::ranges::any_of(m_answer->sweep.points, [&](const SweepPoint& point) {
        const auto known = figure(point, group);
        return known && text::fraction(*known, *total(point)) >= 0.005;
    });
}

std::vector<Crossing> SweepChart::shownCrossings() const
{
    constexpr std::size_t most = 3;
    constexpr double least = 0.05; // of the total there
    std::vector<Crossing> shown;
    for (const Crossing& crossing : m_answer->sweep.crossings) {
        const auto& points = m_answer->sweep.points;
        const auto after = std::ranges::lower_bound(points, crossing.at, {}, &SweepPoint::value);
        const auto whole = after != points.end() ? total(*after) : std::nullopt;
        if (shown.size() < most && whole && text::fraction(crossing.figure, *whole) >= least)
            shown.push_back(crossing);
    }
    return shown;
}

QString SweepChart::unit() const
{
    return text::from(m_answer->question.axis.unit);
}

QString SweepChart::nameOf(std::size_t group) const
{
    const Group& shown = m_answer->sweep.groups[group];
    return isComparison()
               ? text::from(shown.name) + QStringLiteral("  ") + m_modelNames.value(static_cast<int>(group))
               : groupName(shown, m_answer->question.grouping, m_modelNames.value(0));
}

/// Sides have the colours of their letters.
QColor SweepChart::colourOf(std::size_t group) const
{
    const auto& groups = m_answer->sweep.groups;
    if (isComparison())
        return group == 0 ? m_theme->badgeA : m_theme->badgeB;
    // The model's own part has no number.
    const auto branch =
        std::ranges::count_if(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(group),
                              [](const Group& before) { return !before.name.empty(); });
    return groupColour(groups[group], groups[group].name.empty() ? 0 : static_cast<std::size_t>(branch),
                       m_answer->question.grouping, *m_theme);
}

QString SweepChart::crossingText(const Crossing& crossing) const
{
    const auto name = [&](std::size_t group) {
        return isComparison() ? text::from(m_answer->sweep.groups[group].name) : nameOf(group);
    };
    return tr("%1 > %2 from %3")
        .arg(name(crossing.over), name(crossing.under), withUnit(crossing.at, unit()));
}

double SweepChart::position(std::int64_t value) const
{
    const auto x = static_cast<double>(value);
    if (!isLogarithmic())
        return x;
    return value > 0 ? std::log10(x) : logOfZero;
}

double SweepChart::xAt(std::int64_t value) const
{
    const double from = m_x->min();
    const double t = (position(value) - from) / std::max(1e-9, m_x->max() - from);
    return plotArea().left() + t * plotArea().width();
}

double SweepChart::height(double figure) const
{
    return isLogarithmic() ? std::log10(std::max(figure, 1.0)) : figure;
}

double SweepChart::yAt(Count figure) const
{
    const double from = m_y->min();
    const double t = (height(static_cast<double>(figure.value())) - from) / std::max(1e-9, m_y->max() - from);
    return plotArea().bottom() - std::max(0.0, t) * plotArea().height();
}

std::int64_t SweepChart::valueAt(double x) const
{
    const QRectF plot = plotArea();
    const double t = std::clamp((x - plot.left()) / std::max(1.0, plot.width()), 0.0, 1.0);
    const double at = m_x->min() + t * (m_x->max() - m_x->min());
    const Axis& axis = m_answer->question.axis;
    double value = at;
    if (isLogarithmic())
        value = at < logOfZero / 2 ? 0 : std::pow(10, at);
    const auto step = static_cast<double>(axis.step);
    const auto steps = std::llround((value - static_cast<double>(axis.minimum)) / step);
    return std::clamp<std::int64_t>(axis.minimum + steps * axis.step, axis.minimum, axis.maximum);
}

/// Where two lines meet; in a stack the top of it, on the line between the two points around.
QPointF SweepChart::placeOf(const Crossing& crossing) const
{
    const double x = xAt(crossing.at);
    if (!isStacked())
        return {x, yAt(crossing.figure)};
    const auto& points = m_answer->sweep.points;
    const auto after = std::ranges::lower_bound(points, crossing.at, {}, &SweepPoint::value);
    const auto top = [this](const SweepPoint& point) { return yAt(total(point).value_or(Count())); };
    if (after == points.end() || after == points.begin())
        return {x, top(after == points.end() ? points.back() : points.front())};
    const auto before = std::prev(after);
    const double t = (x - xAt(before->value)) / (xAt(after->value) - xAt(before->value));
    return {x, std::lerp(top(*before), top(*after), t)};
}

QStringList SweepChart::readout(const SweepPoint& point) const
{
    const QString gap = QStringLiteral("  ");
    QStringList lines{withUnit(point.value, unit())};
    const auto whole = total(point);
    if (!isComparison() && whole)
        lines.front() += QStringLiteral("  ·  ") + text::brief(*whole, measure());
    for (std::size_t i = point.costs.size(); i-- > 0;) {
        const auto known = figure(point, i);
        if (known && isVisible(i) && lines.size() < 7)
            lines << nameOf(i) + gap + text::brief(*known, measure()) +
                         (isComparison() ? QString() : gap + text::share(*known, *whole));
    }
    if (isComparison())
        std::reverse(std::next(lines.begin()), lines.end());
    return lines;
}

void SweepChart::rebuildSeries()
{
    for (QAbstractSeries* shown : series())
        removeSeries(shown);
    qDeleteAll(m_areas);
    qDeleteAll(m_lines);
    m_lines.clear();
    m_areas.clear();
    const auto add = [this](QAbstractSeries* series) {
        addSeries(series);
        series->attachAxis(m_x);
        series->attachAxis(m_y);
    };
    for (std::size_t i = 0; i <= m_answer->sweep.groups.size(); ++i) {
        m_lines.push_back(new QLineSeries(this));
        if (!isStacked()) {
            add(m_lines.back());
        } else if (i > 0) {
            m_areas.push_back(new QAreaSeries(m_lines[i], m_lines[i - 1]));
            add(m_areas.back());
        }
    }
}

void SweepChart::fillAreas()
{
    QList<QPointF> line;
    std::vector<const SweepPoint*> points; ///< of the line
    for (const SweepPoint& point : m_answer->sweep.points) {
        if (!total(point))
            continue;
        points.push_back(&point);
        line.append({position(point.value), 0});
    }
    m_lines.front()->replace(line);
    for (std::size_t i = 0; i < m_areas.size(); ++i) {
        for (qsizetype p = 0; p < line.size(); ++p) {
            const SweepPoint& point = *points[static_cast<std::size_t>(p)];
            line[p].ry() += static_cast<double>(figure(point, i).value_or(Count()).value());
        }
        m_lines[i + 1]->replace(line);
    }
}

void SweepChart::fillLines()
{
    const auto lineOf = [&](auto figureOf) {
        QList<QPointF> line;
        for (const SweepPoint& point : m_answer->sweep.points)
            if (const auto known = figureOf(point))
                line.append({position(point.value),
                             std::max(m_y->min(), height(static_cast<double>(known->value())))});
        return line;
    };
    m_lines.front()->replace(lineOf([&](const SweepPoint& point) { return total(point); }));
    for (std::size_t i = 0; i + 1 < m_lines.size(); ++i)
        m_lines[i + 1]->replace(lineOf([&](const SweepPoint& point) { return figure(point, i); }));
}

void SweepChart::fillLegend()
{
    m_legend.clear();
    for (std::size_t i = 0; i + 1 < m_lines.size(); ++i) {
        const QColor colour = colourOf(i);
        m_lines[i + 1]->setPen(QPen(colour, 2));
        m_lines[i + 1]->setVisible(isVisible(i));
        if (isStacked()) {
            m_areas[i]->setBrush(colour);
            m_areas[i]->setPen(isVisible(i) ? QPen(m_theme->panel, 1) : QPen(Qt::NoPen));
        }
        if (isVisible(i))
            m_legend.push_back({colour, nameOf(i)});
    }
    m_lines.front()->setPen(QPen(m_theme->text, 1.5));
    m_lines.front()->setVisible(!isComparison());
    if (isComparison())
        return;
    std::ranges::reverse(m_legend);
    if (isLogarithmic() && m_legend.size() > 1)
        m_legend.insert(m_legend.begin(), {m_theme->text, tr("total")});
}

std::vector<Tick> SweepChart::figureTicks(double pixels) const
{
    const int most = std::clamp(static_cast<int>(pixels / pixelsPerRow), 2, 6);
    double largest = 1;
    double smallest = std::numeric_limits<double>::infinity();
    for (const SweepPoint& point : m_answer->sweep.points) {
        largest = std::max(largest, static_cast<double>(highest(point).value_or(Count()).value()));
        for (std::size_t i = 0; i < point.costs.size(); ++i)
            if (const auto known = figure(point, i); isVisible(i) && known > Count(0))
                smallest = std::min(smallest, static_cast<double>(known->value()));
    }
    if (!isLogarithmic())
        return amountTicks(largest, measure(), most);
    constexpr double widest = 1e6; // what lies further below is of no account
    return decadeTicks(std::clamp(smallest, largest / widest, largest), largest, measure(), most);
}

std::vector<Tick> SweepChart::inputTicks(double pixels) const
{
    const SweepRange& range = m_answer->question.range;
    const int most = std::max(2, static_cast<int>(pixels / pixelsPerTick));
    if (!isLogarithmic())
        return valueTicks(range.from, range.to, unit(), most);
    auto ticks = powerTicks(range.from, range.to, unit(), most);
    if (range.from == 0)
        ticks.insert(ticks.begin(), {logOfZero, QStringLiteral("0")});
    return ticks;
}

void SweepChart::layOut()
{
    if (!m_answer || !hasFigures() || size().isEmpty())
        return;
    const double tall = size().height() - axisHeight - 8;
    const std::vector<Tick> figures = figureTicks(tall);
    const QFontMetricsF metrics(chartFont(m_theme));
    double labels = 0;
    for (const Tick& tick : figures)
        labels = std::max(labels, metrics.horizontalAdvance(tick.label));
    const QRectF plot(labels + 12, 8, size().width() - labels - 12 - 34, tall);
    const SweepRange& range = m_answer->question.range;
    setTicks(*m_y, figures, figures.front().position, figures.back().position);
    setTicks(*m_x, inputTicks(plot.width()), position(range.from),
             std::max(position(range.to), position(range.from) + 1e-6));
    setPlotArea(plot);
    // The axes would keep the place of the layout before until the next event.
    layout()->activate();
}

void SweepChart::resizeEvent(QGraphicsSceneResizeEvent* event)
{
    QChart::resizeEvent(event);
    layOut();
}

} // namespace sunflop
