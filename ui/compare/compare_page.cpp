// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/compare_page.h"

#include "ui/charts/sweep_view.h"
#include "ui/compare/compare_bar.h"
#include "ui/compare/compare_card.h"
#include "ui/compare/compare_inputs.h"
#include "ui/compare/compare_invitation.h"
#include "ui/compare/compare_status.h"
#include "ui/compare/compare_summary.h"
#include "ui/compare/comparison_view.h"
#include "ui/compare/why_view.h"
#include "ui/widgets/search_box.h"

#include <QHBoxLayout>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>

#include <utility>

namespace sunflop {

namespace {

/// Below this width the inputs lie above the page.
constexpr int drawerWidth = 1280;
constexpr int spacing = 12;
constexpr int searchWidth = 240;

} // namespace

ComparePage::ComparePage(CompareSession& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_bar(new CompareBar(session)),
      m_inputs(new CompareInputs(session)), m_stack(new QStackedWidget), m_tabs(new QTabWidget),
      m_search(new SearchBox(session.session(Side::A))), m_tree(new ComparisonView(session)),
      m_why(new WhyView(session)), m_cards{new CompareCard(session, Side::A),
                                           new CompareCard(session, Side::B)},
      m_parts(new QSplitter(Qt::Vertical))
{
    setAccessibleName(tr("Comparison"));
    auto* invitation = new CompareInvitation(session);
    m_stack->addWidget(invitation);
    m_stack->addWidget(buildContent());
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_bar);
    column->addWidget(m_stack, 1);
    column->addWidget(new CompareStatus(session));
    connect(m_bar, &CompareBar::leaveRequested, this, &ComparePage::leaveRequested);
    connect(m_bar, &CompareBar::inputsRequested, this, &ComparePage::toggleInputs);
    connect(m_bar, &CompareBar::browseRequested, this, &ComparePage::browseRequested);
    connect(invitation, &CompareInvitation::browseRequested, this,
            [this] { Q_EMIT browseRequested(Side::B); });
    connect(m_bar, &CompareBar::exportRequested, this, &ComparePage::exportRequested);
    connect(&session, &CompareSession::rowsChanged, this, &ComparePage::showState);
    connect(&session, &CompareSession::figuresChanged, this, &ComparePage::showTabs);
    connect(m_inputs, &CompareInputs::sweepRequested, this, [this](const QString& input) {
        m_session.session(Side::A).lens().setSweptInput(input);
        showTab(QStringLiteral("sweep"));
    });
    showState();
}

QWidget* ComparePage::buildContent()
{
    m_content = new QWidget;
    auto* top = new QWidget;
    auto* cards = new QHBoxLayout(top);
    cards->setContentsMargins(0, 0, 0, 0);
    cards->setSpacing(spacing);
    cards->addWidget(m_cards[0], 36);
    cards->addWidget(new CompareSummary(m_session), 25);
    cards->addWidget(m_cards[1], 36);
    m_parts->setHandleWidth(spacing);
    m_parts->setChildrenCollapsible(false);
    m_parts->addWidget(top);
    m_parts->addWidget(buildTabs());
    m_parts->setStretchFactor(0, 45);
    m_parts->setStretchFactor(1, 55);
    m_parts->setSizes({420, 500});
    auto* main = new QWidget;
    auto* column = new QVBoxLayout(main);
    column->setContentsMargins(14, spacing, 14, spacing);
    column->addWidget(m_parts);
    auto* row = new QHBoxLayout(m_content);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(m_inputs);
    row->addWidget(main, 1);
    return m_content;
}

QWidget* ComparePage::buildTabs()
{
    auto* card = new QFrame;
    card->setObjectName(QStringLiteral("card"));
    auto* layout = new QVBoxLayout(card);
    layout->setContentsMargins(4, 2, 4, 6);
    m_search->setFixedWidth(searchWidth);
    m_tabs->setDocumentMode(true);
    m_tabs->setAccessibleName(tr("Modules and charts of both models"));
    m_tabs->setCornerWidget(m_search);
    addTab(m_tree, tr("Modules"), QStringLiteral("table"));
    addTab(new SweepView(m_session.session(Side::A), m_session.session(Side::B), m_tabs), tr("Sweep"),
           QStringLiteral("sweep"));
    addTab(m_why, tr("Why they differ"), QStringLiteral("why"));
    layout->addWidget(m_tabs);
    return card;
}

void ComparePage::addTab(QWidget* tab, const QString& title, const QString& id)
{
    tab->setObjectName(id);
    m_tabs->addTab(tab, title);
}

void ComparePage::showTab(const QString& id)
{
    for (int i = 0; i < m_tabs->count(); ++i)
        if (m_tabs->widget(i)->objectName() == id && m_tabs->isTabVisible(i))
            m_tabs->setCurrentIndex(i);
}

void ComparePage::showState()
{
    m_stack->setCurrentIndex(m_session.isAligned() ? 1 : 0);
    showTabs();
    fit();
}

void ComparePage::showTabs()
{
    const bool hasReasons =
        m_session.isOneTrace() && m_session.run(Side::A).convention != m_session.run(Side::B).convention;
    m_tabs->setTabVisible(m_tabs->indexOf(m_why), hasReasons);
}

void ComparePage::toggleInputs()
{
    m_inputsAreShown = !m_inputs->isVisible();
    fit();
}

void ComparePage::fit()
{
    const bool isNarrow = width() < drawerWidth;
    if (std::exchange(m_isNarrow, isNarrow) != isNarrow)
        m_inputsAreShown = !isNarrow;
    auto* row = static_cast<QHBoxLayout*>(m_content->layout());
    const bool isInRow = row->indexOf(m_inputs) >= 0;
    if (m_isNarrow && isInRow)
        row->removeWidget(m_inputs);
    else if (!m_isNarrow && !isInRow)
        row->insertWidget(0, m_inputs);
    if (m_isNarrow) {
        m_inputs->setGeometry(0, 0, m_inputs->width(), m_content->height());
        m_inputs->raise();
    }
    m_inputs->setVisible(m_inputsAreShown);
}

void ComparePage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fit();
}

void ComparePage::focusSearch()
{
    showTab(QStringLiteral("table"));
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

bool ComparePage::dismiss()
{
    Finder& finder = m_session.session(Side::A).finder();
    if (m_isNarrow && m_inputs->isVisible()) {
        toggleInputs();
    } else if (finder.isActive()) {
        m_search->clear();
    } else if (m_session.isAligned() && m_session.focus().root() != 0) {
        m_session.focus().zoom(0);
    } else {
        return false;
    }
    return true;
}

QString ComparePage::focusedFigure() const
{
    return m_tabs->currentWidget()->objectName() == QLatin1String("sweep") ? QStringLiteral("sweep")
                                                                           : QStringLiteral("compare");
}

} // namespace sunflop
