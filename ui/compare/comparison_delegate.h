// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Paints the cells of a comparison: names with what they are called in B, figures, diverging bars.

#include "ui/session/session.h"

#include <QStyledItemDelegate>

namespace sunflop {

/// For ComparisonModel. Paints no background: the view fills whole rows.
class ComparisonDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    /// Colours are those of `session`'s lens.
    explicit ComparisonDelegate(const Session& session, QObject* parent = nullptr);

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    void paintModule(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintMark(QPainter& painter, const QRectF& rect, const QModelIndex& index) const;
    void paintFigure(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintBar(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    /// Draws a rounded label from `x` on where it fits; returns where the next one may begin.
    double paintChip(QPainter& painter, const QStyleOptionViewItem& option, double x, const QString& text,
                     bool isRepeat) const;

    const Theme& theme() const { return m_session.lens().theme(); }

    const Session& m_session;
};

} // namespace sunflop
