// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The timeline tab: live bytes along the operators, and what holds most at the peak.

#include "ui/charts/timeline_chart.h"
#include "ui/session/session.h"

#include <QWidget>

#include <array>

class QChartView;
class QLabel;
class QPushButton;

namespace sunflop {

/// Clicks on the chart and on the list of owners select modules.
class TimelineView : public QWidget {
    Q_OBJECT
public:
    static constexpr std::size_t mostOwners = 5;

    TimelineView(Session& session, QWidget* parent);

    TimelineChart& chart() { return *m_chart; }

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* makeOwners();
    void refresh();
    void showOwners();
    void restyle();

    Session& m_session;
    TimelineChart* m_chart;
    QChartView* m_view;
    QLabel* m_listTitle = nullptr;
    std::array<QPushButton*, mostOwners> m_owners{};
    QWidget* m_list;
};

/// The chart under a headline.
void paintTimeline(const Session& session, QPainter& painter, const QRectF& area);

} // namespace sunflop
