// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The line icons of resources/icons in a theme's colours.

#include "ui/theme.h"

#include <QIcon>
#include <QLatin1String>

namespace sunflop {

/// Icon `name` (":/icons/<name>.svg") drawn in `ink`; disabled in a paler one. Sharp at every size and scale.
QIcon icon(QLatin1String name, const QColor& ink, const Theme& theme);
/// The same in the ink of plain text.
QIcon icon(QLatin1String name, const Theme& theme);

} // namespace sunflop
