// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether something can be seen in a picture.

#include <QColor>
#include <QImage>

namespace sunflop::test {

/// Whether any pixel has exactly this colour.
inline bool isDrawn(const QImage& image, const QColor& colour)
{
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            if (image.pixelColor(x, y) == colour)
                return true;
    return false;
}

} // namespace sunflop::test
