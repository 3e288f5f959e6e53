// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A slider for whole numbers over several orders of magnitude.

#include <QSlider>

namespace sunflop {

/// 1000 ticks over a range, even or logarithmic; where the range begins at 0, the first tick is 0 and the
/// others begin at 1. Values stop at multiples of the step; at round ones (32 to an octave) on a logarithmic
/// scale. A value outside pins the handle to its end. Keys: arrows to the next value, PageUp and PageDown
/// double and halve, Home and End. A click on the groove moves the handle there.
class ValueSlider : public QSlider {
    Q_OBJECT
public:
    explicit ValueSlider(QWidget* parent = nullptr);

    void setScale(qint64 minimum, qint64 maximum, qint64 step, bool isLogarithmic);
    /// Moves the handle and tells nobody; left alone while the user holds it.
    void setCurrent(qint64 value);
    qint64 current() const { return m_current; }

Q_SIGNALS:
    void moved(qint64 value); ///< by the user; several times while the handle or a key is held
    void released();          ///< the hold has ended

protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;

private:
    int tickOf(qint64 value) const;
    qint64 valueAt(int tick) const;
    qint64 rounded(double value) const;
    void placeHandle(qint64 value);
    void moveTo(qint64 value);
    void release();

    qint64 m_minimum = 0;
    qint64 m_maximum = 1;
    qint64 m_step = 1;
    qint64 m_current = 0;
    bool m_isLogarithmic = false;
    bool m_isPlacing = false; ///< the handle follows the value, not the other way round
    bool m_isHeld = false;
};

} // namespace sunflop
