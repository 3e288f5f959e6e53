// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The sweep tab: choice of input and stacking, legend and chart, kept up with one session or two.

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
    /// Two sessions against each other, with theme and measure of the first; a value that is picked goes to
    /// both.
    SweepView(Session& a, Session& b, QWidget* parent);
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
    SweepView(std::vector<Session*> sessions, QWidget* parent);
    bool isComparison() const { return m_sessions.size() > 1; }
    bool hasModels() const;
    void fillAxes();
    void refresh();
    void take(std::shared_ptr<const SweepAnswer> answer);
    void moveCursor();
    void restyle();
    void set(std::int64_t value, bool isMoving);
    const Axis* axis() const;
    SweepQuestion question() const;
    QStringList modelNames() const;
    bool isAbout(const SweepQuestion& question) const;

    std::vector<Session*> m_sessions; ///< one or two
    Session& m_session;               ///< the first
    QComboBox* m_axisBox;
    QComboBox* m_groupingBox;
    LegendBar* m_legend;
    SweepPlot* m_plot;
    std::vector<Axis> m_axes;
    std::optional<SweepQuestion> m_asked;
    std::stop_source m_stop;
    Latest<std::shared_ptr<const SweepAnswer>> m_answers;
};

/// Where the first of one or two runs stands, and what each of them shows there.
std::optional<SweepCursor> cursorOf(const Axis& axis, const std::vector<const Run*>& runs,
                                    const Measure& measure);
/// The sweep of the model's first axis by branch, with title and legend.
void paintSweep(const Session& session, QPainter& painter, const QRectF& area);
/// The same of two models.
void paintSweep(const Session& a, const Session& b, QPainter& painter, const QRectF& area);
/// Any sweep with title and legend, of one model or two.
void paintSweep(const std::shared_ptr<const SweepAnswer>& answer, const QStringList& modelNames,
                const FigureParts& parts, const Theme& theme, QPainter& painter, const QRectF& area);

} // namespace sunflop
