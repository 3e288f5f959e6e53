// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A label that gives way: what has no room ends in an ellipsis, and the whole text is its tool tip.

#include <QLabel>

namespace sunflop {

/// One line of plain text. Wants the room of the whole text, and takes any.
class ElidedLabel : public QLabel {
    Q_OBJECT
public:
    using QLabel::QLabel;

    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    QString shown() const;
};

} // namespace sunflop
