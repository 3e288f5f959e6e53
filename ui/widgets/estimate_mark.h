// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A chip that stands beside figures while they are an estimate.

#include <QLabel>

namespace sunflop {

class Session;

/// Hidden while the session's figures are counted from operators that are known.
class EstimateMark : public QLabel {
    Q_OBJECT
public:
    explicit EstimateMark(Session& session, QWidget* parent = nullptr);

    /// Nothing while it is hidden: tabs leave room for what is in their corner, seen or not.
    QSize sizeHint() const override;

private:
    void refresh();

    const Session& m_session;
};

} // namespace sunflop
