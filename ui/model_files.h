// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a dialog that asks for a model offers.

#include <QString>

namespace sunflop {

/// Name filters: everything that can be read, each format, all files.
QString modelFilters();

} // namespace sunflop
