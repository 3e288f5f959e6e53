// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/report_pane.h"

#include "ui/fonts.h"
#include "ui/text.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSaveFile>
#include <QScrollBar>

namespace sunflop {

ReportPane::ReportPane(Session& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_exporterBox(new QComboBox(this)),
      m_memoryBox(new QCheckBox(tr("Memory and time"), this)), m_text(new QPlainTextEdit(this))
{
    for (const Exporter& entry : exporters())
        m_exporterBox->addItem(QCoreApplication::translate("exporters", std::string(entry.title).c_str()));
    m_exporterBox->setAccessibleName(tr("Format of the report"));
    m_exporterBox->setToolTip(tr("How the run is written down"));
    m_memoryBox->setChecked(true);
    m_memoryBox->setToolTip(tr("Bytes and seconds, which depend on the device, in pages and tables"));
    m_text->setReadOnly(true);
    m_text->setFont(codeFont(12));
    m_text->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_text->setAccessibleName(tr("Report"));
    auto* copyButton = new QPushButton(tr("Copy"), this);
    copyButton->setToolTip(tr("Copy the whole report"));
    auto* saveButton = new QPushButton(tr("Save…"), this);
    saveButton->setToolTip(tr("Save the report as a file"));
    auto* controls = new QHBoxLayout;
    controls->addWidget(m_exporterBox);
    controls->addWidget(m_memoryBox);
    controls->addStretch();
    controls->addWidget(copyButton);
    controls->addWidget(saveButton);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 6);
    layout->setSpacing(6);
    layout->addLayout(controls);
    layout->addWidget(m_text, 1);

    connect(m_exporterBox, &QComboBox::currentIndexChanged, this, &ReportPane::outdate);
    connect(m_memoryBox, &QCheckBox::toggled, this, &ReportPane::outdate);
    connect(copyButton, &QPushButton::clicked, this, &ReportPane::copy);
    connect(saveButton, &QPushButton::clicked, this, &ReportPane::save);
    connect(&session, &Session::modelChanged, this, &ReportPane::outdate);
    connect(&session, &Session::figuresChanged, this, &ReportPane::outdate);
}

const Exporter& ReportPane::exporter() const
{
    return exporters()[static_cast<std::size_t>(m_exporterBox->currentIndex())];
}

void ReportPane::setExporter(const Exporter& exporter)
{
    m_exporterBox->setCurrentIndex(static_cast<int>(&exporter - exporters().data()));
}

void ReportPane::setMemoryShown(bool isShown)
{
    m_memoryBox->setChecked(isShown);
}

QString ReportPane::text() const
{
    return m_text->toPlainText();
}

void ReportPane::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

void ReportPane::outdate()
{
    m_isOutdated = true;
    refresh();
}

void ReportPane::refresh()
{
    if (!isVisible() || !m_isOutdated)
        return;
    m_isOutdated = false;
    // The reader's place in the text stays.
    const int x = m_text->horizontalScrollBar()->value();
    const int y = m_text->verticalScrollBar()->value();
    const ExportOptions options{.hasMemory = m_memoryBox->isChecked()};
    m_text->setPlainText(m_session.hasModel() ? text::from(exportedText(exporter(), m_session.run(), options))
                                              : QString());
    m_text->horizontalScrollBar()->setValue(x);
    m_text->verticalScrollBar()->setValue(y);
}

void ReportPane::copy() const
{
    QGuiApplication::clipboard()->setText(text());
}

Result<void> ReportPane::saveTo(const QString& path) const
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text().toUtf8()) < 0 || !file.commit())
        return failure(ErrorKind::NotFound, path.toStdString(), file.errorString().toStdString());
    return {};
}

void ReportPane::save()
{
    if (!m_session.hasModel())
        return;
    const QString extension = text::from(exporter().extension);
    const QString name = text::name(m_session.run(), 0) + QLatin1Char('.') + extension;
    const QString path =
        QFileDialog::getSaveFileName(this, tr("Save report"), name, QStringLiteral("*.") + extension);
    if (path.isEmpty())
        return;
    if (const auto saved = saveTo(path); !saved)
        QMessageBox::warning(this, tr("Save report"), text::from(saved.error().text()));
}

} // namespace sunflop
