// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/tiling.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sunflop {

namespace {

/// Share of the image's pixels that survive when each cell is shrunk until its long side is at most `side`.
double coveredShare(std::int64_t width, std::int64_t height, std::int64_t side, std::int64_t rows,
                    std::int64_t columns)
{
    const std::int64_t rowHeight = height / rows;
    const std::int64_t columnWidth = width / columns;
    double covered = 0;
    for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t column = 0; column < columns; ++column) {
            const std::int64_t w = column == columns - 1 ? width - column * columnWidth : columnWidth;
            const std::int64_t h = row == rows - 1 ? height - row * rowHeight : rowHeight;
            auto longSide = static_cast<double>(std::max(w, h));
            auto shortSide = static_cast<double>(std::min(w, h));
            if (longSide > static_cast<double>(side)) {
                shortSide = shortSide / longSide * static_cast<double>(side);
                longSide = static_cast<double>(side);
            }
            covered += longSide * shortSide;
        }
    }
    return covered / (static_cast<double>(width) * static_cast<double>(height));
}

} // namespace

Tiling internvlTiling(std::int64_t width, std::int64_t height, std::int64_t side, std::int64_t minimum,
                      std::int64_t maximum, bool thumbnail)
{
    const double ratio = static_cast<double>(width) / static_cast<double>(height);
    const double area = static_cast<double>(width) * static_cast<double>(height);
    Tiling best;
    double bestDistance = INFINITY;
    for (std::int64_t tiles = minimum; tiles <= maximum; ++tiles) {
        for (std::int64_t columns = 1; columns <= tiles; ++columns) {
            if (tiles % columns != 0)
                continue;
            const std::int64_t rows = tiles / columns;
            const double distance =
                std::abs(ratio - static_cast<double>(columns) / static_cast<double>(rows));
            const double gridArea =
                static_cast<double>(side) * static_cast<double>(side) * static_cast<double>(tiles);
            if (distance < bestDistance || (distance == bestDistance && area > 0.5 * gridArea)) {
                best = {.rows = rows, .columns = columns};
                bestDistance = distance;
            }
        }
    }
    best.hasOverview = thumbnail && best.rows * best.columns != 1;
    return best;
}

Tiling ovisTiling(std::int64_t width, std::int64_t height, std::int64_t side, std::int64_t maximum)
{
    constexpr double threshold = 0.9;
    struct Candidate {
        Tiling tiling;
        double share = -1;
        bool isGood() const { return share > threshold; }
    };
    const auto isBetter = [](const Candidate& a, const Candidate& b) {
        if (a.isGood() != b.isGood())
            return a.isGood();
        const auto smaller = std::pair(a.tiling.tiles(), -a.share) < std::pair(b.tiling.tiles(), -b.share);
        const auto fuller = std::pair(-a.share, a.tiling.tiles()) < std::pair(-b.share, b.tiling.tiles());
        return a.isGood() ? smaller : fuller;
    };
    Candidate best;
    for (std::int64_t rows = 1; rows <= maximum; ++rows) {
        for (std::int64_t columns = 1; rows * columns <= maximum; ++columns) {
            const Candidate candidate{{.rows = rows, .columns = columns},
                                      coveredShare(width, height, side, rows, columns)};
            if (isBetter(candidate, best))
                best = candidate;
        }
    }
    best.tiling.hasOverview = best.tiling.rows * best.tiling.columns > 1;
    return best.tiling;
}

} // namespace sunflop
