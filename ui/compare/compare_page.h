// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The page that shows two models side by side.

#include "ui/compare/compare_session.h"

#include <QWidget>

class QSplitter;
class QStackedWidget;
class QTabWidget;

namespace sunflop {

class CompareBar;
class CompareCard;
class CompareInputs;
class ComparisonView;
class SearchBox;

/// Two sunbursts with a summary between them over the aligned tree; its own bar on top, its own line at the
/// foot. Before there is a model B: an invitation to choose one.
class ComparePage : public QWidget {
    Q_OBJECT
public:
    explicit ComparePage(CompareSession& session, QWidget* parent = nullptr);

    CompareBar& bar() { return *m_bar; }
    ComparisonView& tree() { return *m_tree; }
    CompareCard& card(Side side) { return *m_cards[static_cast<std::size_t>(side)]; }
    CompareInputs& inputs() { return *m_inputs; }
    void toggleInputs();
    void focusSearch();
    /// Escape: the search, the zoom, then the page. False: nothing was left but the page itself.
    bool dismiss();
    /// Brings a tab to the front: "table", "why", "sweep".
    void showTab(const QString& id);
    /// Id of the figure that shows what is in front: "compare", "sweep".
    QString focusedFigure() const;

Q_SIGNALS:
    void leaveRequested();
    void browseRequested(Side side);
    void exportRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* buildContent();
    QWidget* buildTabs();
    void addTab(QWidget* tab, const QString& title, const QString& id);
    void showState();
    void showTabs();
    void fit();

    CompareSession& m_session;
    CompareBar* m_bar;
    CompareInputs* m_inputs;
    QStackedWidget* m_stack;
    QWidget* m_content = nullptr;
    QTabWidget* m_tabs;
    SearchBox* m_search;
    ComparisonView* m_tree;
    QWidget* m_why;
    CompareCard* m_cards[2];
    QSplitter* m_parts;
    bool m_isNarrow = false;
    bool m_inputsAreShown = true;
};

} // namespace sunflop
