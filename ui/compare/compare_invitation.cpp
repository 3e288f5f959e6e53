// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/compare_invitation.h"

#include "ui/text.h"
#include "ui/widgets/empty_page.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QVBoxLayout>

namespace sunflop {

void fillConventions(QMenu& menu, CompareSession& session)
{
    menu.clear();
    for (const Convention& convention : conventions())
        if (&convention != &session.session(Side::A).convention())
            menu.addAction(text::from(convention.title), &session,
                           [&session, &convention] { session.compareWithConvention(convention); });
}

CompareInvitation::CompareInvitation(CompareSession& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_title(new QLabel),
      m_models(new EmptyPage(session.session(Side::A)))
{
    m_title->setProperty("tone", QStringLiteral("figure"));
    m_title->setAlignment(Qt::AlignCenter);
    auto* inputs = new QPushButton(tr("Itself, with other inputs"));
    auto* baseline = new QPushButton(tr("Its baseline"));
    auto* convention = new QPushButton(tr("Itself, counted otherwise"));
    auto* conventions = new QMenu(this);
    convention->setMenu(conventions);
    connect(conventions, &QMenu::aboutToShow, this,
            [this, conventions] { fillConventions(*conventions, m_session); });
    connect(inputs, &QPushButton::clicked, &session, &CompareSession::compareWithItself);
    connect(baseline, &QPushButton::clicked, &session, &CompareSession::compareWithBaseline);
    connect(m_models, &EmptyPage::browseRequested, this, &CompareInvitation::browseRequested);
    connect(m_models, &EmptyPage::openRequested, &session,
            [&session](const QString& place) { session.compareWith(place); });
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addStretch(1);
    for (QPushButton* button : {inputs, baseline, convention})
        buttons->addWidget(button);
    buttons->addStretch(1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 22, 0, 0);
    column->setSpacing(12);
    column->addWidget(m_title);
    column->addLayout(buttons);
    column->addWidget(m_models, 1);
    connect(&session.session(Side::A), &Session::modelChanged, this, &CompareInvitation::showModel);
    connect(&session.opener(Side::A), &Opener::recentChanged, this, &CompareInvitation::showModel);
    showModel();
}

void CompareInvitation::showModel()
{
    const Session& a = m_session.session(Side::A);
    if (a.hasModel())
        m_title->setText(tr("Compare %1 with …").arg(text::from(a.model().source.name)));
    m_models->setRecent(m_session.opener(Side::A).recent());
}

} // namespace sunflop
