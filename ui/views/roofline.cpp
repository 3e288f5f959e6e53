// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/roofline_view.h"
#include "ui/views/view.h"

namespace sunflop::view {

View roofline()
{
    return {.id = "roofline",
            .place = View::Place::Tab,
            .title = [] { return RooflineView::tr("Roofline"); },
            .create = [](Session& session, QWidget* parent) -> QWidget* {
                return new RooflineView(session, parent);
            },
            .paint = paintRoofline};
}

} // namespace sunflop::view
