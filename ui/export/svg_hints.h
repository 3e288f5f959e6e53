// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a painter can tell an SVG besides shapes. Every other device ignores it, so that one painter serves
/// all.

#include <QFont>
#include <QPointF>
#include <QString>

#include <functional>

class QPainter;

namespace sunflop {

class SvgDevice;

/// What is painted while it lives is one group with a title, which browsers show under the mouse. `title` is
/// asked only if it is written.
class PartTitle {
public:
    PartTitle(QPainter& painter, const std::function<QString()>& title);
    ~PartTitle();
    PartTitle(const PartTitle&) = delete;
    PartTitle& operator=(const PartTitle&) = delete;

private:
    SvgDevice* m_device;
};

/// A base line along a circle, in the painter's coordinates.
struct CircleLine {
    QPointF centre;
    double radius = 0;
    double middleTurns = 0;  ///< of the middle of the text, clockwise from 12 o'clock
    bool isClockwise = true; ///< else the text stands on the inside and runs against the clock
};

/// Text along a circle in the painter's font and pen. The caller paints it letter by letter while this lives:
/// that is the picture on every other device, and in an SVG for readers that know no <textPath>.
class TextOnCircle {
public:
    TextOnCircle(QPainter& painter, const std::function<QString()>& text, const CircleLine& line);
    ~TextOnCircle();
    TextOnCircle(const TextOnCircle&) = delete;
    TextOnCircle& operator=(const TextOnCircle&) = delete;

private:
    SvgDevice* m_device;
};

/// Text that is painted while it lives keeps its right end where a reader has another font: figures in a
/// column stay aligned.
class TextKeepsRightEnd {
public:
    explicit TextKeepsRightEnd(QPainter& painter);
    ~TextKeepsRightEnd();
    TextKeepsRightEnd(const TextKeepsRightEnd&) = delete;
    TextKeepsRightEnd& operator=(const TextKeepsRightEnd&) = delete;

private:
    SvgDevice* m_device;
};

} // namespace sunflop
