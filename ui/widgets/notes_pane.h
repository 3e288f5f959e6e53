// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The notes tab: what a reader of the figures should know, with links to the modules it is about.

#include "ui/session/session.h"

#include <QTextBrowser>

namespace sunflop {

class NotesPane : public QTextBrowser {
    Q_OBJECT
public:
    NotesPane(Session& session, QWidget* parent);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void refresh();
    void follow(const QUrl& link);

    Session& m_session;
};

} // namespace sunflop
