// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Tabs that shrink to their bar where the window is low, and open again at a click.

#include <QTabWidget>

namespace sunflop {

/// While it is a drawer, a click on the tab that is open shuts it, a click on any tab opens it.
class TabDrawer : public QTabWidget {
    Q_OBJECT
public:
    explicit TabDrawer(QWidget* parent = nullptr);

    bool isDrawer() const { return m_isDrawer; }
    void setDrawer(bool isDrawer);
    bool isOpen() const { return m_isOpen; }
    void setOpen(bool isOpen);

Q_SIGNALS:
    void openChanged(bool isOpen);

private:
    bool m_isDrawer = false;
    bool m_isOpen = true;
};

} // namespace sunflop
