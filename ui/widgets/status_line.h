// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The line at the foot of the window: what is shown, how long it took, what is being opened, what to know.

#include <QFrame>

class QLabel;
class QProgressBar;
class QTimer;
class QToolButton;

namespace sunflop {

class Opener;
class Session;

/// Progress shows after 300 ms, the button to cancel after one second.
class StatusLine : public QFrame {
    Q_OBJECT
public:
    StatusLine(Session& session, Opener& opener, QWidget* parent = nullptr);

Q_SIGNALS:
    void notesRequested();

private:
    void layOut();
    void waitAgain();
    void showFigures();
    void showProgress();

    Session& m_session;
    Opener& m_opener;
    QLabel* m_figures;
    QLabel* m_progressText;
    QProgressBar* m_progress;
    QToolButton* m_cancel;
    QToolButton* m_notes;
    QTimer* m_progressDelay;
    QTimer* m_cancelDelay;
};

} // namespace sunflop
