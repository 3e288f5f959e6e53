// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A legend in a row of controls.

#include "ui/charts/chart_theme.h"

#include <QWidget>

#include <vector>

namespace sunflop {

/// Takes what room the row has left; its entries stand at the right.
class LegendBar : public QWidget {
    Q_OBJECT
public:
    explicit LegendBar(QWidget* parent);

    void show(const std::vector<LegendEntry>& entries, const Theme& theme);
    QSize sizeHint() const override { return {120, 24}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::vector<LegendEntry> m_entries;
    const Theme* m_theme = nullptr;
};

} // namespace sunflop
