// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/export_preview.h"

#include "ui/fonts.h"

#include <QLabel>

namespace sunflop {

namespace {

/// Lines of a text that are shown: nobody reads more to know what it is.
constexpr qsizetype mostLines = 400;
constexpr int edge = 24;

} // namespace

ExportPreview::ExportPreview(QWidget* parent) : QScrollArea(parent), m_label(new QLabel)
{
    setObjectName(QStringLiteral("exportPreview"));
    setAlignment(Qt::AlignCenter);
    setWidget(m_label);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumSize(240, 200);
    m_label->setTextFormat(Qt::PlainText);
    m_label->setMargin(edge);
}

double ExportPreview::dotsPerInch() const
{
    return logicalDpiX() * devicePixelRatioF();
}

void ExportPreview::showImage(const QImage& image, const QString& name)
{
    m_image = image;
    m_image.setDevicePixelRatio(devicePixelRatioF());
    m_label->setPixmap(QPixmap::fromImage(m_image));
    m_label->adjustSize();
    setAccessibleName(tr("Preview"));
    setAccessibleDescription(name);
    m_label->setAccessibleName(name);
}

void ExportPreview::showText(const QString& text)
{
    m_image = {};
    m_label->setFont(codeFont(12));
    m_label->setText(text.section(QLatin1Char('\n'), 0, mostLines - 1));
    m_label->adjustSize();
    setAccessibleName(tr("Preview"));
    setAccessibleDescription(text.left(200));
}

} // namespace sunflop
