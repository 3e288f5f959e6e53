// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Paints the cells of the module table: role mark, name, repeat pill, figures, share bars.

#include "ui/session/session.h"

#include <QStyledItemDelegate>

namespace sunflop {

/// For CostTreeModel. Paints no background: the view fills whole rows.
class TreeDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit TreeDelegate(const Session& session, QObject* parent = nullptr);

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

    /// Height of a row in this font: 27 for 13 px.
    static int rowHeight(const QFont& font);
    /// The font `factor` times as large, in pixels or points as it is.
    static QFont scaled(const QFont& font, double factor, QFont::Weight weight);
    static constexpr double small = 12.0 / 13; ///< classes, shares and heads, of the font's size
    static constexpr double tiny = 11.0 / 13;  ///< repeat pills
    /// From a figure to the right edge of its column.
    static constexpr int margin = 10;

private:
    double paintRepeat(QPainter& painter, const QStyleOptionViewItem& option, const QRectF& rect, double x,
                       qlonglong repeat) const;
    void paintModule(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintFigure(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintShare(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    QColor markColour(const QModelIndex& index) const;

    const Session& m_session;
};

} // namespace sunflop
