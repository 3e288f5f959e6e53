// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/tool_bar.h"

#include "core/formats/format.h"
#include "ui/session/opener.h"
#include "ui/session/session.h"
#include "ui/text.h"
#include "ui/widgets/breadcrumb.h"
#include "ui/widgets/convention_box.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/search_box.h"
#include "ui/widgets/segmented.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>

namespace sunflop {

namespace {

constexpr int barHeight = 52;
/// In a bar that is narrower, the path needs the room more than the search does.
constexpr int roomyWidth = 1500;
constexpr int searchWidth = 260;
constexpr int narrowSearchWidth = 170;
constexpr int leastSearchWidth = 150;

QFrame* hairline()
{
    auto* line = new QFrame;
    line->setObjectName(QStringLiteral("hairline"));
    line->setFixedSize(1, 24);
    return line;
}

} // namespace

ToolBar::ToolBar(Session& session, Opener& opener, QWidget* parent)
    : QFrame(parent), m_session(session), m_opener(opener), m_openMenu(new QMenu(this)),
      m_inputs(button(tr("Show or hide the inputs (F9)"))), m_open(button(tr("Open a model (Ctrl+O)"))),
      m_compare(button(tr("Compare with another model (Ctrl+D)"))), m_back(button(tr("Back (Alt+Left)"))),
      m_forward(button(tr("Forward (Alt+Right)"))), m_up(button(tr("Up (Backspace)"))),
      m_path(new Breadcrumb(session)), m_search(new SearchBox(session))
{
    setObjectName(QStringLiteral("toolBar"));
    setFixedHeight(barHeight);
    m_open->setText(tr("Open"));
    m_open->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_open->setPopupMode(QToolButton::InstantPopup);
    m_open->setMenu(m_openMenu);
    auto* measures = measureSegments(session);
    auto* convention = new ConventionBox(session);
    auto* exports = new QPushButton(tr("Export"));
    exports->setProperty("tone", QStringLiteral("primary"));
    exports->setToolTip(tr("Figures and data as files (Ctrl+E)"));
    m_forModel = {m_inputs, m_compare, measures, convention, m_search, exports};
    layOut(measures, convention, exports);
    connect(exports, &QPushButton::clicked, this, &ToolBar::exportRequested);
    connectAll();
    colourIcons();
    follow();
}

void ToolBar::layOut(QWidget* measures, QWidget* convention, QWidget* exports)
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(10, 0, 14, 0);
    row->setSpacing(4);
    for (QWidget* widget :
         std::initializer_list<QWidget*>{m_open, m_compare, m_inputs, hairline(), m_back, m_forward, m_up})
        row->addWidget(widget);
    row->addWidget(m_path);
    row->addWidget(measures);
    row->addSpacing(8);
    row->addWidget(convention);
    row->addSpacing(8);
    row->addWidget(m_search);
    row->addSpacing(8);
    row->addWidget(exports);
}

void ToolBar::connectAll()
{
    connect(m_openMenu, &QMenu::aboutToShow, this, &ToolBar::fillOpenMenu);
    connect(m_compare, &QToolButton::clicked, this, &ToolBar::compareRequested);
    connect(m_inputs, &QToolButton::clicked, this, &ToolBar::inputsRequested);
    Focus& focus = m_session.focus();
    connect(m_back, &QToolButton::clicked, &focus, &Focus::back);
    connect(m_forward, &QToolButton::clicked, &focus, &Focus::forward);
    connect(m_up, &QToolButton::clicked, &m_session, &Session::zoomUp);
    connect(&focus, &Focus::historyChanged, this, &ToolBar::follow);
    connect(&m_session, &Session::modelChanged, this, &ToolBar::follow);
    connect(&m_session.lens(), &Lens::themeChanged, this, &ToolBar::colourIcons);
    connect(&m_session, &Session::modelChanged, this, &ToolBar::share);
    connect(&focus, &Focus::selectedChanged, this, &ToolBar::share);
}

QToolButton* ToolBar::button(const QString& help)
{
    auto* button = new QToolButton(this);
    button->setToolTip(help);
    button->setAccessibleName(help);
    button->setIconSize({18, 18});
    button->setFocusPolicy(Qt::StrongFocus);
    return button;
}

void ToolBar::resizeEvent(QResizeEvent* event)
{
    QFrame::resizeEvent(event);
    share();
}

void ToolBar::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange)
        share();
}

int ToolBar::roomForPath() const
{
    return width() - (layout()->sizeHint().width() - m_path->sizeHint().width());
}

/// What is selected is named in full first: at the cost of the search, then of the word beside the folder.
void ToolBar::share()
{
    const int wanted = m_path->selectedWidth();
    m_open->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_search->setFixedWidth(width() < roomyWidth ? narrowSearchWidth : searchWidth);
    if (roomForPath() < wanted)
        m_search->setFixedWidth(leastSearchWidth);
    if (roomForPath() < wanted)
        m_open->setToolButtonStyle(Qt::ToolButtonIconOnly);
}

void ToolBar::fillOpenMenu()
{
    m_openMenu->clear();
    connect(m_openMenu->addAction(tr("File…")), &QAction::triggered, this, &ToolBar::browseRequested);
    connect(m_openMenu->addAction(tr("Model folder…")), &QAction::triggered, this,
            &ToolBar::browseFolderRequested);
    const auto add = [this](QMenu* menu, const QString& place) {
        connect(menu->addAction(place), &QAction::triggered, &m_opener,
                [this, place] { m_opener.open(place); });
    };
    if (!m_opener.recent().isEmpty())
        m_openMenu->addSection(tr("Recent"));
    for (const QString& place : m_opener.recent())
        add(m_openMenu, place);
    m_openMenu->addSeparator();
    QMenu* examples = m_openMenu->addMenu(tr("Examples"));
    for (const BundledModel& model : bundledModels())
        add(examples, text::from(model.name));
}

void ToolBar::follow()
{
    const Focus& focus = m_session.focus();
    m_back->setEnabled(focus.canGoBack());
    m_forward->setEnabled(focus.canGoForward());
    m_up->setEnabled(m_session.hasModel() && focus.root() != 0);
    for (QWidget* widget : m_forModel)
        widget->setEnabled(m_session.hasModel());
}

void ToolBar::colourIcons()
{
    const Theme& theme = m_session.lens().theme();
    const std::initializer_list<std::pair<QToolButton*, QLatin1String>> icons{
        {m_open, QLatin1String("open")}, {m_inputs, QLatin1String("panel")},
        {m_back, QLatin1String("back")}, {m_forward, QLatin1String("forward")},
        {m_up, QLatin1String("up")},     {m_compare, QLatin1String("compare")},
    };
    for (const auto& [button, name] : icons)
        button->setIcon(icon(name, theme.dim, theme));
}

} // namespace sunflop
