// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/document.h"

#include "ui/export/pdf_page.h"
#include "ui/export/svg_device.h"
#include "ui/export/svg_text.h"

#include <fmt/format.h>

#include <QBuffer>
#include <QImage>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

namespace sunflop {

namespace {

using Paint = std::function<void(QPainter&, const QRectF&)>;

constexpr double millimetresPerInch = 25.4;
/// Acrobat's largest page is 200 inches; a picture of more dots a side takes gigabytes.
constexpr double largestInches = 200;
constexpr int mostDots = 32768;
constexpr std::int64_t mostPixels = std::int64_t{64} << 20; // 256 MiB of them

constexpr std::array endings{std::pair{".png", FileFormat::Png}, std::pair{".pdf", FileFormat::Pdf},
                             std::pair{".svg", FileFormat::Svg}};

QRectF areaOf(const Page& page)
{
    return {0, 0, pointsOf(page.millimetres.width()), pointsOf(page.millimetres.height())};
}

Result<QByteArray> png(const Page& page, const Paint& paint)
{
    const QSize dots = dotsOf(page);
    if (const auto fits = checkDots(dots); !fits)
        return failure(fits.error());
    QImage image(dots, QImage::Format_ARGB32_Premultiplied);
    image.fill(page.isTransparent ? Qt::transparent : page.ground);
    const QRectF area = areaOf(page);
    QPainter painter(&image);
    painter.scale(dots.width() / area.width(), dots.height() / area.height());
    paint(painter, area);
    painter.end();
    // Not before: the resolution of a device changes the size of fonts that are given in points.
    const int dotsPerMetre = qRound(page.dotsPerInch * 1000 / millimetresPerInch);
    image.setDotsPerMeterX(dotsPerMetre);
    image.setDotsPerMeterY(dotsPerMetre);
    if (!page.title.isEmpty())
        image.setText(QStringLiteral("Title"), xmlText(page.title));
    QBuffer file;
    if (!file.open(QIODevice::WriteOnly) || !image.save(&file, "PNG"))
        return failure(ErrorKind::OutOfRange, "", "too large for a PNG, expected a smaller size");
    return file.data();
}

} // namespace

std::optional<FileFormat> fileFormatOf(std::string_view path)
{
    for (const auto& [ending, format] : endings)
        if (path.ends_with(ending))
            return format;
    return std::nullopt;
}

QSize dotsOf(const Page& page)
{
    const QSizeF dots = page.millimetres * (page.dotsPerInch / millimetresPerInch);
    return {qRound(dots.width()), qRound(dots.height())};
}

Result<void> checkDots(QSize dots)
{
    const std::int64_t pixels = std::int64_t{dots.width()} * dots.height();
    if (!dots.isEmpty() && std::max(dots.width(), dots.height()) <= mostDots && pixels <= mostPixels)
        return {};
    return failure(
        ErrorKind::OutOfRange, fmt::format("{} x {} dots", dots.width(), dots.height()),
        fmt::format("no size of a PNG, expected 1 to {} each and at most {} together", mostDots, mostPixels));
}

Result<QByteArray> document(FileFormat format, const Page& page, const Paint& paint)
{
    const double largest = largestInches * millimetresPerInch;
    const auto isSide = [largest](double side) { return side > 0 && side <= largest; };
    if (!isSide(page.millimetres.width()) || !isSide(page.millimetres.height()))
        return failure(
            ErrorKind::OutOfRange,
            fmt::format("{} x {} mm", page.millimetres.width(), page.millimetres.height()),
            fmt::format("no size of a page, expected more than nothing and at most {} mm each", largest));
    const auto onGround = [&](QPainter& painter, const QRectF& area) {
        if (!page.isTransparent)
            painter.fillRect(area, page.ground);
        paint(painter, area);
    };
    switch (format) {
    case FileFormat::Png: return png(page, paint);
    case FileFormat::Pdf: return pdfPage(areaOf(page).size(), page.title, onGround);
    case FileFormat::Svg: break;
    }
    return svgPage(areaOf(page).size(), page.title, onGround);
}

} // namespace sunflop
