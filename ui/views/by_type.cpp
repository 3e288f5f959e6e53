// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/type_view.h"
#include "ui/views/view.h"

namespace sunflop::view {

View by_type()
{
    return {
        .id = "by_type",
        .place = View::Place::Tab,
        .title = [] { return TypeView::tr("By type"); },
        .create = [](Session& session, QWidget* parent) -> QWidget* { return new TypeView(session, parent); },
        .paint = paintTypes,
        .height = typesHeight};
}

} // namespace sunflop::view
