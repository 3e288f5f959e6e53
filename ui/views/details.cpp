// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/view.h"
#include "ui/widgets/details_pane.h"

namespace sunflop::view {

View details()
{
    return {.id = "details",
            .place = View::Place::Details,
            .title = [] { return DetailsPane::tr("Details"); },
            .create = [](Session& session, QWidget* parent) -> QWidget* {
                return new DetailsPane(session, parent);
            }};
}

} // namespace sunflop::view
