// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/legend_bar.h"

#include <QPainter>

namespace sunflop {

LegendBar::LegendBar(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
}

void LegendBar::show(const std::vector<LegendEntry>& entries, const Theme& theme)
{
    m_entries = entries;
    m_theme = &theme;
    QStringList names;
    for (const LegendEntry& entry : entries)
        names << entry.name;
    setAccessibleName(tr("Legend: %1").arg(names.join(QStringLiteral(", "))));
    setToolTip(names.join(QLatin1Char('\n')));
    update();
}

void LegendBar::paintEvent(QPaintEvent*)
{
    if (m_theme == nullptr)
        return;
    QPainter painter(this);
    paintLegend(painter, rect().adjusted(0, 0, -2, 0), m_entries, *m_theme);
}

} // namespace sunflop
