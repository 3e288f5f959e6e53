// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_host.h"

#include "ui/session/session.h"

#include <QGraphicsLayout>
#include <QGraphicsScene>
#include <QPainter>

#include <algorithm>

namespace sunflop {

QChartView* chartView(QChart* chart, QWidget* parent)
{
    auto* view = new QChartView(chart, parent);
    view->setRenderHint(QPainter::Antialiasing);
    view->setFrameShape(QFrame::NoFrame);
    view->setBackgroundBrush(Qt::NoBrush);
    view->viewport()->setAutoFillBackground(false);
    view->setMouseTracking(true);
    view->setViewportUpdateMode(QGraphicsView::FullViewportUpdate);
    view->setMinimumSize(220, 120);
    return view;
}

FigureHead figureHead(const FigureParts& parts, QString title, std::vector<LegendEntry> legend)
{
    FigureHead head;
    if (parts.hasTitle)
        head.title = std::move(title);
    if (parts.hasLegend)
        head.legend = std::move(legend);
    return head;
}

namespace {

constexpr double lineHeight = 26;
constexpr double legendLine = 20;
constexpr double between = 16;

/// Entries in as many lines as they need in a width.
std::vector<std::vector<LegendEntry>> linesOf(const std::vector<LegendEntry>& entries, double width,
                                              const Theme& theme)
{
    std::vector<std::vector<LegendEntry>> lines;
    for (const LegendEntry& entry : entries) {
        if (!lines.empty()) {
            lines.back().push_back(entry);
            if (legendWidth(lines.back(), theme) <= width)
                continue;
            lines.back().pop_back();
        }
        lines.push_back({entry});
    }
    return lines;
}

double titleWidth(const FigureHead& head, const Theme& theme)
{
    return QFontMetricsF(chartFont(&theme, QFont::DemiBold)).horizontalAdvance(head.title);
}

bool isOneLine(const FigureHead& head, double width, const Theme& theme)
{
    return head.title.isEmpty() || head.legend.empty() ||
           titleWidth(head, theme) + between + legendWidth(head.legend, theme) <= width - 8;
}

} // namespace

double headHeight(const FigureHead& head, double width, const Theme& theme)
{
    if (head.title.isEmpty() && head.legend.empty())
        return 0;
    if (isOneLine(head, width, theme) && legendWidth(head.legend, theme) <= width - 8)
        return lineHeight;
    const auto lines = static_cast<double>(linesOf(head.legend, width - 8, theme).size());
    return (head.title.isEmpty() ? 0 : lineHeight) + lines * legendLine + (lineHeight - legendLine);
}

void paintHead(const FigureHead& head, QPainter& painter, const QRectF& area, const Theme& theme)
{
    QRectF line(area.left() + 4, area.top(), area.width() - 8, lineHeight);
    const double width = legendWidth(head.legend, theme);
    if (isOneLine(head, area.width(), theme) && width <= line.width()) {
        paintLegend(painter, line, head.legend, theme);
        line.setWidth(line.width() - (width > 0 ? width + between : 0));
    } else {
        // Lines of its own begin where the title does.
        QRectF row(line.left(), head.title.isEmpty() ? line.top() : line.bottom(), line.width(), legendLine);
        for (const auto& entries : linesOf(head.legend, line.width(), theme)) {
            paintLegend(
                painter,
                {row.topLeft(), QSizeF(std::min(row.width(), legendWidth(entries, theme)), legendLine)},
                entries, theme);
            row.translate(0, legendLine);
        }
    }
    painter.setPen(theme.text);
    painter.setFont(chartFont(&theme, QFont::DemiBold));
    painter.drawText(line, Qt::AlignVCenter | Qt::TextSingleLine,
                     QFontMetricsF(painter.font()).elidedText(head.title, Qt::ElideRight, line.width()));
}

void paintChart(QChart* chart, const FigureHead& head, QPainter& painter, const QRectF& area,
                const Theme& theme)
{
    const double height = headHeight(head, area.width(), theme);
    QGraphicsScene scene;
    scene.addItem(chart);
    chart->resize(area.size() - QSizeF(0, height));
    chart->layout()->activate();
    painter.setRenderHint(QPainter::Antialiasing);
    scene.render(&painter, QRectF(area.topLeft() + QPointF(0, height), chart->size()), chart->geometry());
    paintHead(head, painter, area, theme);
}

} // namespace sunflop
