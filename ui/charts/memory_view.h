// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The memory tab: the model's inference, serving and training on the chosen device.

#include "ui/charts/memory_chart.h"
#include "ui/session/session.h"

#include <QWidget>

#include <optional>

class QChartView;
class QLabel;

namespace sunflop {

class LegendBar;

/// The bar of the run that the window shows follows at once; the others come from a worker.
class MemoryView : public QWidget {
    Q_OBJECT
public:
    MemoryView(Session& session, QWidget* parent);

    MemoryChart& chart() { return *m_chart; }
    /// Returns when all bars are up to date.
    void settle();

protected:
    void showEvent(QShowEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void refresh();
    void take(std::vector<MemoryBar> bars);
    void showBars();

    Session& m_session;
    QLabel* m_summary;
    LegendBar* m_legend;
    MemoryChart* m_chart;
    QChartView* m_view;
    std::optional<MemoryQuestion> m_asked;
    std::vector<MemoryBar> m_others;
    Latest<std::vector<MemoryBar>> m_answers;
};

/// The bars under a headline.
void paintMemory(const Session& session, QPainter& painter, const QRectF& area);

} // namespace sunflop
