// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/value_slider.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QStyle>
#include <QStyleOptionSlider>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <utility>

namespace sunflop {

namespace {

constexpr int ticks = 1000;

} // namespace

ValueSlider::ValueSlider(QWidget* parent) : QSlider(Qt::Horizontal, parent)
{
    setRange(0, ticks);
    setFocusPolicy(Qt::StrongFocus);
    connect(this, &QSlider::valueChanged, this, [this](int tick) {
        if (!m_isPlacing)
            moveTo(valueAt(tick));
    });
}

void ValueSlider::setScale(qint64 minimum, qint64 maximum, qint64 step, bool isLogarithmic)
{
    m_minimum = minimum;
    m_maximum = std::max(maximum, minimum + 1);
    m_step = step;
    m_isLogarithmic = isLogarithmic;
    placeHandle(m_current);
}

void ValueSlider::setCurrent(qint64 value)
{
    m_current = value;
    if (!isSliderDown())
        placeHandle(value);
}

int ValueSlider::tickOf(qint64 value) const
{
    value = std::clamp(value, m_minimum, m_maximum);
    const auto low = static_cast<double>(std::max<qint64>(m_minimum, 1));
    const auto high = static_cast<double>(m_maximum);
    const auto x = static_cast<double>(value);
    if (!m_isLogarithmic) {
        const auto from = static_cast<double>(m_minimum);
        return static_cast<int>(std::lround(ticks * (x - from) / (high - from)));
    }
    if (value < 1)
        return 0;
    const int first = m_minimum < 1 ? 1 : 0;
    return first + static_cast<int>(std::lround((ticks - first) * std::log(x / low) / std::log(high / low)));
}

qint64 ValueSlider::valueAt(int tick) const
{
    if (tick <= 0)
        return m_minimum;
    if (tick >= ticks)
        return m_maximum;
    const auto low = static_cast<double>(std::max<qint64>(m_minimum, 1));
    const auto high = static_cast<double>(m_maximum);
    if (!m_isLogarithmic) {
        const auto from = static_cast<double>(m_minimum);
        return rounded(from + (high - from) * tick / ticks);
    }
    const int first = m_minimum < 1 ? 1 : 0;
    return rounded(low * std::pow(high / low, static_cast<double>(tick - first) / (ticks - first)));
}

qint64 ValueSlider::rounded(double value) const
{
    double grid = static_cast<double>(m_step);
    if (m_isLogarithmic) // 32 values from one power of two to the next: 4096, 4224, ...
        grid *= std::max(1.0, std::exp2(std::floor(std::log2(std::max(1.0, value))) - 5) /
                                  std::exp2(std::ceil(std::log2(grid))));
    return std::clamp(static_cast<qint64>(std::llround(value / grid) * std::llround(grid)), m_minimum,
                      m_maximum);
}

void ValueSlider::placeHandle(qint64 value)
{
    m_isPlacing = true;
    setValue(tickOf(value));
    m_isPlacing = false;
}

void ValueSlider::moveTo(qint64 value)
{
    if (std::exchange(m_current, value) == value)
        return;
    m_isHeld = true;
    Q_EMIT moved(value);
    if (!isSliderDown())
        placeHandle(value);
}

void ValueSlider::release()
{
    if (std::exchange(m_isHeld, false))
        Q_EMIT released();
    placeHandle(m_current);
}

void ValueSlider::mousePressEvent(QMouseEvent* event)
{
    QStyleOptionSlider option;
    initStyleOption(&option);
    const QRect handle = style()->subControlRect(QStyle::CC_Slider, &option, QStyle::SC_SliderHandle, this);
    const QPoint at = event->position().toPoint();
    setFocus(Qt::MouseFocusReason);
    if (event->button() == Qt::LeftButton && (at.x() < handle.left() || at.x() > handle.right()))
        setSliderPosition(QStyle::sliderValueFromPosition(minimum(), maximum(), at.x() - handle.width() / 2,
                                                          width() - handle.width()));
    QSlider::mousePressEvent(event);
}

void ValueSlider::mouseReleaseEvent(QMouseEvent* event)
{
    QSlider::mouseReleaseEvent(event);
    release();
}

void ValueSlider::keyPressEvent(QKeyEvent* event)
{
    const auto next = [this](int sign) {
        const qint64 near = m_current + sign * m_step;
        const qint64 onScale = valueAt(std::clamp(value() + sign * ticks / 100, 0, ticks));
        return !m_isLogarithmic ? near : sign > 0 ? std::max(near, onScale) : std::min(near, onScale);
    };
    qint64 target = m_current;
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Down: target = next(-1); break;
    case Qt::Key_Right:
    case Qt::Key_Up: target = next(1); break;
    case Qt::Key_PageUp: target = std::max(m_current * 2, m_current + m_step); break;
    case Qt::Key_PageDown: target = m_current / 2; break;
    case Qt::Key_Home: target = m_minimum; break;
    case Qt::Key_End: target = m_maximum; break;
    default: QSlider::keyPressEvent(event); return;
    }
    moveTo(std::clamp(target, m_minimum, m_maximum));
}

void ValueSlider::keyReleaseEvent(QKeyEvent* event)
{
    QSlider::keyReleaseEvent(event);
    if (!event->isAutoRepeat())
        release();
}

void ValueSlider::focusOutEvent(QFocusEvent* event)
{
    QSlider::focusOutEvent(event);
    release();
}

void ValueSlider::wheelEvent(QWheelEvent* event)
{
    if (!hasFocus()) {
        event->ignore(); // the panel scrolls
        return;
    }
    const int sign = event->angleDelta().y() > 0 ? 1 : -1;
    moveTo(valueAt(std::clamp(value() + sign * ticks / 50, 0, ticks)));
    release();
    event->accept();
}

} // namespace sunflop
