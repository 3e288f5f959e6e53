// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"
#include "ui/preferences.h"
#include "ui/session/keeper.h"
#include "ui/widgets/drop_overlay.h"
#include "ui/widgets/inputs_panel.h"
#include "ui/widgets/tab_drawer.h"

#include <QCloseEvent>
#include <QDropEvent>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QMenuBar>
#include <QMimeData>
#include <QSplitter>
#include <QUrl>

#include <utility>

namespace sunflop {

namespace {

/// Below this width the inputs become a drawer, below this height the tabs do and the menu bar hides.
constexpr int drawerWidth = 1280;
constexpr int drawerHeight = 800;

/// The local files and folders among what is dragged.
QStringList localPlaces(const QMimeData* data)
{
    QStringList places;
    for (const QUrl& url : data->urls())
        if (url.isLocalFile())
            places << url.toLocalFile();
    return places;
}

/// Whether a key asks a line for a step that the line does not have.
bool isUndoForWindow(const QWidget& widget, const QKeyEvent& key)
{
    const auto* line = qobject_cast<const QLineEdit*>(&widget);
    if (line == nullptr)
        line = widget.findChild<QLineEdit*>({}, Qt::FindDirectChildrenOnly);
    return line != nullptr && ((key.matches(QKeySequence::Undo) && !line->isUndoAvailable()) ||
                               (key.matches(QKeySequence::Redo) && !line->isRedoAvailable()));
}

} // namespace

void MainWindow::fit()
{
    const bool isNarrow = width() < drawerWidth;
    if (std::exchange(m_inputsAreDrawer, isNarrow) != isNarrow)
        m_inputsAreShown = !isNarrow;
    placeInputs();
    m_tabs->setDrawer(height() < drawerHeight);
    menuBar()->setVisible(height() >= drawerHeight);
}

/// A shut drawer leaves its room to the tree, an open one takes it back.
void MainWindow::shareRoom(bool tabsAreOpen)
{
    QSplitter* const left = m_splitters[1];
    const QList<int> sizes = left->sizes();
    if (!tabsAreOpen && left->isVisible())
        m_tabsHeight = sizes[1];
    m_tabs->parentWidget()->layout()->activate();
    const int height = tabsAreOpen ? m_tabsHeight : 0;
    left->setSizes({sizes[0] + sizes[1] - height, height});
}

/// In the row where there is room, else above its neighbours.
void MainWindow::placeInputs()
{
    auto* row = static_cast<QHBoxLayout*>(m_modelPage->layout());
    const bool isInRow = row->indexOf(m_inputs) >= 0;
    if (m_inputsAreDrawer && isInRow)
        row->removeWidget(m_inputs);
    else if (!m_inputsAreDrawer && !isInRow)
        row->insertWidget(0, m_inputs);
    if (m_inputsAreDrawer) {
        m_inputs->setGeometry(0, 0, m_inputs->sizeHint().width(), m_modelPage->height());
        m_inputs->raise();
    }
    m_inputs->setVisible(m_inputsAreShown);
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    fit();
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!mayReplace()) {
        event->ignore();
        return;
    }
    m_preferences.setState(QStringLiteral("window"), saveGeometry());
    m_tabs->setOpen(true);
    for (QSplitter* splitter : m_splitters)
        m_preferences.setState(splitter->objectName(), splitter->saveState());
    m_preferences.setAnimates(m_session.lens().animates());
    QMainWindow::closeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (localPlaces(event->mimeData()).isEmpty())
        return;
    event->acceptProposedAction();
    m_dropOverlay->invite(m_session.hasModel() ? tr("Drop to open or to compare") : tr("Drop to open"),
                          m_session.lens().theme());
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*)
{
    m_dropOverlay->hide();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    m_dropOverlay->hide();
    event->acceptProposedAction();
    const QStringList places = localPlaces(event->mimeData());
    if (m_session.hasModel()) {
        askWhatToDo(places.first(), mapToGlobal(event->position().toPoint()));
        return;
    }
    m_opener.open(places.first());
    if (places.size() > 1)
        m_comparison.compareWith(places[1]);
}

/// The mouse's back and forward buttons work wherever the pointer is; Alt alone shows a hidden menu bar; undo
/// is the window's where a line has nothing of its own to undo.
bool MainWindow::eventFilter(QObject* watched, QEvent* event)
{
    auto* widget = qobject_cast<QWidget*>(watched);
    if (widget == nullptr || widget->window() != this)
        return false;
    switch (event->type()) {
    case QEvent::MouseButtonRelease: m_keeper->touch(); return false;
    case QEvent::MouseButtonPress: {
        m_isAltAlone = false;
        const Qt::MouseButton button = static_cast<QMouseEvent*>(event)->button();
        if (button == Qt::BackButton)
            m_session.focus().back();
        else if (button == Qt::ForwardButton)
            m_session.focus().forward();
        return button == Qt::BackButton || button == Qt::ForwardButton;
    }
    case QEvent::ShortcutOverride: {
        const auto* key = static_cast<QKeyEvent*>(event);
        m_isAltAlone = key->key() == Qt::Key_Alt;
        return isUndoForWindow(*widget, *key);
    }
    case QEvent::KeyRelease:
        m_keeper->touch();
        if (static_cast<QKeyEvent*>(event)->key() == Qt::Key_Alt && std::exchange(m_isAltAlone, false) &&
            height() < drawerHeight)
            menuBar()->setVisible(!menuBar()->isVisible());
        return false;
    default: return false;
    }
}

} // namespace sunflop
