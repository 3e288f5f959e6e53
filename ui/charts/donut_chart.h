// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A total split into at most ten slices of a ring, the total in the middle.

#include "ui/charts/breakdown_model.h"

#include <QChart>

class QPieSeries;

namespace sunflop {

/// What comes after the ninth slice is gathered in a tenth, "other".
class DonutChart : public QChart {
    Q_OBJECT
public:
    static constexpr std::size_t mostSlices = 10;

    explicit DonutChart(QGraphicsItem* parent = nullptr);

    void show(const BreakdownTable& table, const Theme& theme);
    QPieSeries& slices() { return *m_series; }
    /// Figure and noun in the middle.
    const QString& figure() const { return m_figure; }
    const QString& noun() const { return m_noun; }
    const Theme* theme() const { return m_theme; }

    void resizeEvent(QGraphicsSceneResizeEvent* event) override;

private:
    QPieSeries* m_series;
    QGraphicsItem* m_middle;
    const Theme* m_theme = nullptr;
    QString m_figure;
    QString m_noun;
};

} // namespace sunflop
