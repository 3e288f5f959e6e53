// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Pictures from the command line: Qt without a display.

#include "core/base/result.h"

#include <QByteArray>

#include <functional>

namespace sunflop {

/// Runs `paint` with a QApplication that has `scale` pixels to the point and a screen of its own: a picture
/// is the same wherever it is made. To be called once, before anything else asks for an application.
Result<QByteArray> withoutScreen(double scale, const std::function<Result<QByteArray>()>& paint);

} // namespace sunflop
