// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Says inside the page what could not be done, and why.

#include "core/base/result.h"

#include <QFrame>

class QLabel;

namespace sunflop {

/// Hidden until an error is shown; gone on Dismiss or Escape. Read out as an alert.
class Banner : public QFrame {
    Q_OBJECT
public:
    explicit Banner(QWidget* parent = nullptr);

    /// `title` is what was attempted: "ovis.json was not opened".
    void show(const Error& error, const QString& title);
    void dismiss();

Q_SIGNALS:
    void dismissed();

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    QLabel* m_title;
    QLabel* m_sentence;
    QString m_details;
};

} // namespace sunflop
