// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"

#include "ui/compare/compare_page.h"
#include "ui/menus.h"
#include "ui/model_files.h"
#include "ui/preferences.h"
#include "ui/session/keeper.h"
#include "ui/session/remembered.h"
#include "ui/text.h"
#include "ui/views/view.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/drop_overlay.h"
#include "ui/widgets/empty_page.h"
#include "ui/widgets/estimate_mark.h"
#include "ui/widgets/inputs_panel.h"
#include "ui/widgets/kpi_row.h"
#include "ui/widgets/search_box.h"
#include "ui/widgets/status_line.h"
#include "ui/widgets/tab_drawer.h"
#include "ui/widgets/tool_bar.h"

#include <QApplication>
#include <QFileDialog>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace sunflop {

namespace {

constexpr int narrowestTab = 220;

constexpr int spacing = 12;

/// Never higher than its content can be.
QFrame* card(QWidget* content, const QMargins& margins)
{
    auto* frame = new QFrame;
    frame->setObjectName(QStringLiteral("card"));
    auto* layout = new QVBoxLayout(frame);
    layout->setContentsMargins(margins);
    layout->setSizeConstraint(QLayout::SetMinAndMaxSize);
    layout->addWidget(content);
    return frame;
}

QSplitter* splitter(Qt::Orientation orientation, const QString& name)
{
    auto* splitter = new QSplitter(orientation);
    splitter->setObjectName(name);
    splitter->setHandleWidth(spacing);
    splitter->setChildrenCollapsible(false);
    return splitter;
}

} // namespace

MainWindow::MainWindow(Preferences& preferences, const QPalette& desktop, QWidget* parent)
    : QMainWindow(parent), m_preferences(preferences), m_desktop(desktop), m_opener(m_session),
      m_comparison(m_session, m_opener), m_keeper(makeKeeper()), m_banner(new Banner),
      m_pages(new QStackedWidget), m_emptyPage(new EmptyPage(m_session))
{
    setWindowTitle(QStringLiteral("Sunflop"));
    setAcceptDrops(true);
    setMinimumSize(800, 560);
    m_opener.setRecent(m_preferences.recent());
    m_session.lens().setAnimates(m_preferences.animates());
    buildMenus(*this);

    auto* page = new QWidget;
    page->setObjectName(QStringLiteral("page"));
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* toolBar = new ToolBar(m_session, m_opener);
    m_search = toolBar->searchBox();
    auto* statusLine = new StatusLine(m_session, m_opener);
    m_modelPage = buildModelPage();
    m_pages->addWidget(m_emptyPage);
    m_pages->addWidget(m_modelPage);
    column->addWidget(toolBar);
    column->addWidget(m_banner);
    column->addWidget(m_pages, 1);
    column->addWidget(statusLine);
    m_frame = {toolBar, statusLine};
    setCentralWidget(page);
    m_dropOverlay = new DropOverlay(page);

    connectFrame(*toolBar, *statusLine);
    connectSession();
    connectKeeper();
    connectComparison();
    restore();
    applyTheme();
    showModel();
    qApp->installEventFilter(this);
}

MainWindow::~MainWindow()
{
    // Views look at the session as long as they live, and the session is a member.
    qApp->removeEventFilter(this);
    delete m_keeper;
    delete takeCentralWidget();
}

void MainWindow::connectFrame(ToolBar& toolBar, StatusLine& statusLine)
{
    connect(&toolBar, &ToolBar::browseRequested, this, &MainWindow::browse);
    connect(&toolBar, &ToolBar::browseFolderRequested, this, &MainWindow::browseFolder);
    connect(&toolBar, &ToolBar::compareRequested, this, &MainWindow::toggleComparison);
    connect(&toolBar, &ToolBar::inputsRequested, this, &MainWindow::toggleInputs);
    connect(&toolBar, &ToolBar::exportRequested, this, &MainWindow::exportFigure);
    connect(&statusLine, &StatusLine::notesRequested, this, [this] { showView("notes"); });
    connect(m_emptyPage, &EmptyPage::browseRequested, this, &MainWindow::browse);
    connect(m_emptyPage, &EmptyPage::openRequested, &m_opener, &Opener::open);
}

void MainWindow::connectSession()
{
    connect(&m_session, &Session::modelChanged, this, &MainWindow::showModel);
    connect(&m_opener, &Opener::refused, this, &MainWindow::showRefusal);
    connect(&m_session, &Session::refused, this, [this](const Error& error) {
        // The panel marks the row of an input; this is for what no row can show.
        if (m_inputs->row(error.where) == nullptr)
            m_banner->show(error, tr("These inputs do not fit together"));
    });
    connect(&m_session, &Session::problemChanged, this, &MainWindow::showProblem);
    connect(&m_session, &Session::inputsChanged, this, &MainWindow::rememberArguments);
    m_opener.setRecall([this] { return recall(m_preferences.arguments()); });
    connect(&m_opener, &Opener::opened, this, &MainWindow::showProblem);
    connect(m_inputs, &InputsPanel::sweepRequested, this, [this](const QString& input) {
        m_session.lens().setSweptInput(input);
        showView("sweep");
    });
    connect(&m_opener, &Opener::recentChanged, this, [this] {
        m_preferences.setRecent(m_opener.recent());
        m_emptyPage->setRecent(m_opener.recent());
    });
    m_emptyPage->setRecent(m_opener.recent());
}

QWidget* MainWindow::buildModelPage()
{
    auto* page = new QWidget;
    auto* row = new QHBoxLayout(page);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    m_inputs = new InputsPanel(m_session, page);
    auto* column = new QVBoxLayout;
    column->setContentsMargins(14, spacing, 14, spacing);
    column->setSpacing(spacing);
    column->addWidget(new KpiRow(m_session));
    column->addWidget(buildPanes(), 1);
    row->addWidget(m_inputs);
    row->addLayout(column, 1);
    return page;
}

