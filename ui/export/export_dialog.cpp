// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/export_dialog.h"

#include "ui/export/export_form.h"
#include "ui/export/export_preview.h"
#include "ui/preferences.h"
#include "ui/text.h"
#include "ui/widgets/banner.h"

#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QFormLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScreen>
#include <QScrollArea>
#include <QStandardPaths>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>

namespace sunflop {

namespace {

constexpr int formWidth = 330;
const QString stateName = QStringLiteral("export");

} // namespace

ExportDialog::ExportDialog(const Session& session, Preferences& preferences, const QString& view,
                           std::function<QImage()> grabWindow, QWidget* parent)
    : ExportDialog(exportSource(session), preferences, view, std::move(grabWindow), parent)
{
    connect(&session, &Session::figuresChanged, this, [this] { changed(true); });
    connect(&session, &Session::modelChanged, this, [this, &session] { changed(session.hasModel()); });
}

ExportDialog::ExportDialog(const CompareSession& session, const std::function<std::vector<ShownRow>()>& rows,
                           Preferences& preferences, const QString& view, std::function<QImage()> grabWindow,
                           QWidget* parent)
    : ExportDialog(exportSource(session, rows), preferences, view, std::move(grabWindow), parent)
{
    connect(&session, &CompareSession::figuresChanged, this, [this] { changed(true); });
    connect(&session, &CompareSession::rowsChanged, this, [this, &session] { changed(session.isAligned()); });
}

ExportDialog::ExportDialog(ExportSource source, Preferences& preferences, const QString& view,
                           std::function<QImage()> grabWindow, QWidget* parent)
    : QDialog(parent), m_source(std::move(source)), m_preferences(preferences),
      m_grabWindow(std::move(grabWindow)), m_form(new ExportForm(m_source.subjects)),
      m_preview(new ExportPreview), m_banner(new Banner), m_size(new QLabel), m_folder(new QLineEdit),
      m_pattern(new QLineEdit), m_name(new QLabel), m_save(new QPushButton),
      m_copy(new QPushButton(tr("&Copy"))), m_frame(new QTimer(this))
{
    setWindowTitle(tr("Export"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(18, 16, 18, 14);
    column->setSpacing(12);
    column->addWidget(m_banner);
    column->addLayout(buildPanes(), 1);
    column->addWidget(buildPlace());
    column->addWidget(buildButtons());
    resize(QSize(1080, 760).boundedTo(screen()->availableSize() - QSize(40, 60)));
    // Enter saves, wherever the keyboard is.
    for (QPushButton* button : findChildren<QPushButton*>())
        button->setAutoDefault(button == m_save);
    restore(view);
    follow();
}

QLayout* ExportDialog::buildPanes()
{
    auto* left = new QScrollArea;
    left->setWidgetResizable(true);
    left->setFixedWidth(formWidth);
    left->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    left->setFocusPolicy(Qt::NoFocus);
    left->setWidget(m_form);
    auto* right = new QVBoxLayout;
    right->setSpacing(6);
    right->addWidget(m_preview, 1);
    right->addWidget(m_size);
    m_size->setProperty("tone", QStringLiteral("note"));
    auto* panes = new QHBoxLayout;
    panes->setSpacing(14);
    panes->addWidget(left);
    panes->addLayout(right, 1);
    return panes;
}

void ExportDialog::restore(const QString& view)
{
    ExportSettings settings = settingsFromJson(m_preferences.state(stateName));
    if (!view.isEmpty())
        settings.subject = view;
    if (settings.folder.isEmpty() || !QDir(settings.folder).exists())
        settings.folder = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
    m_form->setSettings(settings);
    m_folder->setText(QDir::toNativeSeparators(settings.folder));
    m_pattern->setText(settings.pattern);
}

QWidget* ExportDialog::buildPlace()
{
    auto* place = new QWidget;
    auto* rows = new QFormLayout(place);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    auto* browse = new QPushButton(tr("&Browse…"));
    auto* folder = new QHBoxLayout;
    folder->addWidget(m_folder, 1);
    folder->addWidget(browse);
    m_folder->setAccessibleName(tr("Folder"));
    m_pattern->setAccessibleName(tr("Name"));
    m_pattern->setToolTip(tr("{model}, {measure} and {view} are filled in"));
    rows->addRow(tr("Folder"), folder);
    rows->addRow(tr("Name"), m_pattern);
    rows->addRow(QString(), m_name);
    m_name->setProperty("tone", QStringLiteral("dim"));
    m_name->setTextFormat(Qt::PlainText);
    m_name->setTextInteractionFlags(Qt::TextSelectableByMouse);
    connect(browse, &QPushButton::clicked, this, &ExportDialog::browse);
    return place;
}

QWidget* ExportDialog::buildButtons()
{
    auto* buttons = new QWidget;
    auto* row = new QHBoxLayout(buttons);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    auto* close = new QPushButton(tr("Close"));
    m_copy->setToolTip(tr("Picture and SVG on the clipboard; a table as text too"));
    m_save->setDefault(true);
    row->addWidget(m_copy);
    row->addStretch();
    row->addWidget(close);
    row->addWidget(m_save);
    connect(close, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_copy, &QPushButton::clicked, this, &ExportDialog::copy);
    connect(m_save, &QPushButton::clicked, this, &ExportDialog::save);
    askAgain(false);
    return buttons;
}

void ExportDialog::follow()
{
    m_frame->setSingleShot(true);
    m_frame->setInterval(16);
    connect(m_frame, &QTimer::timeout, this, &ExportDialog::refresh);
    connect(m_form, &ExportForm::changed, this, [this] { changed(true); });
    for (QLineEdit* edit : {m_folder, m_pattern})
        connect(edit, &QLineEdit::textChanged, this, [this] {
            askAgain(false);
            showNames();
        });
    showNames();
}

/// Another choice, or other figures of the same; else there is nothing to export any more.
void ExportDialog::changed(bool isThere)
{
    if (!isThere)
        return reject();
    askAgain(false);
    showNames();
    m_frame->start();
}

ExportSettings ExportDialog::settings() const
{
    ExportSettings settings = m_form->settings();
    settings.folder = QDir::fromNativeSeparators(m_folder->text());
    settings.pattern = m_pattern->text();
    return settings;
}

QStringList ExportDialog::paths() const
{
    const ExportSettings settings = this->settings();
    const QDir folder(settings.folder);
    return {folder.filePath(fileNameOf(m_source, settings, m_form->subject()))};
}

void ExportDialog::showNames()
{
    const QString path = QDir::toNativeSeparators(paths().front());
    m_name->setText(m_name->fontMetrics().elidedText(path, Qt::ElideMiddle, std::max(300, width() - 140)));
    m_name->setToolTip(path);
    m_copy->setEnabled(m_form->subject().kind != ExportSubject::Kind::Everything);
}

void ExportDialog::askAgain(bool isAsking)
{
    m_isOverwriting = isAsking;
    m_save->setText(isAsking ? tr("&Overwrite") : tr("&Save"));
    if (!isAsking)
        m_banner->dismiss();
}

void ExportDialog::showEvent(QShowEvent* event)
{
    QDialog::showEvent(event);
    refresh();
}

void ExportDialog::settle()
{
    m_frame->stop();
    refresh();
}

void ExportDialog::refresh()
{
    const ExportSettings settings = this->settings();
    const ExportSubject& subject = m_form->subject();
    switch (subject.kind) {
    case ExportSubject::Kind::Data:
        m_size->clear();
        m_preview->showText(text::from(subject.data()));
        return;
    case ExportSubject::Kind::Window:
        m_size->clear();
        m_preview->showImage(m_grabWindow(), subject.title);
        return;
    case ExportSubject::Kind::Everything: {
        QStringList names;
        for (const ExportSubject& each : m_form->subjects())
            if (each.kind != ExportSubject::Kind::Everything)
                names += fileNameOf(m_source, settings, each);
        m_size->clear();
        m_preview->showText(names.join(QLatin1Char('\n')));
        return;
    }
    case ExportSubject::Kind::Figure: break;
    }
    FigureStyle onScreen = settings.style;
    onScreen.dotsPerInch = m_preview->dotsPerInch();
    const FigurePage figure(subject.figure, onScreen);
    const QSizeF size = figure.millimetres();
    const auto png = figureDocument(subject.figure, onScreen, FileFormat::Png);
    if (!png) {
        m_banner->show(png.error(), tr("This figure cannot be painted"));
        return;
    }
    const QString words = tr("%1 × %2 mm").arg(size.width(), 0, 'f', 1).arg(size.height(), 0, 'f', 1);
    m_size->setText(words);
    m_preview->showImage(QImage::fromData(*png, "PNG"), subject.title + QStringLiteral(", ") + words);
}

void ExportDialog::browse()
{
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Save figures in"), m_folder->text());
    if (!folder.isEmpty())
        m_folder->setText(QDir::toNativeSeparators(folder));
}

void ExportDialog::save()
{
    const ExportSettings settings = this->settings();
    const QString path = paths().front();
    if (!m_isOverwriting && QFileInfo::exists(path)) {
        askAgain(true);
        m_banner->show({ErrorKind::NotFound, path.toStdString(), "is there already"},
                       tr("Overwrite replaces it"));
        return;
    }
    const auto files = filesOf(m_source, settings, m_form->subject(), m_grabWindow);
    const auto written = files ? writeFiles(*files, settings.folder) : Result<void>(failure(files.error()));
    askAgain(false);
    if (!written) {
        m_banner->show(written.error(), tr("Nothing was saved"));
        return;
    }
    accept();
}

void ExportDialog::copy()
{
    const ExportSubject& subject = m_form->subject();
    QClipboard& clipboard = *QGuiApplication::clipboard();
    if (subject.kind == ExportSubject::Kind::Data) {
        clipboard.setText(text::from(subject.data()));
    } else if (subject.kind == ExportSubject::Kind::Window) {
        clipboard.setImage(m_grabWindow());
    } else if (subject.kind == ExportSubject::Kind::Figure) {
        auto figure = clipboardFigure(subject.figure, settings().style);
        if (figure)
            clipboard.setMimeData(figure->release());
        else
            m_banner->show(figure.error(), tr("Nothing was copied"));
    }
}

void ExportDialog::done(int result)
{
    m_preferences.setState(stateName, toJson(settings()));
    QDialog::done(result);
}

} // namespace sunflop
