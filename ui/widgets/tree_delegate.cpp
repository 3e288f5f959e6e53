// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/tree_delegate.h"

#include "ui/models/cost_tree_model.h"
#include "ui/text.h"
#include "ui/widgets/tree_row.h"

#include <QPainter>
#include <QPainterPath>
#include <QStringList>

#include <algorithm>
#include <cmath>

namespace sunflop {

namespace {

/// Draws text from `left` on, elided at the rectangle's right edge; returns where it ends.
double drawFrom(QPainter& painter, double left, const QRectF& rect, const QString& text)
{
    const QFontMetricsF metrics(painter.font());
    const double room = rect.right() - left;
    if (room < 4 * metrics.averageCharWidth())
        return left;
    const double width = metrics.horizontalAdvance(text);
    painter.drawText(QRectF(left, rect.top(), room, rect.height()), Qt::AlignVCenter | Qt::AlignLeft,
                     width <= room ? text : metrics.elidedText(text, Qt::ElideRight, room));
    return left + std::min(width, room);
}

/// As many of `parts` as fit one after the other; the first one is elided if need be.
void drawParts(QPainter& painter, double left, const QRectF& rect, const QStringList& parts)
{
    const QFontMetricsF metrics(painter.font());
    QString text = parts.first();
    for (const QString& part : parts.mid(1)) {
        const QString longer = text + QStringLiteral("  ") + part;
        if (left + metrics.horizontalAdvance(longer) > rect.right())
            break;
        text = longer;
    }
    drawFrom(painter, left, rect, text);
}

bool isRoot(const QModelIndex& index)
{
    return !index.parent().isValid();
}

} // namespace

QFont TreeDelegate::scaled(const QFont& font, double factor, QFont::Weight weight)
{
    QFont result = font;
    if (font.pixelSize() > 0)
        result.setPixelSize(std::max(1, static_cast<int>(std::lround(font.pixelSize() * factor))));
    else
        result.setPointSizeF(font.pointSizeF() * factor);
    result.setWeight(weight);
    return result;
}

TreeDelegate::TreeDelegate(const Session& session, QObject* parent)
    : QStyledItemDelegate(parent), m_session(session)
{}

int TreeDelegate::rowHeight(const QFont& font)
{
    return static_cast<int>(std::lround(QFontMetricsF(font).height() + 11));
}

QSize TreeDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const
{
    return {80, rowHeight(option.font)};
}

void TreeDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                         const QModelIndex& index) const
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if (index.column() == CostTreeModel::ModuleColumn)
        paintModule(*painter, option, index);
    else if (index.column() == CostTreeModel::ShareColumn)
        paintShare(*painter, option, index);
    else
        paintFigure(*painter, option, index);
    painter->restore();
}

QColor TreeDelegate::markColour(const QModelIndex& index) const
{
    const Theme& theme = m_session.lens().theme();
    if (index.data(CostTreeModel::ContainerRole).toBool())
        return mix(mix(theme.dim, theme.accent, 0.15), theme.panel, 0.3);
    return theme.role(static_cast<Role>(index.data(CostTreeModel::ModuleRole).toInt()));
}

/// A pill at x where there is room for it; returns where it ends.
double TreeDelegate::paintRepeat(QPainter& painter, const QStyleOptionViewItem& option, const QRectF& rect,
                                 double x, qlonglong repeat) const
{
    const Theme& theme = m_session.lens().theme();
    painter.setFont(scaled(option.font, tiny, QFont::DemiBold));
    const QString text = QStringLiteral("× ") + text::exact(repeat);
    const QFontMetricsF metrics(painter.font());
    const QRectF pill(x, rect.center().y() - 8.5, metrics.horizontalAdvance(text) + 13, 17);
    if (pill.right() <= rect.right()) {
        const bool isOnSoft = option.state.testFlag(QStyle::State_Selected);
        painter.setPen(Qt::NoPen);
        painter.setBrush(isOnSoft ? theme.panel : theme.accentSoft);
        painter.drawRoundedRect(pill, 8.5, 8.5);
        painter.setPen(theme.accent);
        painter.drawText(pill, Qt::AlignCenter, text);
    }
    return pill.right();
}

