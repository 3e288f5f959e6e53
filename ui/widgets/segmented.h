// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A row of buttons of which one is down.

#include <QWidget>

#include <vector>

class QToolButton;

namespace sunflop {

class Session;

/// One stop for the Tab key; arrows, Home and End move the choice.
class Segmented : public QWidget {
    Q_OBJECT
public:
    explicit Segmented(QWidget* parent = nullptr);

    void addSegment(const QString& title, const QString& toolTip = {});
    int current() const; ///< -1: none
    /// Says nothing to anyone; -1 leaves no button down.
    void setCurrent(int index);

Q_SIGNALS:
    void chosen(int index); ///< by the user

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void choose(int index);

    std::vector<QToolButton*> m_buttons;
};

/// Params, MACs, FLOPs and Weights: the lens's measure.
Segmented* measureSegments(Session& session, QWidget* parent = nullptr);

} // namespace sunflop
