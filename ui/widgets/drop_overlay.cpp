// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/drop_overlay.h"

#include <QEvent>
#include <QPainter>

namespace sunflop {

DropOverlay::DropOverlay(QWidget* parent) : QWidget(parent)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    parent->installEventFilter(this);
    hide();
}

void DropOverlay::invite(const QString& text, const Theme& theme)
{
    m_text = text;
    m_theme = &theme;
    setGeometry(parentWidget()->rect());
    raise();
    show();
    update();
}

void DropOverlay::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor veil = m_theme->window;
    veil.setAlphaF(0.92F);
    painter.fillRect(rect(), veil);
    painter.setPen(QPen(m_theme->accent, 2, Qt::DashLine));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(QRectF(rect()).adjusted(14, 14, -14, -14), 14, 14);
    QFont large = font();
    large.setPixelSize(22);
    large.setWeight(QFont::DemiBold);
    painter.setFont(large);
    painter.setPen(m_theme->accent);
    painter.drawText(rect().adjusted(30, 30, -30, -30), Qt::AlignCenter | Qt::TextWordWrap, m_text);
}

bool DropOverlay::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == parent() && event->type() == QEvent::Resize)
        setGeometry(parentWidget()->rect());
    return QWidget::eventFilter(watched, event);
}

} // namespace sunflop
