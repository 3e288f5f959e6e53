// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Says inside the page what could not be done, and why.

#include "core/base/result.h"

#include <QFrame>

#include <functional>

class QLabel;
class QPushButton;

namespace sunflop {

/// Hidden until an error is shown; gone on Dismiss or Escape. Read out as an alert.
class Banner : public QFrame {
    Q_OBJECT
public:
    explicit Banner(QWidget* parent = nullptr);

    /// `title` is what was attempted: "ovis.json was not opened".
    void show(const Error& error, const QString& title);
    /// Adds a button to what is shown.
    void offer(const QString& words, std::function<void()> act);
    void dismiss();

Q_SIGNALS:
    void dismissed();

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    QLabel* m_title;
    QLabel* m_sentence;
    QPushButton* m_offer;
    std::function<void()> m_act;
    QString m_details;
};

} // namespace sunflop
