// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The keys of a window on one sheet.

#include <QDialog>

namespace sunflop {

/// Lists the actions of a window that have a shortcut, in two columns. It cannot be out of date.
class ShortcutSheet : public QDialog {
    Q_OBJECT
public:
    explicit ShortcutSheet(QWidget* window);
};

} // namespace sunflop
