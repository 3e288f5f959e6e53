// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_theme.h"

#include "ui/fonts.h"
#include "ui/text.h"

#include <QCategoryAxis>
#include <QChart>
#include <QCoreApplication>
#include <QFontMetricsF>
#include <QGraphicsLayout>
#include <QLegend>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>

namespace sunflop {

namespace {

constexpr double swatchWidth = 9;
constexpr double swatchGap = 6;
constexpr double entryGap = 16;

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least x.
double roundStep(double x)
{
    const double power = std::pow(10, std::floor(std::log10(x)));
    for (const double factor : {1.0, 2.0, 2.5, 5.0})
        if (factor * power >= x * (1 - 1e-9))
            return factor * power;
    return 10 * power;
}

double amountStep(double largest, const Measure& measure, int most)
{
    const double least = largest / most;
    if (measure.unit != "B")
        return std::max(1.0, roundStep(least));
    const double unit = std::pow(1024, std::max(0.0, std::floor(std::log2(largest) / 10)));
    return unit * std::max(roundStep(least / unit), 1 / unit);
}

/// A brief number without the zeros that only say how exact it is: "50 T", "2.5 T".
QString axisText(double value, const Measure& measure)
{
    if (value == 0)
        return QStringLiteral("0");
    QString digits = text::brief(static_cast<std::int64_t>(value), measure);
    const QString unit = digits.mid(digits.indexOf(QChar(0x202F)));
    if (unit.size() == digits.size() || !digits.contains(QLatin1Char('.')))
        return digits;
    digits.chop(unit.size());
    while (digits.endsWith(QLatin1Char('0')))
        digits.chop(1);
    if (digits.endsWith(QLatin1Char('.')))
        digits.chop(1);
    return digits + unit;
}

/// Short units stand behind every label, long ones only where there is room.
QString tickLabel(std::int64_t value, const QString& unit)
{
    return withUnit(value, unit.size() <= 2 ? unit : QString());
}

double entryWidth(const QFontMetricsF& metrics, const LegendEntry& entry)
{
    return swatchWidth + swatchGap + metrics.horizontalAdvance(entry.name);
}

} // namespace

QFont chartFont(QFont::Weight weight)
{
    return bundledFont(12, weight);
}

QFont chartFont(const Theme* theme, QFont::Weight weight)
{
    QFont font = chartFont(weight);
    if (theme != nullptr && !theme->fontFamily.isEmpty())
        font.setFamilies({theme->fontFamily});
    return font;
}

void styleChart(QChart& chart, const Theme& theme)
{
    chart.setAnimationOptions(QChart::NoAnimation);
    chart.setBackgroundRoundness(0);
    chart.setBackgroundPen(Qt::NoPen);
    // NoBrush would count as "not set by hand".
    chart.setBackgroundBrush(QBrush(Qt::transparent));
    chart.setPlotAreaBackgroundVisible(false);
    chart.setMargins({});
    chart.layout()->setContentsMargins(0, 0, 0, 0);
    chart.legend()->hide();
    chart.setTitleBrush(theme.text);
}

void styleAxis(QCategoryAxis& axis, const Theme& theme, bool hasGrid)
{
    axis.setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
    axis.setLabelsFont(chartFont(&theme));
    axis.setLabelsColor(theme.dim);
    axis.setLinePen(QPen(theme.border, 1));
    axis.setGridLinePen(QPen(theme.grid, 1));
    axis.setGridLineVisible(hasGrid);
    axis.setTruncateLabels(false);
}

std::vector<Tick> amountTicks(double largest, const Measure& measure, int most)
{
    if (largest <= 0)
        return {{0, QStringLiteral("0")}, {1, QString()}};
    const double step = amountStep(largest, measure, std::max(1, most));
    const auto steps = static_cast<int>(std::ceil(largest / step - 1e-9));
    std::vector<Tick> ticks;
    for (int i = 0; i <= steps; ++i)
        ticks.push_back({i * step, axisText(i * step, measure)});
    return ticks;
}

std::vector<Tick> decadeTicks(double smallest, double largest, const Measure& measure, int most)
{
    const double base = measure.unit == "B" ? 32 : 10;
    const auto powerOf = [base](double x) { return std::log(std::max(x, 1.0)) / std::log(base); };
    const auto first = static_cast<int>(std::floor(powerOf(smallest) + 1e-9));
    const auto last = std::max(first + 1, static_cast<int>(std::ceil(powerOf(largest) - 1e-9)));
    const int stride = std::max(1, (last - first + most - 1) / std::max(1, most));
    std::vector<Tick> ticks;
    for (int power = last; power > first - stride; power -= stride) {
        const double amount = std::pow(base, std::max(0, power));
        ticks.insert(ticks.begin(), {std::log10(amount), axisText(amount, measure)});
        if (power <= 0)
            break;
    }
    return ticks;
}

std::vector<Tick> valueTicks(std::int64_t from, std::int64_t to, const QString& unit, int most)
{
    const auto range = static_cast<double>(to - from);
    double step = std::max(1.0, roundStep(std::max(1.0, range / std::max(1, most))));
    if (unit == QLatin1String("px"))
        for (step = 112; range / step > most;)
            step *= 2;
    step = std::ceil(step);
    std::vector<Tick> ticks;
    for (double x = std::ceil(static_cast<double>(from) / step) * step; x <= static_cast<double>(to);
         x += step)
        ticks.push_back({x, tickLabel(std::llround(x), unit)});
    return ticks;
}

std::vector<Tick> powerTicks(std::int64_t from, std::int64_t to, const QString& unit, int most)
{
    const auto first = static_cast<int>(std::ceil(std::log2(std::max<double>(1, static_cast<double>(from)))));
    const auto last = static_cast<int>(std::floor(std::log2(static_cast<double>(to))));
    const int stride = std::max(1, (last - first + most) / std::max(1, most));
    std::vector<Tick> ticks;
    for (int power = first; power <= last; power += stride) {
        const std::int64_t value = std::int64_t{1} << power;
        ticks.push_back({std::log10(static_cast<double>(value)), tickLabel(value, unit)});
    }
    return ticks;
}

void setTicks(QCategoryAxis& axis, const std::vector<Tick>& ticks, double from, double to)
{
    for (const QString& label : axis.categoriesLabels())
        axis.remove(label);
    axis.setStartValue(from);
    for (const Tick& tick : ticks)
        axis.append(tick.label, tick.position);
    axis.setRange(from, to);
}

QString withUnit(std::int64_t value, const QString& unit)
{
    const QString digits = text::exact(value);
    // "1 sequences" would be wrong, "1 px" is not.
    const bool hasUnit = !unit.isEmpty() && (value != 1 || unit.size() <= 2);
    return hasUnit ? digits + QChar(0x202F) + unit : digits;
}

QString groupName(const Group& group, Grouping grouping, const QString& modelName)
{
    if (grouping == Grouping::Role)
        return text::roleTitle(group.role);
    return group.name.empty() ? modelName : text::from(group.name);
}

QColor groupColour(const Group& group, std::size_t index, Grouping grouping, const Theme& theme)
{
    switch (grouping) {
    case Grouping::Branch:
        if (group.name.empty())
            return theme.rest;
        return theme.branch(static_cast<int>(index), 2 * static_cast<int>(index / theme.branches.size()));
    case Grouping::Role: return theme.role(group.role);
    case Grouping::Class:
    case Grouping::Operator: break;
    }
    // Rank, not role: many classes and operators share a role.
    static constexpr std::array order{Role::Attention, Role::Mlp,    Role::Embedding,
                                      Role::Head,      Role::Conv,   Role::Norm,
                                      Role::Projector, Role::Router, Role::Activation};
    return theme.role(order[index % order.size()]);
}

double legendWidth(const std::vector<LegendEntry>& entries, const Theme& theme)
{
    const QFontMetricsF metrics(chartFont(&theme));
    double width = 0;
    for (const LegendEntry& entry : entries)
        width += entryWidth(metrics, entry) + (width > 0 ? entryGap : 0);
    return width;
}

double paintLegend(QPainter& painter, const QRectF& area, const std::vector<LegendEntry>& entries,
                   const Theme& theme)
{
    painter.setFont(chartFont(&theme));
    const QFontMetricsF metrics(painter.font());
    std::size_t shown = 0;
    double width = 0;
    const double reserve =
        entries.size() > 1 ? metrics.horizontalAdvance(QStringLiteral("+00")) + entryGap : 0;
    for (; shown < entries.size(); ++shown) {
        const double next = width + (shown > 0 ? entryGap : 0) + entryWidth(metrics, entries[shown]);
        const bool isLast = shown + 1 == entries.size();
        if (next > area.width() - (isLast ? 0 : reserve))
            break;
        width = next;
    }
    const QString rest =
        shown < entries.size() ? QStringLiteral("+%1").arg(entries.size() - shown) : QString();
    if (!rest.isEmpty())
        width += entryGap + metrics.horizontalAdvance(rest);
    double x = area.right() - width;
    painter.setRenderHint(QPainter::Antialiasing);
    for (std::size_t i = 0; i < shown; ++i) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(entries[i].colour);
        painter.drawRoundedRect(QRectF(x, area.center().y() - swatchWidth / 2, swatchWidth, swatchWidth), 2,
                                2);
        painter.setPen(theme.dim);
        const double textWidth = metrics.horizontalAdvance(entries[i].name);
        painter.drawText(QRectF(x + swatchWidth + swatchGap, area.top(), textWidth + 1, area.height()),
                         Qt::AlignVCenter | Qt::TextSingleLine, entries[i].name);
        x += entryWidth(metrics, entries[i]) + entryGap;
    }
    painter.setPen(theme.dim);
    painter.drawText(QRectF(x, area.top(), area.right() - x + 1, area.height()), Qt::AlignVCenter, rest);
    return width;
}

