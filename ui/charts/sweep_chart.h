// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A sweep as a chart with a cursor on the present value: stacked areas, or lines where the range is wide.

#include "ui/charts/chart_theme.h"
#include "ui/charts/sweep_question.h"

#include <QChart>

#include <memory>
#include <optional>
#include <vector>

class QAreaSeries;
class QLineSeries;

namespace sunflop {

class SweepOverlay;

/// A question, and what it came to. Without points the model runs with no value of the range.
struct SweepAnswer {
    SweepQuestion question;
    Sweep sweep;
};

/// Where the run that is shown stands on the axis.
struct SweepCursor {
    std::int64_t value = 0;
    std::vector<Count> figures; ///< of every side
    QString label;              ///< "672 px · 51.9 T FLOPs"
};

/// Lays itself out for its size; the plot area is set by hand so that no label is cut. Over a range of
/// several decades a linear stack would show its last octave alone: there both axes are logarithmic and every
/// group is a line, with one for the total. Two models are two lines on either kind of axis.
class SweepChart : public QChart {
    Q_OBJECT
public:
    explicit SweepChart(QGraphicsItem* parent = nullptr);

    void setTheme(const Theme& theme);
    /// Shows another curve. Names are those of the models on every side; the one of a single model stands for
    /// its own part too.
    void show(std::shared_ptr<const SweepAnswer> answer, const QStringList& modelNames);
    void setCursor(std::optional<SweepCursor> cursor);
    /// Shows the figures of the point nearest to a value.
    void setHover(std::optional<std::int64_t> value);

    const std::shared_ptr<const SweepAnswer>& answer() const { return m_answer; }
    const std::optional<SweepCursor>& cursor() const { return m_cursor; }
    /// Groups that can be seen, in the order of the stack from top to bottom.
    const std::vector<LegendEntry>& legend() const { return m_legend; }
    /// The crossings that are marked: between groups that matter, at most three.
    std::vector<Crossing> shownCrossings() const;
    QString crossingText(const Crossing& crossing) const;

    /// The value of the axis at a place, on a step of the input and within its range.
    std::int64_t valueAt(double x) const;
    double xAt(std::int64_t value) const;
    /// Whether any point has a figure.
    bool hasFigures() const;

    void resizeEvent(QGraphicsSceneResizeEvent* event) override;

private:
    friend class SweepOverlay;

    double position(std::int64_t value) const;
    bool isLogarithmic() const { return m_answer->question.range.isLogarithmic; }
    bool isComparison() const { return m_answer->question.isComparison(); }
    bool isStacked() const { return !isLogarithmic() && !isComparison(); }
    const Measure& measure() const { return m_answer->question.measure(); }
    QString unit() const;
    QString nameOf(std::size_t group) const;
    QColor colourOf(std::size_t group) const;
    /// Of a group at a point; nothing where the run has no such figure, a generation no backward.
    std::optional<Count> figure(const SweepPoint& point, std::size_t group) const;
    std::optional<Count> highest(const SweepPoint& point) const;
    QPointF placeOf(const Crossing& crossing) const;
    double height(double figure) const; ///< on the vertical axis
    double yAt(Count figure) const;
    std::optional<Count> total(const SweepPoint& point) const;
    bool isVisible(std::size_t group) const;
    QStringList readout(const SweepPoint& point) const;
    void rebuildSeries();
    void fillAreas();
    void fillLines();
    void fillLegend();
    std::vector<Tick> figureTicks(double pixels) const;
    std::vector<Tick> inputTicks(double pixels) const;
    void layOut();

    const Theme* m_theme = nullptr;
    std::shared_ptr<const SweepAnswer> m_answer;
    QStringList m_modelNames;
    std::optional<SweepCursor> m_cursor;
    std::optional<std::int64_t> m_hover;
    std::vector<LegendEntry> m_legend;
    std::vector<QLineSeries*>
        m_lines; ///< the ground and the tops of areas; or the total and one of each group
    std::vector<QAreaSeries*> m_areas; ///< none unless stacked
    QCategoryAxis* m_x;
    QCategoryAxis* m_y;
    SweepOverlay* m_overlay;
};

} // namespace sunflop
