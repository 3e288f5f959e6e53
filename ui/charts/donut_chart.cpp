// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/donut_chart.h"

#include "ui/charts/chart_theme.h"
#include "ui/text.h"

#include <QFontMetricsF>
#include <QGraphicsSceneResizeEvent>
#include <QPainter>
#include <QPieSeries>

#include <algorithm>

namespace sunflop {

namespace {

constexpr double hole = 0.62;

/// Text in the hole; left out where it does not fit.
class Middle : public QGraphicsItem {
public:
    explicit Middle(DonutChart& chart) : QGraphicsItem(&chart), m_chart(chart)
    {
        setZValue(100);
        setAcceptedMouseButtons(Qt::NoButton);
    }
    QRectF boundingRect() const override { return m_chart.plotArea(); }
    void paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) override
    {
        if (m_chart.theme() == nullptr)
            return;
        const QRectF area = m_chart.plotArea();
        QFont large = chartFont(m_chart.theme(), QFont::DemiBold);
        large.setPixelSize(17);
        const double room = 0.86 * hole * area.width();
        const QPointF centre = area.center();
        const bool hasNoun =
            QFontMetricsF(chartFont(m_chart.theme())).horizontalAdvance(m_chart.noun()) <= room;
        painter->setPen(m_chart.theme()->text);
        painter->setFont(large);
        painter->drawText(QRectF(centre.x() - room / 2, centre.y() - (hasNoun ? 20 : 11), room, 22),
                          Qt::AlignCenter, m_chart.figure());
        if (!hasNoun)
            return;
        painter->setFont(chartFont(m_chart.theme()));
        painter->setPen(m_chart.theme()->dim);
        painter->drawText(QRectF(centre.x() - room / 2, centre.y() + 2, room, 16), Qt::AlignCenter,
                          m_chart.noun());
    }

private:
    DonutChart& m_chart;
};

struct SliceData {
    QString name;
    QColor colour;
    Count figure;
};

std::vector<SliceData> slicesOf(const BreakdownTable& table, const Theme& theme)
{
    std::vector<SliceData> slices;
    const auto nonZero =
        std::ranges::count_if(table.rows, [](const auto& row) { return row.figure > Count(0); });
    const bool isGathered = nonZero > static_cast<std::ptrdiff_t>(DonutChart::mostSlices);
    SliceData rest{DonutChart::tr("other"), theme.rest, 0};
    for (const BreakdownRow& row : table.rows) {
        if (row.figure == Count(0))
            continue;
        if (isGathered && slices.size() + 1 == DonutChart::mostSlices)
            rest.figure += row.figure;
        else
            slices.push_back({row.name, row.colour, row.figure});
    }
    if (isGathered)
        slices.push_back(rest);
    return slices;
}

} // namespace

DonutChart::DonutChart(QGraphicsItem* parent)
    : QChart(parent), m_series(new QPieSeries), m_middle(new Middle(*this))
{
    m_series->setHoleSize(hole);
    m_series->setPieSize(1);
    addSeries(m_series);
}

void DonutChart::show(const BreakdownTable& table, const Theme& theme)
{
    m_theme = &theme;
    styleChart(*this, theme);
    m_figure = text::brief(table.total, *table.measure);
    m_noun = text::noun(*table.measure);
    const auto slices = slicesOf(table, theme);
    // A series whose sum is zero keeps its old picture.
    m_series->setVisible(!slices.empty());
    while (m_series->count() > static_cast<int>(slices.size()))
        m_series->remove(m_series->slices().last());
    while (m_series->count() < static_cast<int>(slices.size()))
        m_series->append(QString(), 1);
    for (std::size_t i = 0; i < slices.size(); ++i) {
        QPieSlice* slice = m_series->slices().at(static_cast<qsizetype>(i));
        slice->setLabel(slices[i].name);
        slice->setValue(static_cast<double>(slices[i].figure.value()));
        slice->setBrush(slices[i].colour);
        slice->setPen(QPen(theme.panel, slices.size() > 1 ? 1.5 : 0));
    }
    m_middle->update();
}

void DonutChart::resizeEvent(QGraphicsSceneResizeEvent* event)
{
    QChart::resizeEvent(event);
    const double side = std::max(10.0, std::min(size().width(), size().height()) - 8);
    setPlotArea(QRectF((size().width() - side) / 2, (size().height() - side) / 2, side, side));
}

} // namespace sunflop
