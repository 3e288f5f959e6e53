// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Searches the modules while one types.

#include <QLineEdit>

class QLabel;

namespace sunflop {

class Session;

/// Says how many modules match and what share of the lens's measure they hold. Enter and Shift+Enter go from
/// match to match, Escape clears.
class SearchBox : public QLineEdit {
    Q_OBJECT
public:
    explicit SearchBox(Session& session, QWidget* parent = nullptr);

    QString tally() const; ///< "12 matches · 34.8 %"; empty without a search
    QSize sizeHint() const override;

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void search(const QString& text);
    void showTally();
    void placeTally();
    void colourIcon();
    void goToMatch(bool backwards);

    Session& m_session;
    QAction* m_icon;
    QLabel* m_tally;
};

} // namespace sunflop
