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
    copy.focus().select(focus.selected(), focus.selectedInstance(), focus.selectedOwn());
}

void showSame(CompareSession& copy, const CompareSession& original)
{
    for (const Side side : {Side::A, Side::B})
        showSame(copy.session(side), original.session(side));
    copy.setLinksInputs(original.linksInputs());
    copy.setSameScale(original.hasSameScale());
    copy.setPairs(original.pairs());
    copy.setOpen(true);
    copy.focus().zoom(original.focus().root());
}

} // namespace sunflop