QRectF paintBubble(QPainter& painter, QPointF beside, const QStringList& lines, const QRectF& bounds,
                   const Theme& theme)
{
    const QFontMetricsF strong(chartFont(&theme, QFont::DemiBold));
    const QFontMetricsF plain(chartFont(&theme));
    double width = 0;
    for (int i = 0; i < lines.size(); ++i)
        width = std::max(width, (i == 0 ? strong : plain).horizontalAdvance(lines[i]));
    const double lineHeight = std::ceil(strong.height()) + 1;
    QRectF box(beside.x() + 10, beside.y() - 12 - lineHeight, width + 18,
               lineHeight * static_cast<double>(lines.size()) + 7);
    if (box.right() > bounds.right())
        box.moveRight(beside.x() - 10);
    box.moveLeft(
        std::clamp(box.left(), bounds.left(), std::max(bounds.left(), bounds.right() - box.width())));
    box.moveTop(std::clamp(box.top(), bounds.top(), std::max(bounds.top(), bounds.bottom() - box.height())));
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.text);
    painter.drawRoundedRect(box, 6, 6);
    painter.setPen(theme.panel);
    for (int i = 0; i < lines.size(); ++i) {
        painter.setFont(chartFont(&theme, i == 0 ? QFont::DemiBold : QFont::Normal));
        painter.drawText(QRectF(box.left() + 9, box.top() + 3.5 + i * lineHeight, width + 1, lineHeight),
                         Qt::AlignVCenter | Qt::TextSingleLine, lines[i]);
    }
    return box;
}

} // namespace sunflop
