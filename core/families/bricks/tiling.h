// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How vision-language models cut one image into square tiles for their tower.

#include <cstdint>

namespace sunflop {

/// Rows and columns of tiles over an image, and whether the whole image, shrunk, is one tile more.
struct Tiling {
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    bool hasOverview = false;

    std::int64_t tiles() const { return rows * columns + (hasOverview ? 1 : 0); }
};

/// InternVL's dynamic_preprocess: of the grids with `minimum` to `maximum` tiles the one whose aspect ratio
/// is closest to the image's; among equal ones the largest whose area is less than twice the image's. The
/// image is stretched to the grid. With `thumbnail`, more than one tile brings an overview.
Tiling internvlTiling(std::int64_t width, std::int64_t height, std::int64_t side, std::int64_t minimum,
                      std::int64_t maximum, bool thumbnail);

/// Ovis 1.6 and 2's preprocess_image: of the grids with at most `maximum` tiles the smallest that covers more
/// than 0.9 of the image's pixels at tiles of `side`, else the one that covers most. More than one tile
/// brings an overview.
Tiling ovisTiling(std::int64_t width, std::int64_t height, std::int64_t side, std::int64_t maximum);

} // namespace sunflop
