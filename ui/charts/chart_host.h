// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Where charts stand: a view in a tab, or a figure under a headline.

#include "ui/charts/chart_theme.h"

#include <QChartView>
#include <QString>

#include <vector>

namespace sunflop {

struct FigureParts;

/// A frameless view without a ground, that follows the mouse. The view owns the chart.
QChartView* chartView(QChart* chart, QWidget* parent);

/// Headline and legend in one line where they fit, else below each other. Either may be empty.
struct FigureHead {
    QString title;
    std::vector<LegendEntry> legend;
};

/// What of a head is shown.
FigureHead figureHead(const FigureParts& parts, QString title, std::vector<LegendEntry> legend);
/// The height that a head takes in a width.
double headHeight(const FigureHead& head, double width, const Theme& theme);
void paintHead(const FigureHead& head, QPainter& painter, const QRectF& area, const Theme& theme);

/// Renders a chart that has its data, below its head; deletes it.
void paintChart(QChart* chart, const FigureHead& head, QPainter& painter, const QRectF& area,
                const Theme& theme);

} // namespace sunflop
