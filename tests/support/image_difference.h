// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Pictures compared as eyes compare them.

#include <QImage>

namespace sunflop::test {

/// Where two pictures of one size differ by more than 2 of 255 in a colour.
struct ImageDifference {
    double fraction = 0; ///< of all pixels
    int densest = 0;     ///< pixels of one block, 16 by 16: a letter would drown in a large picture
    QImage picture;      ///< the expected one, pale, with red where they differ

    /// What another rasteriser does to edges.
    bool isTolerable() const { return fraction <= 0.001 && densest <= 16; }
};

/// Requires one size.
ImageDifference differenceOf(const QImage& expected, const QImage& found);

} // namespace sunflop::test
