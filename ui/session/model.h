// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Models as a user names them.

#include "core/run/model.h"
#include "core/sunflop.h"

#include <QString>

namespace sunflop {

/// Opens a bundled name or a path; a printed report opens as the model and run behind it.
Result<Model> openModel(const QString& place);

} // namespace sunflop
