// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/memory_view.h"
#include "ui/views/view.h"

namespace sunflop::view {

View memory()
{
    return {.id = "memory",
            .place = View::Place::Tab,
            .title = [] { return MemoryView::tr("Memory"); },
            .create = [](Session& session, QWidget* parent) -> QWidget* {
                return new MemoryView(session, parent);
            },
            .paint = paintMemory};
}

} // namespace sunflop::view
