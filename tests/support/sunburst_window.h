// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A sunburst on the screen of a test, and how to find one's way in it.

#include "ui/session/session.h"
#include "ui/sunburst/sunburst_widget.h"

#include <QtTest>

#include <algorithm>
#include <string_view>

namespace sunflop::test {

/// A widget of 600 pixels that shows ovis2-4b without animations.
struct SunburstWindow {
    Session session;
    SunburstWidget widget{session};

    SunburstWindow()
    {
        session.lens().setAnimates(false);
        if (!session.show(openModel(QStringLiteral("ovis2-4b")).value()))
            qFatal("the bundled model does not open");
        widget.resize(600, 600);
        widget.show();
    }

    const SunburstPainter& picture() { return *widget.picture(); }
    const SunburstLayout& layout() { return picture().layout(); }
    std::int32_t nodeAt(std::string_view path) const
    {
        const Trace& trace = session.run().trace;
        for (std::size_t i = 0; i < trace.modules.size(); ++i)
            if (trace.path(static_cast<std::int32_t>(i)) == path)
                return static_cast<std::int32_t>(i);
        qFatal("no module at this path");
    }
    /// The slice of a module; ends the program if it has none.
    int sliceOf(std::string_view path)
    {
        const int slice = layout().sliceOf(nodeAt(path), session.run().costs);
        if (slice < 0)
            qFatal("no slice for this path");
        return slice;
    }
    /// The slice of what a module computes itself; -1: none.
    int ownSliceOf(std::string_view path)
    {
        const std::int32_t node = nodeAt(path);
        const auto& slices = layout().slices();
        const auto found = std::ranges::find_if(slices, [node](const Slice& slice) {
            return slice.kind == Slice::Kind::Own && slice.node == node;
        });
        return found == slices.end() ? -1 : static_cast<int>(found - slices.begin());
    }
    QPoint middleOf(int slice)
    {
        const Arc arc = layout().arc(slice);
        return onCircle(layout().centre(), arc.middleTurns(), arc.middleRadius()).toPoint();
    }
    void click(int slice, Qt::KeyboardModifiers modifiers = {})
    {
        QTest::mouseClick(&widget, Qt::LeftButton, modifiers, middleOf(slice));
    }
    void press(Qt::Key key) { QTest::keyClick(&widget, key); }
    /// Turns the wheel; a notch is 120.
    void wheel(int eighths)
    {
        const QPointF at = widget.rect().center();
        QWheelEvent event(at, widget.mapToGlobal(at), {}, {0, eighths}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(&widget, &event);
    }
    std::int32_t selected() const { return session.focus().selected(); }
    std::int32_t root() const { return session.focus().root(); }
};

} // namespace sunflop::test
