// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The sunburst with its title, its settings and its legend.

#include <QWidget>

class QCheckBox;
class QComboBox;
class QFont;
class QLabel;
class QPainter;
class QSpinBox;

namespace sunflop {

class Session;
class SunburstLegend;
class SunburstWidget;

/// The controls show and set the session's lens. The least important give way where there is little room.
class SunburstCard : public QWidget {
    Q_OBJECT
public:
    explicit SunburstCard(Session& session, QWidget* parent = nullptr);

    SunburstWidget& sunburst() { return *m_sunburst; }
    SunburstLegend& legend() { return *m_legend; }

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* makeHead();
    void follow();
    void showLens();
    void fit();

    Session& m_session;
    QLabel* m_title;
    QCheckBox* m_folds;
    QLabel* m_ringsName;
    QSpinBox* m_rings;
    QComboBox* m_colours;
    SunburstWidget* m_sunburst;
    SunburstLegend* m_legend;
};

/// The same as a figure: title, sunburst, what it cannot draw, legend; in the painter's font.
void paintSunburst(const Session& session, QPainter& painter, const QRectF& area);
/// The height that this needs in a width for the circle to fill it.
double sunburstHeight(const Session& session, const QFont& font, double width);

} // namespace sunflop
