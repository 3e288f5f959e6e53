// SPDX-License-Identifier: GPL-3.0-or-later
// The window's part of comparing: when the Compare page is in front, and what is dropped or asked for.

#include "ui/compare/compare_page.h"
#include "ui/main_window.h"
#include "ui/model_files.h"
#include "ui/text.h"
#include "ui/widgets/banner.h"

#include <QFileDialog>
#include <QMenu>
#include <QStackedWidget>

namespace sunflop {

void MainWindow::connectComparison()
{
    connect(&m_comparison, &CompareSession::openChanged, this, &MainWindow::showModel);
    Opener& opener = m_comparison.opener(Side::B);
    Session& session = m_comparison.session(Side::B);
    connect(&opener, &Opener::refused, this, &MainWindow::showRefusal);
    connect(&opener, &Opener::opened, m_banner, &Banner::dismiss);
    connect(&session, &Session::modelChanged, this, &MainWindow::showComparison);
    connect(&session, &Session::refused, this,
            [this](const Error& error) { m_banner->show(error, tr("Model B cannot take these inputs")); });
}

/// Puts the Compare page in front while there is something to compare; the pages of one model are as they
/// were when it goes.
void MainWindow::showComparison()
{
    const bool isShown = m_comparison.isOpen() && m_session.hasModel();
    for (QWidget* bar : m_frame)
        bar->setVisible(!isShown);
    if (!isShown)
        return;
    if (m_comparePage == nullptr) {
        m_comparePage = new ComparePage(m_comparison);
        m_pages->addWidget(m_comparePage);
        connect(m_comparePage, &ComparePage::leaveRequested, this, [this] { m_comparison.setOpen(false); });
        connect(m_comparePage, &ComparePage::browseRequested, this, &MainWindow::browseFor);
        connect(m_comparePage, &ComparePage::exportRequested, this, &MainWindow::exportFigure);
    }
    m_pages->setCurrentWidget(m_comparePage);
    showTitle();
}

void MainWindow::toggleComparison()
{
    m_comparison.setOpen(!m_comparison.isOpen() && m_session.hasModel());
}

void MainWindow::browseFor(Side side)
{
    const QString file = QFileDialog::getOpenFileName(
        this, side == Side::A ? tr("Open model A") : tr("Open a model to compare with"), {}, modelFilters());
    if (file.isEmpty())
        return;
    if (side == Side::A)
        m_opener.open(file);
    else
        m_comparison.compareWith(file);
}

void MainWindow::askWhatToDo(const QString& place, const QPoint& at)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const QString name = text::from(m_session.model().source.name);
    const bool isComparing = m_comparison.isOpen();
    menu->addAction(isComparing ? tr("Open as model A") : tr("Replace %1").arg(name), this,
                    [this, place] { m_opener.open(place); });
    menu->addAction(isComparing ? tr("Open as model B") : tr("Compare %1 with it").arg(name), this,
                    [this, place] { m_comparison.compareWith(place); });
    menu->addSeparator();
    menu->addAction(tr("Cancel"));
    menu->popup(at);
}

} // namespace sunflop
