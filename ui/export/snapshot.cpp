// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/snapshot.h"

namespace sunflop {

void showSame(Session& copy, const Session& original)
{
    const Lens& lens = original.lens();
    Lens& ours = copy.lens();
    ours.setAnimates(false);
    ours.setMeasure(lens.measure());
    ours.setColourBy(lens.colourBy());
    ours.setRings(lens.rings());
    ours.setShowsLabels(lens.showsLabels());
    ours.setSweptInput(lens.sweptInput());
    ours.setFoldsRepeats(lens.foldsRepeats());
    copy.setConvention(*original.run().convention);
    copy.show(original.model(), original.run(), original.elapsedMilliseconds());
    copy.outline() = original.outline();
    if (original.finder().isActive())
        copy.finder().search(original.finder().text(), &copy.run());
    const Focus& focus = original.focus();
    copy.focus().zoom(focus.root());
    copy.focus().select(focus.selected(), focus.selectedInstance());
}

} // namespace sunflop
