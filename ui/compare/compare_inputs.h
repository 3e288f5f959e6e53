// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The inputs of the Compare page: one panel while both sides are linked, else that of A or of B.

#include "ui/compare/compare_session.h"

#include <QFrame>

class QLabel;
class QStackedWidget;

namespace sunflop {

class InputsPanel;
class Segmented;

class CompareInputs : public QFrame {
    Q_OBJECT
public:
    explicit CompareInputs(CompareSession& session, QWidget* parent = nullptr);

    InputsPanel& panel(Side side) { return *m_panels[static_cast<std::size_t>(side)]; }
    /// Brings the panel of a side to the front, while they are not linked.
    void show(Side side);
    Side shown() const;

Q_SIGNALS:
    void sweepRequested(const QString& input);

private:
    void showLink();

    CompareSession& m_session;
    Segmented* m_sides;
    QLabel* m_note;
    QStackedWidget* m_stack;
    InputsPanel* m_panels[2];
};

} // namespace sunflop
