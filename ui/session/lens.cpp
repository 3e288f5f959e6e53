// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/lens.h"

#include <algorithm>
#include <utility>

namespace sunflop {

Lens::Lens(QObject* parent) : QObject(parent), m_measure(&measureNamed("flops")), m_theme(&Theme::light()) {}

void Lens::setMeasure(const Measure& measure)
{
    if (std::exchange(m_measure, &measure) != &measure)
        Q_EMIT measureChanged();
}

void Lens::setTheme(const Theme& theme)
{
    if (std::exchange(m_theme, &theme) != &theme)
        Q_EMIT themeChanged();
}

void Lens::setSweptInput(const QString& input)
{
    if (m_sweptInput == input)
        return;
    m_sweptInput = input;
    Q_EMIT sweptInputChanged();
}

void Lens::setColourBy(ColourBy by)
{
    if (std::exchange(m_colourBy, by) != by)
        Q_EMIT pictureChanged();
}

void Lens::setFoldsRepeats(bool folds)
{
    if (std::exchange(m_foldsRepeats, folds) == folds)
        return;
    Q_EMIT foldingChanged();
    Q_EMIT pictureChanged();
}

void Lens::setShowsLabels(bool shows)
{
    if (std::exchange(m_showsLabels, shows) != shows)
        Q_EMIT pictureChanged();
}

void Lens::setRings(int rings)
{
    rings = std::clamp(rings, 1, mostRings);
    if (std::exchange(m_rings, rings) != rings)
        Q_EMIT pictureChanged();
}

} // namespace sunflop
