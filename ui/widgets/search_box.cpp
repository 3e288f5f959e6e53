// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/search_box.h"

#include "ui/session/session.h"
#include "ui/text.h"
#include "ui/widgets/icons.h"

#include <QAction>
#include <QKeyEvent>
#include <QLabel>

namespace sunflop {

namespace {

constexpr int narrowest = 150;

} // namespace

SearchBox::SearchBox(Session& session, QWidget* parent)
    : QLineEdit(parent), m_session(session), m_icon(addAction(QIcon(), QLineEdit::LeadingPosition)),
      m_tally(new QLabel(this))
{
    setPlaceholderText(tr("Search modules"));
    setAccessibleName(tr("Search modules"));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setMinimumWidth(narrowest);
    setToolTip(tr("Name or class of a module, or an operator; with a dot, its whole path.\n"
                  "Enter and Shift+Enter go from match to match."));
    m_tally->setProperty("tone", QStringLiteral("note"));
    m_tally->setAttribute(Qt::WA_TransparentForMouseEvents);
    connect(this, &QLineEdit::textChanged, this, &SearchBox::search);
    connect(&session.finder(), &Finder::changed, this, &SearchBox::showTally);
    connect(&session, &Session::figuresChanged, this, &SearchBox::showTally);
    connect(&session.lens(), &Lens::measureChanged, this, &SearchBox::showTally);
    connect(&session.lens(), &Lens::themeChanged, this, &SearchBox::colourIcon);
    colourIcon();
    showTally();
}

void SearchBox::search(const QString& text)
{
    m_session.finder().search(text, m_session.hasModel() ? &m_session.run() : nullptr);
}

QString SearchBox::tally() const
{
    const Finder& finder = m_session.finder();
    if (!finder.isActive() || !m_session.hasModel())
        return {};
    const Run& run = m_session.run();
    const Measure& measure = m_session.lens().measure();
    const int count = static_cast<int>(finder.matches().size() + finder.ownMatches(run, measure).size());
    if (count == 0)
        return tr("no match");
    return (count == 1 ? tr("1 match") : tr("%1 matches").arg(count)) + QStringLiteral(" · ") +
           text::share(finder.sum(run, measure), measure.of(run.costs.root().total));
}

void SearchBox::showTally()
{
    // Another part may have begun or ended the search.
    if (m_session.hasModel() && m_session.finder().text() != text().trimmed())
        setText(m_session.finder().text());
    m_tally->setText(tally());
    m_tally->setVisible(!m_tally->text().isEmpty());
    setAccessibleDescription(m_tally->text());
    placeTally();
}

void SearchBox::placeTally()
{
    const int tallyWidth = m_tally->isVisibleTo(this) ? m_tally->sizeHint().width() : 0;
    // A narrow box is for typing.
    const bool fits = tallyWidth + 90 <= width();
    m_tally->setGeometry(width() - tallyWidth - 8, 1, fits ? tallyWidth : 0, height() - 2);
    setTextMargins(0, 0, fits && tallyWidth > 0 ? tallyWidth + 4 : 0, 0);
}

void SearchBox::colourIcon()
{
    const Theme& theme = m_session.lens().theme();
    m_icon->setIcon(icon(QLatin1String("search"), theme.faint, theme));
}

void SearchBox::goToMatch(bool backwards)
{
    m_session.selectMatch(backwards);
}

void SearchBox::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter: goToMatch(event->modifiers().testFlag(Qt::ShiftModifier)); return;
    case Qt::Key_Escape:
        if (!text().isEmpty()) {
            clear();
            return;
        }
        break;
    default: break;
    }
    QLineEdit::keyPressEvent(event);
}

void SearchBox::resizeEvent(QResizeEvent* event)
{
    QLineEdit::resizeEvent(event);
    placeTally();
}

QSize SearchBox::sizeHint() const
{
    return {260, QLineEdit::sizeHint().height()};
}

} // namespace sunflop