void TreeDelegate::paintModule(QPainter& painter, const QStyleOptionViewItem& option,
                               const QModelIndex& index) const
{
    const Theme& theme = m_session.lens().theme();
    const QRectF rect = QRectF(option.rect).adjusted(0, 0, -4, 0);
    const double middle = rect.center().y();
    const bool isOwn = index.data(CostTreeModel::OwnRole).toBool();
    painter.setPen(Qt::NoPen);
    painter.setBrush(markColour(index));
    if (isOwn)
        paintOwnMark(painter, QPointF(rect.left() + 6.5, middle), markColour(index));
    else if (index.data(CostTreeModel::ContainerRole).toBool())
        painter.drawRoundedRect(QRectF(rect.left() + 2, middle - 4.5, 9, 9), 2.5, 2.5);
    else
        painter.drawEllipse(QPointF(rect.left() + 6.5, middle), 4.3, 4.3);

    const bool isTop = (isRoot(index) || isRoot(index.parent())) && !isOwn;
    const bool isMatch = index.data(CostTreeModel::MatchRole).toBool();
    QFont font = scaled(option.font, 1, isTop ? QFont::DemiBold : isOwn ? QFont::Normal : QFont::Medium);
    font.setItalic(isOwn);
    painter.setFont(font);
    painter.setPen(isMatch && !isOwn && index.data(CostTreeModel::RanRole).toBool() ? theme.text : theme.dim);
    double x = drawFrom(painter, rect.left() + 19, rect, index.data().toString()) + 8;

    if (const qlonglong repeat = index.data(CostTreeModel::RepeatRole).toLongLong(); repeat > 1)
        x = paintRepeat(painter, option, rect, x, repeat) + 8;
    painter.setFont(scaled(option.font, small, QFont::Normal));
    painter.setPen(theme.faint);
    QStringList parts = index.data(CostTreeModel::ClassRole).toString().split(QStringLiteral("  "));
    if (!index.data(CostTreeModel::RanRole).toBool())
        parts.prepend(tr("did not run"));
    drawParts(painter, x, rect, parts);
}

void TreeDelegate::paintFigure(QPainter& painter, const QStyleOptionViewItem& option,
                               const QModelIndex& index) const
{
    const Theme& theme = m_session.lens().theme();
    const auto& model = static_cast<const CostTreeModel&>(*index.model());
    const bool isActive = index.column() == model.activeColumn();
    const QString text = index.data().toString();
    painter.setFont(scaled(option.font, 1, isActive ? QFont::DemiBold : QFont::Normal));
    const bool isNothing = text == QChar(0x2013);
    painter.setPen(isNothing ? theme.faint : isActive ? theme.text : theme.dim);
    painter.drawText(QRectF(option.rect).adjusted(0, 0, -margin, 0), Qt::AlignVCenter | Qt::AlignRight, text);
}

void TreeDelegate::paintShare(QPainter& painter, const QStyleOptionViewItem& option,
                              const QModelIndex& index) const
{
    const Theme& theme = m_session.lens().theme();
    const QRectF rect = QRectF(option.rect).adjusted(0, 0, -margin, 0);
    painter.setFont(scaled(option.font, small, QFont::Normal));
    const double digits = QFontMetricsF(painter.font()).horizontalAdvance(QStringLiteral("100.0 %")) + 8;
    const QRectF track(rect.left() + margin, rect.center().y() - 4.5, rect.width() - margin - digits, 9);
    const double fraction = std::clamp(index.data(CostTreeModel::FractionRole).toDouble(), 0.0, 1.0);
    if (track.width() >= 12 && fraction > 0) {
        const auto& model = static_cast<const CostTreeModel&>(*index.model());
        const bool isOnFill =
            option.state.testFlag(QStyle::State_Selected) || model.isHovered(CostTreeModel::instance(index));
        painter.setPen(Qt::NoPen);
        painter.setBrush(isOnFill ? mix(theme.grid, theme.dim, 0.2) : theme.grid);
        painter.drawRoundedRect(track, 4.5, 4.5);
        QPainterPath bar;
        bar.addRoundedRect(track, 4.5, 4.5);
        QPainterPath part;
        part.addRect(QRectF(track.topLeft(), QSizeF(std::max(2.5, fraction * track.width()), 9)));
        painter.fillPath(bar.intersected(part), markColour(index));
    }
    painter.setPen(fraction > 0 ? theme.dim : theme.faint);
    painter.drawText(rect, Qt::AlignVCenter | Qt::AlignRight, index.data().toString());
}

} // namespace sunflop
