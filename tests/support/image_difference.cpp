// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/image_difference.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

namespace sunflop::test {

namespace {

constexpr int tolerance = 2;
constexpr int block = 16;

bool differ(QRgb a, QRgb b)
{
    return std::max({std::abs(qRed(a) - qRed(b)), std::abs(qGreen(a) - qGreen(b)),
                     std::abs(qBlue(a) - qBlue(b))}) > tolerance;
}

QRgb pale(QRgb colour)
{
    const int grey = 192 + qGray(colour) / 4;
    return qRgb(grey, grey, grey);
}

} // namespace

ImageDifference differenceOf(const QImage& expected, const QImage& found)
{
    Q_ASSERT(expected.size() == found.size());
    const QImage a = expected.convertToFormat(QImage::Format_RGB32);
    const QImage b = found.convertToFormat(QImage::Format_RGB32);
    ImageDifference result{.picture = QImage(a.size(), QImage::Format_RGB32)};
    std::map<std::pair<int, int>, int> blocks;
    int pixels = 0;
    for (int y = 0; y < a.height(); ++y)
        for (int x = 0; x < a.width(); ++x) {
            const bool isOther = differ(a.pixel(x, y), b.pixel(x, y));
            result.picture.setPixel(x, y, isOther ? qRgb(255, 0, 0) : pale(a.pixel(x, y)));
            if (!isOther)
                continue;
            ++pixels;
            result.densest = std::max(result.densest, ++blocks[{x / block, y / block}]);
        }
    result.fraction = pixels / (static_cast<double>(a.width()) * a.height());
    return result;
}

} // namespace sunflop::test
