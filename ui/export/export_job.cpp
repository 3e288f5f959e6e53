// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/export_job.h"

#include "ui/export/table_text.h"
#include "ui/written_file.h"

#include <QBuffer>
#include <QDir>
#include <QRegularExpression>

#include <algorithm>

namespace sunflop {

namespace {

QByteArray pngOf(const QImage& image)
{
    QBuffer png;
    png.open(QIODevice::WriteOnly);
    image.save(&png, "PNG");
    return png.data();
}

QString extensionOf(const ExportSettings& settings, const ExportSubject& subject)
{
    switch (subject.kind) {
    case ExportSubject::Kind::Figure: return sunflop::extensionOf(settings.format);
    case ExportSubject::Kind::Window: return QStringLiteral("png");
    case ExportSubject::Kind::Data: return subject.extension;
    case ExportSubject::Kind::Everything: break;
    }
    return {};
}

/// The bytes of one file.
Result<QByteArray> bytesOf(const ExportSettings& settings, const ExportSubject& subject,
                           const std::function<QImage()>& grabWindow)
{
    switch (subject.kind) {
    case ExportSubject::Kind::Figure: return figureDocument(subject.figure, settings.style, settings.format);
    case ExportSubject::Kind::Window: return pngOf(grabWindow());
    case ExportSubject::Kind::Data: return QByteArray::fromStdString(subject.data());
    case ExportSubject::Kind::Everything: break;
    }
    return QByteArray();
}

} // namespace

QString extensionOf(FileFormat format)
{
    switch (format) {
    case FileFormat::Png: return QStringLiteral("png");
    case FileFormat::Pdf: return QStringLiteral("pdf");
    case FileFormat::Svg: return QStringLiteral("svg");
    }
    return {};
}

QString fileNameOf(const ExportSource& source, const ExportSettings& settings, const ExportSubject& subject)
{
    QString name = settings.pattern;
    name.replace(QLatin1String("{model}"), source.name());
    name.replace(QLatin1String("{measure}"), source.measure());
    name.replace(QLatin1String("{view}"), subject.id);
    static const QRegularExpression forbidden(QStringLiteral("[/\\\\:*?\"<>|\\x00-\\x1f]+"));
    name.replace(forbidden, QStringLiteral("-"));
    if (name.isEmpty() || name.startsWith(QLatin1Char('.')))
        name.prepend(QStringLiteral("sunflop"));
    const QString extension = extensionOf(settings, subject);
    return extension.isEmpty() ? name : name + QLatin1Char('.') + extension;
}

Result<QByteArray> figureDocument(const Figure& figure, const FigureStyle& style, FileFormat format)
{
    const FigurePage shown(figure, style);
    const Page page{.millimetres = shown.millimetres(),
                    .dotsPerInch = style.resolution(),
                    .isTransparent = style.isTransparent,
                    .ground = shown.theme().panel,
                    .title = shown.title()};
    return document(format, page,
                    [&shown](QPainter& painter, const QRectF& area) { shown.paint(painter, area); });
}

Result<std::vector<ExportFile>> filesOf(const ExportSource& source, const ExportSettings& settings,
                                        const ExportSubject& subject,
                                        const std::function<QImage()>& grabWindow)
{
    std::vector<ExportFile> files;
    const bool isAll = subject.kind == ExportSubject::Kind::Everything;
    const QString prefix = isAll ? fileNameOf(source, settings, subject) + QLatin1Char('/') : QString();
    for (const ExportSubject& each : isAll ? source.subjects : std::vector{subject}) {
        if (each.kind == ExportSubject::Kind::Everything)
            continue;
        const auto bytes = bytesOf(settings, each, grabWindow);
        if (!bytes)
            return failure(bytes.error());
        files.push_back({prefix + fileNameOf(source, settings, each), *bytes});
    }
    return files;
}

Result<void> writeFiles(const std::vector<ExportFile>& files, const QString& folder)
{
    const QDir place(folder);
    for (const ExportFile& entry : files) {
        const QString path = place.filePath(entry.name);
        const QString parent = QFileInfo(path).path();
        if (!QDir().mkpath(parent))
            return failure(ErrorKind::NotFound, parent.toStdString(), "this folder cannot be made");
        if (auto written = writeFile(path, entry.bytes); !written)
            return written;
    }
    return {};
}

Result<std::unique_ptr<QMimeData>> clipboardFigure(const Figure& figure, const FigureStyle& style)
{
    auto data = std::make_unique<QMimeData>();
    const auto png = figureDocument(figure, style, FileFormat::Png);
    const auto svg = png ? figureDocument(figure, style, FileFormat::Svg) : png;
    if (!svg)
        return failure(svg.error());
    data->setImageData(QImage::fromData(*png, "PNG"));
    data->setData(QStringLiteral("image/svg+xml"), *svg);
    if (figure.cells) {
        const auto cells = figure.cells();
        data->setText(asTabs(cells));
        data->setHtml(asHtml(cells));
        data->setData(QStringLiteral("text/markdown"), asMarkdown(cells).toUtf8());
    }
    return data;
}

} // namespace sunflop
