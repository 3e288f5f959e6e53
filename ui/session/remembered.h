// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a file's program was last called with, so that it opens with that.

#include "ui/session/opener.h"

#include <QHash>
#include <QString>
#include <QStringList>

namespace sunflop {

/// By what a file is known again, wherever it lies: its contents, or its path where they are not known.
QString rememberedKey(const Model& model);

/// Settings of the program's arguments: "x[1]=512".
QStringList rememberedArguments(const Session& session);

/// Looks a model up among what was remembered; settings that it does not take are left out.
Opener::Recall recall(QHash<QString, QStringList> remembered);

} // namespace sunflop
