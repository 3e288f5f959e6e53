// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/comparison_delegate.h"

#include "ui/compare/comparison_model.h"
#include "ui/widgets/tree_delegate.h"
#include "ui/widgets/tree_row.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace sunflop {

namespace {

constexpr double barHeight = 9;
constexpr double chipHeight = 17;

int direction(const QModelIndex& index)
{
    return index.data(ComparisonModel::DirectionRole).toInt();
}

} // namespace

ComparisonDelegate::ComparisonDelegate(const Session& session, QObject* parent)
    : QStyledItemDelegate(parent), m_session(session)
{}

QSize ComparisonDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const
{
    return {80, TreeDelegate::rowHeight(option.font)};
}

void ComparisonDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                               const QModelIndex& index) const
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if (index.column() == ComparisonModel::ModuleColumn)
        paintModule(*painter, option, index);
    else if (index.column() == ComparisonModel::BarColumn)
        paintBar(*painter, option, index);
    else
        paintFigure(*painter, option, index);
    painter->restore();
}

void ComparisonDelegate::paintMark(QPainter& painter, const QRectF& rect, const QModelIndex& index) const
{
    const double middle = rect.center().y();
    painter.setPen(Qt::NoPen);
    if (index.data(ComparisonModel::OwnRole).toBool()) {
        paintOwnMark(painter, {rect.left() + 6.5, middle},
                     theme().role(static_cast<Role>(index.data(ComparisonModel::ModuleRole).toInt())));
    } else if (index.data(ComparisonModel::ContainerRole).toBool()) {
        painter.setBrush(mix(mix(theme().dim, theme().accent, 0.15), theme().panel, 0.3));
        painter.drawRoundedRect(QRectF(rect.left() + 2, middle - 4.5, 9, 9), 2.5, 2.5);
    } else {
        painter.setBrush(theme().role(static_cast<Role>(index.data(ComparisonModel::ModuleRole).toInt())));
        painter.drawEllipse(QPointF(rect.left() + 6.5, middle), 4.3, 4.3);
    }
}

double ComparisonDelegate::paintChip(QPainter& painter, const QStyleOptionViewItem& option, double x,
                                     const QString& text, bool isRepeat) const
{
    if (text.isEmpty())
        return x;
    painter.setFont(TreeDelegate::scaled(option.font, TreeDelegate::tiny, QFont::DemiBold));
    const double width = QFontMetricsF(painter.font()).horizontalAdvance(text) + 13;
    const QRectF chip(x, QRectF(option.rect).center().y() - chipHeight / 2, width, chipHeight);
    if (chip.right() > option.rect.right() - 4)
        return x;
    const bool isSelected = option.state.testFlag(QStyle::State_Selected);
    painter.setPen(Qt::NoPen);
    painter.setBrush(isSelected ? theme().panel : isRepeat ? theme().accentSoft : theme().grid);
    painter.drawRoundedRect(chip, chipHeight / 2, chipHeight / 2);
    painter.setPen(isRepeat ? theme().accent : theme().dim);
    painter.drawText(chip, Qt::AlignCenter, text);
    return chip.right() + 8;
}

void ComparisonDelegate::paintModule(QPainter& painter, const QStyleOptionViewItem& option,
                                     const QModelIndex& index) const
{
    const QRectF rect = QRectF(option.rect).adjusted(0, 0, -4, 0);
    paintMark(painter, rect, index);
    const bool isOwn = index.data(ComparisonModel::OwnRole).toBool();
    const bool isTop = !isOwn && (!index.parent().isValid() || !index.parent().parent().isValid());
    const bool isLit = !isOwn && index.data(ComparisonModel::MatchRole).toBool() &&
                       index.data(ComparisonModel::RanRole).toBool();
    QFont font = TreeDelegate::scaled(option.font, 1,
                                      isTop   ? QFont::DemiBold
                                      : isOwn ? QFont::Normal
                                              : QFont::Medium);
    font.setItalic(isOwn);
    painter.setFont(font);
    painter.setPen(isLit ? theme().text : theme().dim);
    const QFontMetricsF metrics(painter.font());
    const QRectF room = rect.adjusted(19, 0, 0, 0);
    const QString name = metrics.elidedText(index.data().toString(), Qt::ElideRight, room.width());
    painter.drawText(room, Qt::AlignVCenter | Qt::AlignLeft, name);
    double x = room.left() + metrics.horizontalAdvance(name) + 8;
    x = paintChip(painter, option, x, index.data(ComparisonModel::RepeatRole).toString(), true);
    if (const QString other = index.data(ComparisonModel::OtherNameRole).toString(); !other.isEmpty()) {
        painter.setFont(TreeDelegate::scaled(option.font, TreeDelegate::small, QFont::Normal));
        painter.setPen(theme().faint);
        const QFontMetricsF small(painter.font());
        const QString text = small.elidedText(QStringLiteral("↔ ") + other, Qt::ElideRight, rect.right() - x);
        painter.drawText(QRectF(x, rect.top(), rect.right() - x, rect.height()),
                         Qt::AlignVCenter | Qt::AlignLeft, text);
        x += small.horizontalAdvance(text) + 8;
    }
    paintChip(painter, option, x, index.data(ComparisonModel::ChipRole).toString(), false);
}

void ComparisonDelegate::paintFigure(QPainter& painter, const QStyleOptionViewItem& option,
                                     const QModelIndex& index) const
{
    const QString text = index.data().toString();
    const bool isDelta = index.column() == ComparisonModel::DeltaColumn;
    const bool isWord = !text.isEmpty() && text.back().isLetter() && text.front().isLetter();
    const bool isNothing = text == QChar(0x2013) || isWord;
    const int way = isDelta ? direction(index) : 0;
    painter.setFont(TreeDelegate::scaled(option.font, 1, way != 0 ? QFont::DemiBold : QFont::Normal));
    painter.setPen(way > 0                                                     ? theme().dearerInk
                   : way < 0                                                   ? theme().cheaperInk
                   : isNothing                                                 ? theme().faint
                   : isDelta || index.column() == ComparisonModel::RatioColumn ? theme().dim
                                                                               : theme().text);
    painter.drawText(QRectF(option.rect).adjusted(0, 0, -TreeDelegate::margin, 0),
                     Qt::AlignVCenter | Qt::AlignRight, text);
}

/// All bars have one scale, and one line where they begin.
void ComparisonDelegate::paintBar(QPainter& painter, const QStyleOptionViewItem& option,
                                  const QModelIndex& index) const
{
    constexpr double margin = 14;
    const QRectF rect = QRectF(option.rect).adjusted(margin, 0, -margin, 0);
    if (rect.width() < 12)
        return;
    const double zero = rect.left() + index.data(ComparisonModel::ZeroRole).toDouble() * rect.width();
    painter.fillRect(QRectF(zero - 0.5, rect.top(), 1, rect.height()), theme().border);
    const double fraction = index.data(ComparisonModel::FractionRole).toDouble();
    if (fraction == 0)
        return;
    const int way = direction(index);
    const double length = std::max(1.5, std::abs(fraction) * rect.width());
    const QRectF bar(fraction < 0 ? zero - length : zero, rect.center().y() - barHeight / 2, length,
                     barHeight);
    painter.setPen(Qt::NoPen);
    painter.setBrush(way > 0 ? theme().dearer : way < 0 ? theme().cheaper : theme().faint);
    const double radius = std::min(2.5, length / 2);
    painter.drawRoundedRect(bar, radius, radius);
}

} // namespace sunflop