QWidget* MainWindow::buildPanes()
{
    auto* panes = splitter(Qt::Horizontal, QStringLiteral("panes"));
    auto* left = splitter(Qt::Vertical, QStringLiteral("leftPanes"));
    auto* right = splitter(Qt::Vertical, QStringLiteral("rightPanes"));
    m_tabs = new TabDrawer;
    m_tabs->setAccessibleName(tr("Charts, report and notes"));
    m_tabs->setCornerWidget(new EstimateMark(m_session));
    for (const View& view : views()) {
        QWidget* widget = view.create(m_session, this);
        m_views.insert(text::from(view.id), widget);
        switch (view.place) {
        case View::Place::Tree: left->addWidget(card(widget, {4, 4, 4, 6})); break;
        case View::Place::Chart: right->addWidget(card(widget, {0, 0, 0, 0})); break;
        case View::Place::Details: right->addWidget(card(widget, {0, 0, 0, 0})); break;
        case View::Place::Tab:
            widget->setMinimumWidth(narrowestTab); // a wide legend does not keep the panes from moving
            m_tabs->addTab(widget, view.title());
            break;
        }
    }
    left->addWidget(card(m_tabs, {8, 2, 8, 6}));
    connect(m_tabs, &TabDrawer::openChanged, this, &MainWindow::shareRoom);
    panes->addWidget(left);
    panes->addWidget(right);
    m_splitters = {panes, left, right};
    panes->setStretchFactor(0, 58);
    panes->setStretchFactor(1, 42);
    panes->setSizes({790, 570});
    left->setStretchFactor(0, 1);
    left->setStretchFactor(1, 0);
    left->setSizes({552, m_tabsHeight});
    right->setStretchFactor(0, 70);
    right->setStretchFactor(1, 30);
    right->setSizes({608, 256});
    return panes;
}

void MainWindow::showModel()
{
    if (!m_session.hasModel() && m_opener.pending().isEmpty())
        m_comparison.setOpen(false);
    m_pages->setCurrentWidget(m_session.hasModel() ? m_modelPage : static_cast<QWidget*>(m_emptyPage));
    showTitle();
    showComparison();
    fit();
}

void MainWindow::showRefusal(const QString& place, const Error& error)
{
    m_banner->show(error, tr("Cannot open %1").arg(place));
}

/// What the program said stays until it runs, or something else is opened.
void MainWindow::showProblem()
{
    if (const auto& problem = m_session.problem())
        m_banner->show(*problem, tr("The program did not run with these inputs"));
    else
        m_banner->dismiss();
}

void MainWindow::rememberArguments()
{
    if (m_session.hasModel() && m_session.model().source.program != nullptr)
        m_preferences.setArguments(rememberedKey(m_session.model()), rememberedArguments(m_session));
}

void MainWindow::browse()
{
    const QString file = QFileDialog::getOpenFileName(this, tr("Open a model"), {}, modelFilters());
    if (!file.isEmpty())
        m_opener.open(file);
}

void MainWindow::browseFolder()
{
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Open a model folder"));
    if (!folder.isEmpty())
        m_opener.open(folder);
}

void MainWindow::showView(std::string_view id)
{
    if (m_comparison.isOpen() && m_comparePage != nullptr) {
        m_comparePage->showTab(text::from(id));
        return;
    }
    QWidget* widget = m_views.value(text::from(id));
    if (widget == nullptr)
        return;
    if (m_tabs->indexOf(widget) >= 0) {
        m_tabs->setCurrentWidget(widget);
        m_tabs->setOpen(true);
    }
    widget->setFocus(Qt::ShortcutFocusReason);
}

void MainWindow::focusSearch()
{
    if (m_comparison.isOpen() && m_comparePage != nullptr) {
        m_comparePage->focusSearch();
        return;
    }
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

void MainWindow::dismiss()
{
    if (m_banner->isVisible())
        m_banner->dismiss();
    else if (m_comparison.isOpen())
        m_comparison.setOpen(m_comparePage != nullptr && m_comparePage->dismiss());
    else if (m_inputsAreDrawer && m_inputs->isVisible())
        toggleInputs();
    else if (m_session.finder().isActive())
        m_session.finder().search({}, m_session.hasModel() ? &m_session.run() : nullptr);
    else if (m_session.hasModel())
        m_session.focus().zoom(0);
}

ThemeChoice MainWindow::themeChoice() const
{
    return m_preferences.theme();
}

void MainWindow::setThemeChoice(ThemeChoice choice)
{
    m_preferences.setTheme(choice);
    applyTheme();
    Q_EMIT themeChoiceChanged();
}

void MainWindow::applyTheme()
{
    const Theme& theme = Theme::of(themeChoice(), m_desktop);
    sunflop::applyTheme(*qApp, theme);
    m_session.lens().setTheme(theme);
}

void MainWindow::toggleFullScreen()
{
    setWindowState(windowState() ^ Qt::WindowFullScreen);
}

void MainWindow::toggleInputs()
{
    if (m_comparison.isOpen() && m_comparePage != nullptr) {
        m_comparePage->toggleInputs();
        return;
    }
    m_inputsAreShown = !m_inputs->isVisible();
    placeInputs();
    if (m_inputsAreShown)
        m_inputs->setFocus(Qt::ShortcutFocusReason);
}

void MainWindow::restore()
{
    resize(1680, 1050);
    restoreGeometry(m_preferences.state(QStringLiteral("window")));
    for (QSplitter* splitter : m_splitters)
        splitter->restoreState(m_preferences.state(splitter->objectName()));
}

} // namespace sunflop
