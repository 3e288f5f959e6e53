// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/tab_drawer.h"

#include <QTabBar>

namespace sunflop {

TabDrawer::TabDrawer(QWidget* parent) : QTabWidget(parent)
{
    setDocumentMode(true);
    connect(this, &QTabWidget::tabBarClicked, this, [this](int index) {
        if (m_isDrawer)
            setOpen(!m_isOpen || index != currentIndex());
    });
}

void TabDrawer::setDrawer(bool isDrawer)
{
    if (std::exchange(m_isDrawer, isDrawer) == isDrawer)
        return;
    setOpen(!isDrawer);
}

void TabDrawer::setOpen(bool isOpen)
{
    setMaximumHeight(isOpen ? QWIDGETSIZE_MAX : tabBar()->sizeHint().height());
    if (std::exchange(m_isOpen, isOpen) != isOpen)
        Q_EMIT openChanged(isOpen);
}

} // namespace sunflop
