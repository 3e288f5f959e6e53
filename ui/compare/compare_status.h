// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The line at the foot of the Compare page: how the modules were aligned, and what the colours mean.

#include "ui/compare/compare_session.h"

#include <QFrame>

class QLabel;

namespace sunflop {

/// What became of the modules of both sides.
struct AlignmentTally {
    int aligned = 0; ///< rows with a module of each side
    int byHand = 0;
    int renamed = 0; ///< of those, with another name in B
    int onlyInA = 0; ///< outermost rows that B has nothing in
    int onlyInB = 0;
};
AlignmentTally tallyOf(const CompareSession& session);

class CompareStatus : public QFrame {
    Q_OBJECT
public:
    explicit CompareStatus(CompareSession& session, QWidget* parent = nullptr);

private:
    void showTally();
    void showLegend();

    CompareSession& m_session;
    QLabel* m_tally;
    QLabel* m_legend;
};

} // namespace sunflop
