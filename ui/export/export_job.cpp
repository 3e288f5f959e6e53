// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/export_job.h"

#include "ui/export/table_text.h"
#include "ui/text.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QDir>
#include <QRegularExpression>
#include <QSaveFile>

#include <algorithm>

namespace sunflop {

namespace {

QString tr(const char* words)
{
    return QCoreApplication::translate("export", words);
}

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
    case ExportSubject::Kind::Data: return text::from(subject.exporter->extension);
    case ExportSubject::Kind::Everything: break;
    }
    return {};
}

/// The bytes of one file.
Result<QByteArray> bytesOf(const Session& session, const ExportSettings& settings,
                           const ExportSubject& subject, const std::function<QImage()>& grabWindow)
{
    switch (subject.kind) {
    case ExportSubject::Kind::Figure:
        return figureDocument(session, *subject.view, settings.style, settings.format);
    case ExportSubject::Kind::Window: return pngOf(grabWindow());
    case ExportSubject::Kind::Data:
        return QByteArray::fromStdString(subject.exporter->write(session.run(), {}));
    case ExportSubject::Kind::Everything: break;
    }
    return QByteArray();
}

} // namespace

std::vector<ExportSubject> exportSubjects()
{
    std::vector<ExportSubject> subjects;
    for (const View& view : views())
        if (view.paint != nullptr)
            subjects.push_back({ExportSubject::Kind::Figure, text::from(view.id), view.title(), &view});
    subjects.push_back({ExportSubject::Kind::Window, QStringLiteral("window"), tr("Whole window")});
    for (const Exporter& exporter : exporters())
        subjects.push_back({ExportSubject::Kind::Data, text::from(exporter.id),
                            tr("Data: %1").arg(QCoreApplication::translate(
                                "exporters", std::string(exporter.title).c_str())),
                            nullptr, &exporter});
    subjects.push_back({ExportSubject::Kind::Everything, QStringLiteral("everything"),
                        tr("Everything, as a folder")});
    return subjects;
}

QString extensionOf(FileFormat format)
{
    switch (format) {
    case FileFormat::Png: return QStringLiteral("png");
    case FileFormat::Pdf: return QStringLiteral("pdf");
    case FileFormat::Svg: return QStringLiteral("svg");
    }
    return {};
}

QString fileNameOf(const Session& session, const ExportSettings& settings, const ExportSubject& subject)
{
    QString name = settings.pattern;
    name.replace(QLatin1String("{model}"), text::from(session.run().source.name));
    name.replace(QLatin1String("{measure}"), text::from(session.lens().measure().id));
    name.replace(QLatin1String("{view}"), subject.id);
    static const QRegularExpression forbidden(QStringLiteral("[/\\\\:*?\"<>|\\x00-\\x1f]+"));
    name.replace(forbidden, QStringLiteral("-"));
    if (name.isEmpty() || name.startsWith(QLatin1Char('.')))
        name.prepend(QStringLiteral("sunflop"));
    const QString extension = extensionOf(settings, subject);
    return extension.isEmpty() ? name : name + QLatin1Char('.') + extension;
}

Result<QByteArray> figureDocument(const Session& session, const View& view, const FigureStyle& style,
                                  FileFormat format)
{
    const FigurePage figure(session, view, style);
    const Page page{.millimetres = figure.millimetres(),
                    .dotsPerInch = style.resolution(),
                    .isTransparent = style.isTransparent,
                    .ground = figure.theme().panel,
                    .title = view.title() + QStringLiteral(", ") + text::from(session.run().source.name)};
    return document(format, page,
                    [&figure](QPainter& painter, const QRectF& area) { figure.paint(painter, area); });
}

Result<std::vector<ExportFile>> filesOf(const Session& session, const ExportSettings& settings,
                                        const ExportSubject& subject,
                                        const std::function<QImage()>& grabWindow)
{
    std::vector<ExportFile> files;
    const bool isAll = subject.kind == ExportSubject::Kind::Everything;
    const QString prefix = isAll ? fileNameOf(session, settings, subject) + QLatin1Char('/') : QString();
    for (const ExportSubject& each : isAll ? exportSubjects() : std::vector{subject}) {
        if (each.kind == ExportSubject::Kind::Everything)
            continue;
        const auto bytes = bytesOf(session, settings, each, grabWindow);
        if (!bytes)
            return failure(bytes.error());
        files.push_back({prefix + fileNameOf(session, settings, each), *bytes});
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
        QSaveFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(entry.bytes) != entry.bytes.size() ||
            !file.commit())
            return failure(ErrorKind::NotFound, path.toStdString(), file.errorString().toStdString());
    }
    return {};
}

Result<std::unique_ptr<QMimeData>> clipboardFigure(const Session& session, const View& view,
                                                   const FigureStyle& style)
{
    auto data = std::make_unique<QMimeData>();
    const auto png = figureDocument(session, view, style, FileFormat::Png);
    const auto svg = png ? figureDocument(session, view, style, FileFormat::Svg) : png;
    if (!svg)
        return failure(svg.error());
    data->setImageData(QImage::fromData(*png, "PNG"));
    data->setData(QStringLiteral("image/svg+xml"), *svg);
    if (view.id == "table") {
        const auto cells = tableCells(session);
        data->setText(asTabs(cells));
        data->setHtml(asHtml(cells));
        data->setData(QStringLiteral("text/markdown"), asMarkdown(cells).toUtf8());
    }
    return data;
}

} // namespace sunflop
