// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/timeline_view.h"
#include "ui/views/view.h"

namespace sunflop::view {

View timeline()
{
    return {.id = "timeline",
            .place = View::Place::Tab,
            .title = [] { return TimelineView::tr("Timeline"); },
            .create = [](Session& session, QWidget* parent) -> QWidget* {
                return new TimelineView(session, parent);
            },
            .paint = paintTimeline};
}

} // namespace sunflop::view
