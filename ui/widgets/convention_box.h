// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Chooses the counting convention.

#include <QComboBox>

namespace sunflop {

class Session;

/// Lists conventions() with their notes as tooltips, and wears a dot while it is not the default.
class ConventionBox : public QComboBox {
    Q_OBJECT
public:
    explicit ConventionBox(Session& session, QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;

private:
    void showConvention();

    Session& m_session;
};

} // namespace sunflop
