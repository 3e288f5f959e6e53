// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The style of exported figures, as a session keeps it.

#include <QString>

namespace sunflop {

class ExportDialog;
class Keeper;

/// Lets a dialog that exports `view` begin with the session's style, and the session keep the style of what
/// it saves. Folder and names are the user's, not the session's.
void keepFigureStyle(ExportDialog& dialog, Keeper& keeper, const QString& view);

} // namespace sunflop
