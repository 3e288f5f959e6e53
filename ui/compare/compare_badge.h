// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The letter of a model of the Compare page, in a circle.

#include "ui/compare/compare_session.h"

#include <QWidget>

namespace sunflop {

class CompareBadge : public QWidget {
    Q_OBJECT
public:
    CompareBadge(const CompareSession& session, Side side, QWidget* parent = nullptr);

    static constexpr int diameter = 22;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const CompareSession& m_session;
    Side m_side;
};

} // namespace sunflop
