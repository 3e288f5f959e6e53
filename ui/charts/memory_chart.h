// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Stacked bars of memory by what holds it, with the device's memory as a line.

#include "ui/charts/chart_theme.h"
#include "ui/charts/memory_question.h"
#include "ui/memory_text.h"

#include <QChart>

#include <optional>
#include <vector>

class QBarCategoryAxis;
class QBarSet;
class QHorizontalStackedBarSeries;

namespace sunflop {

/// Lays itself out for its size. The axis ends at the largest bar or the device's memory; a device many times
/// as large as every bar is only named at the edge.
class MemoryChart : public QChart {
    Q_OBJECT
public:
    explicit MemoryChart(QGraphicsItem* parent = nullptr);

    void setTheme(const Theme& theme);
    void show(std::vector<MemoryBar> bars, const Device& device);
    /// Shows the parts of the bar at this height.
    void setHover(std::optional<double> y);

    const std::vector<MemoryBar>& bars() const { return m_bars; }
    const std::vector<LegendEntry>& legend() const { return m_legend; }
    /// Every bar with its parts, for screen readers.
    QString description() const;
    /// What the bubble of a bar says.
    QStringList readout(const MemoryBar& bar) const;

    void resizeEvent(QGraphicsSceneResizeEvent* event) override;
    void paintOverlay(QPainter& painter) const;

private:
    void fill();
    void layOut();
    bool showsDevice() const;
    double largest() const;
    double xAt(Count bytes) const;
    double yOf(std::size_t bar) const;
    void paintDevice(QPainter& painter) const;

    std::vector<QBarSet*> m_sets;
    QHorizontalStackedBarSeries* m_series;
    QCategoryAxis* m_x;
    QBarCategoryAxis* m_y;
    QGraphicsItem* m_overlay;
    const Theme* m_theme = nullptr;
    const Device* m_device = nullptr;
    std::vector<MemoryBar> m_bars;
    std::vector<LegendEntry> m_legend;
    std::optional<std::size_t> m_hover;
};

} // namespace sunflop
