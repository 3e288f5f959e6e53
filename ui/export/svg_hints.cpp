// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/svg_hints.h"

#include "ui/export/svg_device.h"

#include <QPainter>

namespace sunflop {

namespace {

SvgDevice* svgOf(const QPainter& painter)
{
    return dynamic_cast<SvgDevice*>(painter.device());
}

} // namespace

PartTitle::PartTitle(QPainter& painter, const std::function<QString()>& title) : m_device(svgOf(painter))
{
    if (m_device != nullptr)
        m_device->openPart(title());
}

PartTitle::~PartTitle()
{
    if (m_device != nullptr)
        m_device->closePart();
}

TextOnCircle::TextOnCircle(QPainter& painter, const std::function<QString()>& text, const CircleLine& line)
    : m_device(svgOf(painter))
{
    if (m_device != nullptr)
        m_device->openTextOnCircle(painter, text(), line);
}

TextOnCircle::~TextOnCircle()
{
    if (m_device != nullptr)
        m_device->closeTextOnCircle();
}

TextKeepsRightEnd::TextKeepsRightEnd(QPainter& painter) : m_device(svgOf(painter))
{
    if (m_device != nullptr)
        m_device->keepRightEnds(true);
}

TextKeepsRightEnd::~TextKeepsRightEnd()
{
    if (m_device != nullptr)
        m_device->keepRightEnds(false);
}

} // namespace sunflop
