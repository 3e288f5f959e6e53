// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The look of every chart: Qt Charts coloured by hand from a theme, readable ticks, legends and labels.

#include "core/cost/breakdown.h"
#include "core/cost/measure.h"
#include "ui/theme.h"

#include <QFont>
#include <QRectF>
#include <QString>
#include <QStringList>

#include <cstdint>
#include <vector>

class QCategoryAxis;
class QChart;
class QPainter;

namespace sunflop {

/// A mark on an axis.
struct Tick {
    double position = 0;
    QString label;
};

/// What one colour stands for.
struct LegendEntry {
    QColor colour;
    QString name;
};

QFont chartFont(QFont::Weight weight = QFont::Normal);
/// The same in the family of a theme; null: the compiled-in one.
QFont chartFont(const Theme* theme, QFont::Weight weight = QFont::Normal);

/// No theme, margins, animation or legend of Qt Charts: what QChart::setTheme() would paint over.
void styleChart(QChart& chart, const Theme& theme);
void styleAxis(QCategoryAxis& axis, const Theme& theme, bool hasGrid);

/// Round amounts from zero to the first one above `largest`, at most `most` steps, in powers of 1024 for
/// bytes.
std::vector<Tick> amountTicks(double largest, const Measure& measure, int most);
/// Powers of ten, of 32 for bytes, around two amounts, at log10 of their value; at most about `most`.
std::vector<Tick> decadeTicks(double smallest, double largest, const Measure& measure, int most);
/// Round values between two ends. Pixels go by multiples of 112, a multiple of common patch sizes.
std::vector<Tick> valueTicks(std::int64_t from, std::int64_t to, const QString& unit, int most);
/// Powers of two between two ends, at log10 of their value.
std::vector<Tick> powerTicks(std::int64_t from, std::int64_t to, const QString& unit, int most);
void setTicks(QCategoryAxis& axis, const std::vector<Tick>& ticks, double from, double to);

/// "512 px", "16,384 tokens", "1"
QString withUnit(std::int64_t value, const QString& unit);

/// The name a group is shown under.
QString groupName(const Group& group, Grouping grouping, const QString& modelName);
QColor groupColour(const Group& group, std::size_t index, Grouping grouping, const Theme& theme);

/// What all entries in one line take.
double legendWidth(const std::vector<LegendEntry>& entries, const Theme& theme);
/// Entries in one line that ends at the right edge of `area`; those that do not fit become "+n". Returns the
/// width used.
double paintLegend(QPainter& painter, const QRectF& area, const std::vector<LegendEntry>& entries,
                   const Theme& theme);
/// A box of text lines beside a point, kept inside `bounds`; the first line stands out. Returns where it is.
QRectF paintBubble(QPainter& painter, QPointF beside, const QStringList& lines, const QRectF& bounds,
                   const Theme& theme);

} // namespace sunflop
