// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The window: tool bar, inputs, tree and sunburst over one session.

#include "core/session/session_state.h"
#include "ui/compare/compare_session.h"
#include "ui/compare/comparison_table.h"
#include "ui/session/opener.h"
#include "ui/session/session.h"

#include <QHash>
#include <QMainWindow>

#include <functional>
#include <string>
#include <string_view>

class QSplitter;
class QStackedWidget;

namespace sunflop {

class Banner;
class ComparePage;
class DropOverlay;
class EmptyPage;
class InputsPanel;
class Keeper;
class Preferences;
class SearchBox;
class StatusLine;
class TabDrawer;
class ToolBar;
struct View;

/// Builds its panes from the list of views. Everything it shows lives in the session.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    /// Takes its size, theme and recent files from `preferences`, and writes them back when it is closed.
    /// `desktop` is the palette that the program started with: the system's theme.
    MainWindow(Preferences& preferences, const QPalette& desktop, QWidget* parent = nullptr);
    ~MainWindow() override;

    Session& session() { return m_session; }
    Opener& opener() { return m_opener; }
    Keeper& keeper() { return *m_keeper; }
    CompareSession& comparison() { return m_comparison; }
    /// Made when it is first shown; null before.
    ComparePage* comparePage() { return m_comparePage; }

    /// Asks for a file, or for a folder that holds a model.
    void browse();
    void browseFolder();
    void setThemeChoice(ThemeChoice choice);
    ThemeChoice themeChoice() const;
    /// To the Compare page and back.
    void toggleComparison();
    /// Asks for a file to compare with, or for another model A.
    void browseFor(Side side);
    /// Brings a view to the front and gives it the keyboard.
    void showView(std::string_view id);
    void focusSearch();
    void toggleInputs();
    void toggleFullScreen();
    /// Escape: what is open on top goes first: the banner, then the search, then the zoom.
    void dismiss();
    /// Into the session's file; a session without a name asks for one. False if it was not saved.
    bool saveSession();
    bool saveSessionAs();
    /// The command line that makes the present view, on the clipboard.
    void copyCommand();
    /// Id of the tab in front; empty while the first one is.
    std::string tabInFront() const;
    /// The view that has the keyboard, else the sunburst, as picture and SVG on the clipboard.
    void copyFigure();
    /// Opens the Export dialog on the same view.
    void exportFigure();

Q_SIGNALS:
    void themeChoiceChanged();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    const View& focusedFigure() const;
    std::function<std::vector<ShownRow>()> shownRows() const;
    QWidget* buildModelPage();
    QWidget* buildPanes();
    void connectFrame(ToolBar& toolBar, StatusLine& statusLine);
    void connectSession();
    void showModel();
    void connectComparison();
    void showComparison();
    void askWhatToDo(const QString& place, const QPoint& at);
    void showRefusal(const QString& place, const Error& error);
    void showProblem();
    void rememberArguments();
    void applyTheme();
    void fit();
    void placeInputs();
    void shareRoom(bool tabsAreOpen);
    void restore();
    bool isComparing() const { return m_comparison.isOpen() && m_comparePage != nullptr; }
    QString shownNames() const;
    void addTo(SessionState& state) const;
    QStringList takeUp(const SessionState& state, const Model* second);
    Keeper* makeKeeper();
    void connectKeeper();
    void showTitle();
    void showNotes(const QString& path, const QStringList& notes);
    bool mayReplace();

    Preferences& m_preferences;
    QPalette m_desktop;
    Session m_session;
    Opener m_opener;
    CompareSession m_comparison;
    Keeper* m_keeper;
    Banner* m_banner;
    QStackedWidget* m_pages;
    EmptyPage* m_emptyPage;
    InputsPanel* m_inputs;
    QWidget* m_modelPage = nullptr;
    ComparePage* m_comparePage = nullptr;
    QList<QWidget*> m_frame; ///< bars round the pages of one model
    SearchBox* m_search = nullptr;
    TabDrawer* m_tabs = nullptr;
    DropOverlay* m_dropOverlay;
    QList<QSplitter*> m_splitters;
    QHash<QString, QWidget*> m_views;
    int m_tabsHeight = 312; ///< of their card while they are open
    bool m_inputsAreDrawer = false;
    bool m_inputsAreShown = true;
    bool m_isAltAlone = false; ///< it was the last key that went down
};

} // namespace sunflop
