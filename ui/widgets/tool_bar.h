// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The bar at the top: open, history, where one is, what is measured and how it is counted, search.

#include <QFrame>

class QMenu;
class QToolButton;

namespace sunflop {

class Breadcrumb;
class Opener;
class SearchBox;
class Session;

/// What needs a model is grey until one is open.
class ToolBar : public QFrame {
    Q_OBJECT
public:
    ToolBar(Session& session, Opener& opener, QWidget* parent = nullptr);

    SearchBox* searchBox() const { return m_search; }

Q_SIGNALS:
    void browseRequested();
    void browseFolderRequested();
    void inputsRequested();
    void exportRequested();
    void compareRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void layOut(QWidget* measures, QWidget* convention, QWidget* exports);
    void connectAll();
    void share();
    /// Pixels that the path has beside all else at its present width.
    int roomForPath() const;
    QToolButton* button(const QString& help);
    void fillOpenMenu();
    void follow();
    void colourIcons();

    Session& m_session;
    Opener& m_opener;
    QMenu* m_openMenu;
    QToolButton* m_inputs;
    QToolButton* m_open;
    QToolButton* m_compare;
    QToolButton* m_back;
    QToolButton* m_forward;
    QToolButton* m_up;
    Breadcrumb* m_path;
    SearchBox* m_search;
    QList<QWidget*> m_forModel;
};

} // namespace sunflop
