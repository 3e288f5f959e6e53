// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What can be exported, as the bytes of files or of the clipboard.

#include "ui/export/document.h"
#include "ui/export/export_source.h"
#include "ui/export/figure_page.h"

#include <QImage>
#include <QMimeData>

#include <functional>
#include <memory>
#include <vector>

namespace sunflop {

/// All that a file depends on besides what is shown.
struct ExportSettings {
    QString subject = QStringLiteral("sunburst"); ///< an id of an ExportSource
    FileFormat format = FileFormat::Pdf;          ///< of figures
    FigureStyle style;
    QString folder;
    QString pattern = QStringLiteral("{model}_{measure}_{view}"); ///< of names
};

/// As Preferences keep them; what is unknown or missing in `text` is as it comes.
QByteArray toJson(const ExportSettings& settings);
ExportSettings settingsFromJson(const QByteArray& text);

/// "pdf" and the like.
QString extensionOf(FileFormat format);
/// The name of a file: the pattern with its words filled in, without characters that no file system takes.
QString fileNameOf(const ExportSource& source, const ExportSettings& settings, const ExportSubject& subject);

/// A figure as a document.
Result<QByteArray> figureDocument(const Figure& figure, const FigureStyle& style, FileFormat format);

/// A file that is not written yet.
struct ExportFile {
    QString name; ///< below the folder
    QByteArray bytes;
};

/// The files of a subject; `grabWindow` paints the window. Views that need a screen are painted at once.
Result<std::vector<ExportFile>> filesOf(const ExportSource& source, const ExportSettings& settings,
                                        const ExportSubject& subject,
                                        const std::function<QImage()>& grabWindow);
/// Writes all of them, each beside its place first. Errors name the file.
Result<void> writeFiles(const std::vector<ExportFile>& files, const QString& folder);

/// A figure as a picture and as SVG; a table as text, Markdown and HTML too.
Result<std::unique_ptr<QMimeData>> clipboardFigure(const Figure& figure, const FigureStyle& style);

} // namespace sunflop
