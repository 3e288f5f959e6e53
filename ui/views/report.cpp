// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/view.h"
#include "ui/widgets/report_pane.h"

namespace sunflop::view {

View report()
{
    return {.id = "report",
            .place = View::Place::Tab,
            .title = [] { return ReportPane::tr("Report"); },
            .create = [](Session& session, QWidget* parent) -> QWidget* {
                return new ReportPane(session, parent);
            }};
}

} // namespace sunflop::view
