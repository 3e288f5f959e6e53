// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/compare_badge.h"

#include <QPainter>

namespace sunflop {

CompareBadge::CompareBadge(const CompareSession& session, Side side, QWidget* parent)
    : QWidget(parent), m_session(session), m_side(side)
{
    setFixedSize(diameter, diameter);
    setAccessibleName(side == Side::A ? tr("Model A") : tr("Model B"));
    connect(&session.lens(), &Lens::themeChanged, this, qOverload<>(&QWidget::update));
}

void CompareBadge::paintEvent(QPaintEvent*)
{
    const Theme& theme = m_session.lens().theme();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_side == Side::A ? theme.badgeA : theme.badgeB);
    painter.drawEllipse(rect());
    QFont bold = font();
    bold.setPixelSize(12);
    bold.setWeight(QFont::DemiBold);
    painter.setFont(bold);
    painter.setPen(Qt::white);
    painter.drawText(rect(), Qt::AlignCenter, m_side == Side::A ? QStringLiteral("A") : QStringLiteral("B"));
}

} // namespace sunflop
