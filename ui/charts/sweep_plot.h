// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The sweep chart on screen: the mouse reads it and sets the input that is swept.

#include "ui/charts/sweep_chart.h"

#include <QChartView>

namespace sunflop {

/// Pressing or dragging picks a value, as do the arrow keys; hovering reads.
class SweepPlot : public QChartView {
    Q_OBJECT
public:
    explicit SweepPlot(QWidget* parent);

    SweepChart& sweepChart() { return *m_chart; }
    QSize minimumSizeHint() const override { return {320, 130}; }

Q_SIGNALS:
    void picked(qint64 value, bool isMoving);
    void moveEnded();

protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;

private:
    bool isReady() const;
    void pick(const QPoint& at);
    /// The next point of the sweep after or before the cursor.
    std::int64_t neighbour(bool backwards) const;

    SweepChart* m_chart;
    bool m_isDragging = false;
};

} // namespace sunflop
