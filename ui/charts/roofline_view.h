// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The roofline tab: what limits the modules of the run on its device.

#include "ui/charts/roofline_chart.h"
#include "ui/session/session.h"

#include <QWidget>

class QChartView;
class QComboBox;
class QLabel;

namespace sunflop {

class LegendBar;

/// A click on a mark selects its module.
class RooflineView : public QWidget {
    Q_OBJECT
public:
    RooflineView(Session& session, QWidget* parent);

    RooflineChart& chart() { return *m_chart; }

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void fillParts();
    void refresh();
    void showTimes();

    Session& m_session;
    QComboBox* m_part;
    QLabel* m_times;
    LegendBar* m_legend;
    RooflineChart* m_chart;
    QChartView* m_view;
};

/// The diagram with all parts of the run, under a headline.
void paintRoofline(const Session& session, QPainter& painter, const QRectF& area);

} // namespace sunflop
