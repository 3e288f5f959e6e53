// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Tells that the window takes what is dragged over it.

#include "ui/theme.h"

#include <QWidget>

namespace sunflop {

/// Covers its parent while it is visible, and lets every event through.
class DropOverlay : public QWidget {
    Q_OBJECT
public:
    explicit DropOverlay(QWidget* parent);

    /// Covers the parent with an invitation: "Drop to open".
    void invite(const QString& text, const Theme& theme);

protected:
    void paintEvent(QPaintEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QString m_text;
    const Theme* m_theme = nullptr;
};

} // namespace sunflop
