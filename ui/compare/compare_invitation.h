// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the Compare page shows before there is a model B.

#include "ui/compare/compare_session.h"

#include <QWidget>

class QLabel;
class QMenu;

namespace sunflop {

class EmptyPage;

/// Offers the first model itself, with other inputs, as it was or counted otherwise, and any second model.
class CompareInvitation : public QWidget {
    Q_OBJECT
public:
    explicit CompareInvitation(CompareSession& session, QWidget* parent = nullptr);

Q_SIGNALS:
    void browseRequested();

private:
    void showModel();

    CompareSession& m_session;
    QLabel* m_title;
    EmptyPage* m_models;
};

/// One entry for each convention that A is not counted by.
void fillConventions(QMenu& menu, CompareSession& session);

} // namespace sunflop
