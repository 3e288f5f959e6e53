// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The table of a page for people: modules as a tree, figures in columns, shares as bars.

#include "core/exporters/exporter.h"
#include "core/run/run.h"

#include <string>

namespace sunflop {

/// As many columns as the width has room for; three levels of modules unless the options say otherwise.
std::string textTable(const Run& run, const ExportOptions& options);

} // namespace sunflop
