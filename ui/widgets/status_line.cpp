// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/status_line.h"

#include "ui/notes.h"
#include "ui/session/opener.h"
#include "ui/session/session.h"
#include "ui/text.h"
#include "ui/widgets/estimate_mark.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QTimer>
#include <QToolButton>

namespace sunflop {

namespace {

constexpr int progressAfterMilliseconds = 300;
constexpr int cancelAfterMilliseconds = 500;

QTimer* delay(int milliseconds, QObject* parent)
{
    auto* timer = new QTimer(parent);
    timer->setSingleShot(true);
    timer->setInterval(milliseconds);
    return timer;
}

/// Modules that exist in the model, and how many layers the tree does not repeat.
std::pair<Count, Count> sizeOf(const Run& run)
{
    Count modules;
    Count folded;
    for (const CostNode& node : run.costs.nodes) {
        modules += node.instances;
        folded += node.repeat - 1;
    }
    return {modules, folded};
}

} // namespace

StatusLine::StatusLine(Session& session, Opener& opener, QWidget* parent)
    : QFrame(parent), m_session(session), m_opener(opener), m_figures(new QLabel(this)),
      m_progressText(new QLabel(this)), m_progress(new QProgressBar(this)), m_cancel(new QToolButton(this)),
      m_notes(new QToolButton(this)), m_progressDelay(delay(progressAfterMilliseconds, this)),
      m_cancelDelay(delay(cancelAfterMilliseconds, this))
{
    setObjectName(QStringLiteral("statusLine"));
    setFixedHeight(30);
    layOut();
    connect(m_cancel, &QToolButton::clicked, this, [this] {
        if (m_opener.pending().isEmpty())
            m_session.cancelCount();
        else
            m_opener.cancel();
    });
    connect(m_notes, &QToolButton::clicked, this, &StatusLine::notesRequested);
    connect(m_progressDelay, &QTimer::timeout, this, &StatusLine::showProgress);
    connect(m_cancelDelay, &QTimer::timeout, this, &StatusLine::showProgress);
    connect(&m_opener, &Opener::pendingChanged, this, &StatusLine::waitAgain);
    connect(&m_session, &Session::countingChanged, this, &StatusLine::waitAgain);
    for (const auto signal : {&Session::modelChanged, &Session::figuresChanged, &Session::moveEnded})
        connect(&m_session, signal, this, &StatusLine::showFigures);
    connect(&m_session.lens(), &Lens::foldingChanged, this, &StatusLine::showFigures);
    showFigures();
    showProgress();
}

void StatusLine::layOut()
{
    m_figures->setProperty("tone", QStringLiteral("faint"));
    m_figures->setAccessibleName(tr("Size of the model and time of the last count"));
    m_progress->setRange(0, 0);
    m_progress->setTextVisible(false);
    m_progress->setFixedWidth(140);
    m_progress->setAccessibleName(tr("Progress"));
    m_cancel->setText(tr("Cancel"));
    m_notes->setProperty("tone", QStringLiteral("crumb"));
    m_notes->setToolTip(tr("What to know about these figures"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(14, 0, 8, 0);
    row->setSpacing(10);
    row->addWidget(m_figures);
    row->addWidget(new EstimateMark(m_session, this));
    row->addStretch();
    for (QWidget* widget : std::initializer_list<QWidget*>{m_progressText, m_progress, m_cancel})
        row->addWidget(widget);
    row->addStretch();
    row->addWidget(m_notes);
}

/// Something else is being opened or counted.
void StatusLine::waitAgain()
{
    m_progressDelay->start();
    m_cancelDelay->start();
    showProgress();
}

void StatusLine::showProgress()
{
    const bool opens = !m_opener.pending().isEmpty();
    const bool shows = (opens || m_session.isCounting()) && !m_progressDelay->isActive();
    m_progress->setVisible(shows);
    m_progressText->setVisible(shows);
    m_progressText->setText(opens ? tr("Opening %1").arg(m_opener.pending()) : tr("Counting"));
    m_cancel->setVisible(shows && !m_cancelDelay->isActive());
}

void StatusLine::showFigures()
{
    m_figures->setVisible(m_session.hasModel());
    m_notes->setVisible(m_session.hasModel());
    if (!m_session.hasModel())
        return;
    const auto [modules, repeated] = sizeOf(m_session.run());
    const Lens& lens = m_session.lens();
    QStringList figures{
        tr("%1 modules").arg(text::exact(modules)),
        (lens.foldsRepeats() ? tr("%1 layers folded") : tr("%1 layers unfolded")).arg(text::exact(repeated))};
    if (lens.tellsTime())
        figures << tr("counted in %1 ms").arg(m_session.elapsedMilliseconds(), 0, 'f', 2);
    figures << text::from(m_session.run().convention->title);
    m_figures->setText(figures.join(QStringLiteral(" · ")));
    // Notes look at every operator.
    if (!m_session.isBusyMoving())
        m_notes->setText(statusText(notesOf(m_session.run())));
    m_notes->setVisible(!m_notes->text().isEmpty());
}

} // namespace sunflop
