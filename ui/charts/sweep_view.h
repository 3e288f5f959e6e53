// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The sweep tab: choice of input and stacking, legend and chart, kept up with the session.

#include "ui/charts/sweep_plot.h"
#include "ui/session/latest.h"

#include <QWidget>

#include <memory>
#include <stop_token>
#include <vector>

class QComboBox;
class QPainter;

namespace sunflop {

class LegendBar;

/// Counts on a worker, the newest question only; the old curve stays meanwhile. Rests while hidden.
class SweepView : public QWidget {
    Q_OBJECT
public:
    SweepView(Session& session, QWidget* parent);
    ~SweepView() override;

    SweepPlot& plot() { return *m_plot; }
    /// Shows the sweep of an axis of this id, if the model has it.
    void setAxis(const QString& id);
    void setGrouping(Grouping grouping);
    /// Returns when the chart is up to date.
    void settle();

protected:
    void showEvent(QShowEvent* event) override;

private:
    void fillAxes();
    void refresh();
    void take(std::shared_ptr<const SweepAnswer> answer);
    void moveCursor();
    void restyle();
    void set(std::int64_t value, bool isMoving);
    const SweepAxis* axis() const;

    Session& m_session;
    QComboBox* m_axisBox;
    QComboBox* m_groupingBox;
    LegendBar* m_legend;
    SweepPlot* m_plot;
    std::vector<SweepAxis> m_axes;
    std::optional<SweepQuestion> m_asked;
    std::stop_source m_stop;
    Latest<std::shared_ptr<const SweepAnswer>> m_answers;
};

std::optional<SweepCursor> cursorOf(const SweepAxis& axis, const Run& run, const Measure& measure);
/// The sweep of the model's first axis by branch, with title and legend.
void paintSweep(const Session& session, QPainter& painter, const QRectF& area);

} // namespace sunflop
