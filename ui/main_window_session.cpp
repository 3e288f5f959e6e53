// SPDX-License-Identifier: GPL-3.0-or-later
// The window and its session's file.

#include "ui/main_window.h"

#include "ui/compare/compare_inputs.h"
#include "ui/compare/compare_page.h"
#include "ui/export/figure.h"
#include "ui/preferences.h"
#include "ui/session/keeper.h"
#include "ui/session/session_command.h"
#include "ui/session/session_state.h"
#include "ui/text.h"
#include "ui/views/view.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/empty_page.h"
#include "ui/widgets/tab_drawer.h"

#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMessageBox>
#include <QTabWidget>

#include <algorithm>

namespace sunflop {

Keeper* MainWindow::makeKeeper()
{
    Keeper::Window window;
    window.add = [this](SessionState& state) { addTo(state); };
    window.show = [this](const SessionState& state, const Model* second) { return takeUp(state, second); };
    return new Keeper(m_session, m_opener, std::move(window), m_preferences.autosaveFile(), this);
}

/// What a session keeps of the window: the tab in front, and B while the Compare page is.
void MainWindow::addTo(SessionState& state) const
{
    state.view.tab = tabInFront();
    const Session& b = m_comparison.session(Side::B);
    if (!isComparing() || !b.hasModel())
        return;
    state.models.push_back(modelStateOf(b));
    state.comparison = m_comparison.comparisonState();
    state.comparison->focus = m_comparePage->inputs().shown() == Side::A ? "a" : "b";
}

QStringList MainWindow::takeUp(const SessionState& state, const Model* second)
{
    if (second == nullptr) {
        m_comparison.setOpen(false);
        m_tabs->setCurrentIndex(std::max(0, m_tabs->indexOf(m_views.value(text::from(state.view.tab)))));
        return {};
    }
    const ModelState& model = state.models[1];
    const QString place = text::from(model.source.bundled.empty() ? model.source.path : model.source.bundled);
    const ComparisonState comparison = state.comparison.value_or(ComparisonState{});
    const QStringList lost = m_comparison.restore(place, *second, model, comparison);
    if (!isComparing())
        return lost;
    m_comparePage->inputs().show(comparison.linksInputs || comparison.focus == "a" ? Side::A : Side::B);
    m_comparePage->showTab(state.view.tab.empty() ? QStringLiteral("table") : text::from(state.view.tab));
    return lost;
}

void MainWindow::connectKeeper()
{
    m_opener.setGuard([this] { return mayReplace(); });
    connect(m_keeper, &Keeper::changed, this, &MainWindow::showTitle);
    // The banner is dismissed by whatever opens; notes come after that.
    connect(m_keeper, &Keeper::opened, this, &MainWindow::showNotes, Qt::QueuedConnection);
    connect(m_keeper, &Keeper::modelMissing, this, [this](const QString& path, const Error& error) {
        m_banner->show(error, tr("Cannot open the session “%1”").arg(sessionName(path)));
        m_banner->offer(tr("Locate…"), [this] {
            const QString file = QFileDialog::getOpenFileName(this, tr("Locate the session's model"));
            if (!file.isEmpty())
                m_keeper->openWith(file);
        });
    });
    connect(m_keeper, &Keeper::autosaveFailed, this,
            [this](const Error& error) { m_banner->show(error, tr("This session does not save itself")); });
    connect(m_emptyPage, &EmptyPage::continueRequested, m_keeper, &Keeper::continueLast);
    connect(&m_session, &Session::modelChanged, this, [this] {
        if (!m_session.hasModel())
            m_emptyPage->setLast(m_keeper->lastWords());
    });
    m_emptyPage->setLast(m_keeper->lastWords());
    // What A does is the keeper's own to see.
    for (const auto signal : {&CompareSession::openChanged, &CompareSession::pairsChanged,
                              &CompareSession::linksChanged, &CompareSession::scaleChanged})
        connect(&m_comparison, signal, m_keeper, &Keeper::touch);
    connect(&m_comparison, &CompareSession::swapped, m_keeper, &Keeper::follow);
    for (const auto signal : {&Session::modelChanged, &Session::inputsChanged, &Session::conventionChanged,
                              &Session::baselineChanged})
        connect(&m_comparison.session(Side::B), signal, m_keeper, &Keeper::touch);
}

/// "ovis2-4b", or "ovis2-4b ↔ internvl2-1b" while the two are compared.
QString MainWindow::shownNames() const
{
    const QString a = text::from(m_session.model().source.name);
    if (!isComparing())
        return a;
    const Session& b = m_comparison.session(Side::B);
    return b.hasModel() ? tr("%1 ↔ %2").arg(a, text::from(b.model().source.name)) : tr("Compare %1").arg(a);
}

void MainWindow::showTitle()
{
    QString title = QStringLiteral("Sunflop");
    if (m_session.hasModel()) {
        const QString model = shownNames();
        title = m_keeper->path().isEmpty()
                    ? tr("%1 — Sunflop").arg(model)
                    : tr("%1[*] (%2) — Sunflop").arg(sessionName(m_keeper->path()), model);
    }
    setWindowTitle(title);
    setWindowModified(m_session.hasModel() && m_keeper->isModified());
}

void MainWindow::showNotes(const QString& path, const QStringList& notes)
{
    if (notes.isEmpty())
        return;
    const Error note{ErrorKind::Conflict, {}, notes.join(QLatin1Char(' ')).toStdString()};
    m_banner->show(note, tr("The session “%1” is not quite as it was saved").arg(sessionName(path)));
}

bool MainWindow::saveSession()
{
    if (!m_session.hasModel())
        return false;
    if (m_keeper->path().isEmpty())
        return saveSessionAs();
    const auto saved = m_keeper->save(m_keeper->path());
    if (!saved)
        m_banner->show(saved.error(), tr("The session was not saved"));
    return saved.has_value();
}

bool MainWindow::saveSessionAs()
{
    if (!m_session.hasModel())
        return false;
    const QString suggestion = m_keeper->path().isEmpty()
                                   ? text::from(m_session.model().source.name) + QLatin1String(sessionSuffix)
                                   : m_keeper->path();
    QString file =
        QFileDialog::getSaveFileName(this, tr("Save the session"), suggestion,
                                     tr("Sunflop sessions (*%1)").arg(QLatin1String(sessionSuffix)));
    if (file.isEmpty())
        return false;
    if (!isSessionFile(file))
        file += QLatin1String(sessionSuffix);
    const auto saved = m_keeper->save(QFileInfo(file).absoluteFilePath());
    if (!saved)
        m_banner->show(saved.error(), tr("The session was not saved"));
    return saved.has_value();
}

/// Before another model takes the place of this one, or the window closes: nothing is lost without a word.
bool MainWindow::mayReplace()
{
    m_keeper->look();
    m_keeper->autosave();
    if (!m_keeper->isModified())
        return true;
    const auto answer = QMessageBox::warning(
        this, tr("Unsaved changes"),
        tr("The session “%1” has changes that are not saved.").arg(sessionName(m_keeper->path())),
        QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, QMessageBox::Save);
    return answer == QMessageBox::Discard || (answer == QMessageBox::Save && saveSession());
}

std::string MainWindow::tabInFront() const
{
    if (isComparing()) {
        const QString tab = m_comparePage->findChild<QTabWidget*>()->currentWidget()->objectName();
        return tab == QLatin1String("table") ? std::string() : tab.toStdString();
    }
    if (m_tabs->currentIndex() <= 0)
        return {};
    return m_views.key(m_tabs->currentWidget()).toStdString();
}

void MainWindow::copyCommand()
{
    // Neither is part of a session, but of what is seen.
    QStringList more;
    if (&m_session.lens().theme() == &Theme::dark())
        more << QStringLiteral("--theme") << QStringLiteral("dark");
    if (const QSize standard = FigureOptions().size; size() != standard)
        more << QStringLiteral("--size") << QStringLiteral("%1x%2").arg(width()).arg(height());
    QGuiApplication::clipboard()->setText(commandOf(m_keeper->state(), more));
}

} // namespace sunflop
