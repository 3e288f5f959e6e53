// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Properties that the style sheet selects by.

#include <QStyle>
#include <QVariant>
#include <QWidget>

namespace sunflop {

/// Sets a property that rules of the style sheet name, and has the widget drawn by the rules that fit now.
inline void restyle(QWidget* widget, const char* property, const QVariant& value)
{
    if (widget->property(property) == value)
        return;
    widget->setProperty(property, value);
    widget->style()->unpolish(widget);
    widget->style()->polish(widget);
    widget->update();
}

} // namespace sunflop
