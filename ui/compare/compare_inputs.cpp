// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/compare_inputs.h"

#include "ui/widgets/inputs_panel.h"
#include "ui/widgets/segmented.h"

#include <QLabel>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace sunflop {

CompareInputs::CompareInputs(CompareSession& session, QWidget* parent)
    : QFrame(parent), m_session(session), m_sides(new Segmented), m_note(new QLabel),
      m_stack(new QStackedWidget), m_panels{new InputsPanel(session.session(Side::A)),
                                            new InputsPanel(session.session(Side::B))}
{
    setObjectName(QStringLiteral("inputsPanel"));
    setAccessibleName(tr("Inputs of both models"));
    m_sides->setAccessibleName(tr("Whose inputs"));
    m_sides->addSegment(tr("Inputs of A"));
    m_sides->addSegment(tr("Inputs of B"));
    m_note->setProperty("tone", QStringLiteral("tally"));
    m_note->setWordWrap(true);
    m_note->setContentsMargins(18, 0, 18, 0);
    for (InputsPanel* panel : m_panels) {
        panel->setFrameShape(QFrame::NoFrame);
        m_stack->addWidget(panel);
        connect(panel, &InputsPanel::sweepRequested, this, &CompareInputs::sweepRequested);
    }
    setFixedWidth(m_panels[0]->width());
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 10, 0, 0);
    column->setSpacing(6);
    column->addWidget(m_sides, 0, Qt::AlignHCenter);
    column->addWidget(m_note);
    column->addWidget(m_stack, 1);
    connect(m_sides, &Segmented::chosen, m_stack, &QStackedWidget::setCurrentIndex);
    connect(&session, &CompareSession::linksChanged, this, &CompareInputs::showLink);
    connect(&session, &CompareSession::rowsChanged, this, &CompareInputs::showLink);
    connect(&session.session(Side::A), &Session::inputsChanged, this, &CompareInputs::showLink);
    showLink();
}

void CompareInputs::show(Side side)
{
    m_sides->setCurrent(static_cast<int>(side));
    m_stack->setCurrentIndex(static_cast<int>(side));
}

Side CompareInputs::shown() const
{
    return m_stack->currentIndex() == 0 ? Side::A : Side::B;
}

void CompareInputs::showLink()
{
    const bool isLinked = m_session.linksInputs();
    if (isLinked || m_sides->current() < 0)
        show(Side::A);
    m_sides->setVisible(!isLinked);
    m_note->setVisible(isLinked);
    const QStringList missing = m_session.notOffered();
    m_note->setText(missing.isEmpty() ? tr("Linked: changes go to A and B.")
                                      : tr("Linked: changes go to A and B. B does not offer %1.")
                                            .arg(missing.join(QStringLiteral(", "))));
}

} // namespace sunflop
