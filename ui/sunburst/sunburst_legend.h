// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The legend of a sunburst, for the window and for figures.

#include "ui/sunburst/sunburst_colours.h"

#include <QFont>
#include <QRectF>
#include <QWidget>

class QPaintDevice;
class QPainter;

namespace sunflop {

class Session;

/// Height that a legend takes in a width; entries that do not fit two lines are left out, smallest first.
double legendHeight(const Legend& legend, double width, const QFont& font, const QPaintDevice* device);
/// Paints it centred into the top of `area`.
void paintLegend(QPainter& painter, const Legend& legend, const QRectF& area, const Theme& theme,
                 const QFont& font);

/// Always the legend of what the session shows.
class SunburstLegend : public QWidget {
    Q_OBJECT
public:
    explicit SunburstLegend(Session& session, QWidget* parent = nullptr);

    const Legend& legend() const { return m_legend; }
    /// Rings that are drawn, for the colours of depth.
    void setRings(int rings);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void refresh();

    Session& m_session;
    Legend m_legend;
    int m_rings = 0;
};

} // namespace sunflop
