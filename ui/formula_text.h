// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Formulas as people write them, with the values filled in.

#include "core/cost/formula.h"

#include <QString>
#include <QStringList>

namespace sunflop {

/// Lines such as "MACs = batch · rows · in · out = 1 · 147 · 2,048 · 11,008 = 3,314,024,448". An operator
/// that grows from step to step shows its first step and the exact sum.
QStringList formulaLines(const Formula& formula, const Op& op, const QString& conventionTitle);

} // namespace sunflop
