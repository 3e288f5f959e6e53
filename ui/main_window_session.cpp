// SPDX-License-Identifier: GPL-3.0-or-later
// The window and its session's file.

#include "ui/main_window.h"

#include "ui/export/figure.h"
#include "ui/preferences.h"
#include "ui/session/keeper.h"
#include "ui/session/session_command.h"
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

#include <algorithm>

namespace sunflop {

Keeper* MainWindow::makeKeeper()
{
    Keeper::Window window;
    window.add = [this](SessionState& state) { state.view.tab = tabInFront(); };
    window.show = [this](const SessionState& state) {
        m_tabs->setCurrentIndex(std::max(0, m_tabs->indexOf(m_views.value(text::from(state.view.tab)))));
        return state.models.size() == 1;
    };
    return new Keeper(m_session, m_opener, std::move(window), m_preferences.autosaveFile(), this);
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
    connect(m_emptyPage, &EmptyPage::continueRequested, m_keeper, &Keeper::continueLast);
    connect(&m_session, &Session::modelChanged, this, [this] {
        if (!m_session.hasModel())
            m_emptyPage->setLast(m_keeper->lastWords());
    });
    m_emptyPage->setLast(m_keeper->lastWords());
}

void MainWindow::showTitle()
{
    QString title = QStringLiteral("Sunflop");
    if (m_session.hasModel()) {
        const QString model = text::from(m_session.model().source.name);
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
