// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/sweep_view.h"
#include "ui/views/view.h"

namespace sunflop::view {

View sweep()
{
    return {.id = "sweep",
            .place = View::Place::Tab,
            .title = [] { return SweepView::tr("Sweep"); },
            .create = [](Session& session, QWidget* parent) -> QWidget* {
                return new SweepView(session, parent);
            },
            .paint = paintSweep};
}

} // namespace sunflop::view
