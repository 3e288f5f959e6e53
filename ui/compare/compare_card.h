// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One of the two sunbursts of the Compare page, with its model's letter and name.

#include "ui/compare/compare_session.h"
#include "ui/sunburst/sunburst_colours.h"

#include <QFrame>

class QLabel;

namespace sunflop {

class ConventionBox;
class SunburstWidget;

/// Its convention can be chosen where the two sides differ, or could.
class CompareCard : public QFrame {
    Q_OBJECT
public:
    CompareCard(CompareSession& session, Side side, QWidget* parent = nullptr);

    SunburstWidget& sunburst() { return *m_sunburst; }
    QSize sizeHint() const override { return {440, 400}; }

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void showModel();
    void fit();

    CompareSession& m_session;
    Side m_side;
    QLabel* m_name;
    QLabel* m_size;
    ConventionBox* m_convention;
    SunburstWidget* m_sunburst;
};

/// Radius of a side's circle as a share of the larger one's, so that areas are in proportion to what the
/// middles show. Below `least` the circle would be too small to read: it is `least`, and is not to scale.
struct RadiusShare {
    double share = 1;
    bool isToScale = true;
    static constexpr double least = 0.16;
};
RadiusShare radiusShare(const CompareSession& session, Side side);

/// Colours of a side's branches: A's in their order, and each of B as the branch of A that its partner lies
/// in; what is only in B has colours that A does not use.
BranchColours branchColours(const CompareSession& session, Side side);

} // namespace sunflop
