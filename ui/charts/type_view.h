// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The by-type tab: a total by role, class or operator as a ring and a table.

#include "ui/charts/donut_chart.h"
#include "ui/session/session.h"

#include <QWidget>

class QChartView;
class QComboBox;
class QLabel;
class QTableView;

namespace sunflop {

class TypeView : public QWidget {
    Q_OBJECT
public:
    TypeView(Session& session, QWidget* parent);

    DonutChart& donut() { return *m_donut; }
    const BreakdownModel& model() const { return *m_model; }
    void setGrouping(Grouping grouping);

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* makeTable();
    void refresh();

    Session& m_session;
    QComboBox* m_groupingBox;
    QLabel* m_hint;
    DonutChart* m_donut;
    QChartView* m_chartView;
    BreakdownModel* m_model;
};

/// Ring and ranking by role.
void paintTypes(const Session& session, QPainter& painter, const QRectF& area);
/// The height that all rows need.
double typesHeight(const Session& session, const QFont& font, double width);

} // namespace sunflop
