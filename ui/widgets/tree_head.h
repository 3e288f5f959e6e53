// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The head of the module table: titles over their figures, and an arrow where rows are sorted.

#include "ui/session/session.h"

#include <QHeaderView>

namespace sunflop {

/// A click sorts, largest first; the second one turns the order, the third restores the model's.
class TreeHead : public QHeaderView {
    Q_OBJECT
public:
    TreeHead(const Session& session, QWidget* parent);

    /// To be called when the view has it, with its model.
    void configure();

protected:
    void paintSection(QPainter* painter, const QRect& rect, int section) const override;
    bool event(QEvent* event) override;

private:
    const Session& m_session;
    int m_hovered = -1;
};

} // namespace sunflop
