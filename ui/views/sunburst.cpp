// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/session.h"
#include "ui/sunburst/sunburst_card.h"
#include "ui/views/view.h"

#include <QCoreApplication>

namespace sunflop::view {

View sunburst()
{
    return {.id = "sunburst",
            .place = View::Place::Chart,
            .title = [] { return QCoreApplication::translate("views", "Sunburst"); },
            .create = [](Session& session, QWidget* parent) -> QWidget* {
                return new SunburstCard(session, parent);
            },
            .paint = paintSunburst,
            .height = sunburstHeight};
}

} // namespace sunflop::view
