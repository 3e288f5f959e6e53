// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/pdf_page.h"

#include <QBuffer>
#include <QHashFunctions>
#include <QPainter>
#include <QPdfWriter>
#include <QUuid>

#include <cmath>

namespace sunflop {

namespace {

/// Fine enough that what Qt rounds to dots is not seen.
constexpr int dotsPerInch = 1200;

/// A number in so many characters that its text can replace another one in place.
QByteArray inCharacters(double value, qsizetype characters)
{
    const QByteArray whole = QByteArray::number(static_cast<qlonglong>(value));
    return QByteArray::number(value, 'f', static_cast<int>(characters - whole.size() - 1)).left(characters);
}

/// Qt's pages are whole points; this sets the true size. The file keeps its length, so that the table of its
/// objects stays right.
void setMediaBox(QByteArray& file, const QSizeF& points)
{
    const QByteArray key("/MediaBox [0 0 ");
    const qsizetype from = file.indexOf(key) + key.size();
    const qsizetype space = file.indexOf(' ', from);
    const qsizetype end = file.indexOf(']', space);
    Q_ASSERT(from > key.size() && space > from && end > space);
    file.replace(space + 1, end - space - 1, inCharacters(points.height(), end - space - 1));
    file.replace(from, space - from, inCharacters(points.width(), space - from));
}

} // namespace

QByteArray pdfPage(const QSizeF& points, const QString& title,
                   const std::function<void(QPainter&, const QRectF&)>& paint)
{
    // Qt writes fonts and opacities in the order of hashes that it makes meanwhile; each keeps its own seed.
    QHashSeed::setDeterministicGlobalSeed();
    const QSizeF whole(std::ceil(points.width()), std::ceil(points.height()));
    QBuffer file;
    file.open(QIODevice::WriteOnly);
    {
        QPdfWriter writer(&file);
        writer.setResolution(dotsPerInch);
        writer.setPageSize(
            QPageSize(whole, QPageSize::Point, QStringLiteral("figure"), QPageSize::ExactMatch));
        writer.setPageMargins({});
        writer.setTitle(title);
        writer.setCreator(QStringLiteral("Sunflop"));
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
        // Else every file had a random one; before, there was none.
        writer.setDocumentId(QUuid::createUuidV5(QUuid(), title));
#endif
        QPainter painter(&writer);
        painter.scale(dotsPerInch / 72.0, dotsPerInch / 72.0);
        // Qt measures from the upper edge of its page, PDF from the lower one of ours.
        painter.translate(0, whole.height() - points.height());
        paint(painter, {{}, points});
    }
    QHashSeed::resetRandomGlobalSeed();
    QByteArray bytes = file.data();
    setMediaBox(bytes, points);
    return bytes;
}

} // namespace sunflop
