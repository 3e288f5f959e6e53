// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/view.h"
#include "ui/widgets/notes_pane.h"

namespace sunflop::view {

View notes()
{
    return {.id = "notes",
            .place = View::Place::Tab,
            .title = [] { return NotesPane::tr("Notes"); },
            .create = [](Session& session, QWidget* parent) -> QWidget* {
                return new NotesPane(session, parent);
            }};
}

} // namespace sunflop::view
