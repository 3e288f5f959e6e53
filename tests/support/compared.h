// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Two models side by side for a test, without a window.

#include "ui/compare/compare_session.h"

#include <QtTest>

#include <string_view>

namespace sunflop::test {

/// Both run with the same small prompt and one image of two by two tiles, where they take one.
struct Compared {
    Session session;
    Opener opener{session};
    CompareSession comparison{session, opener};

    Compared(const char* a, const char* b)
    {
        show(Side::A, a);
        show(Side::B, b);
        comparison.setOpen(true);
    }

    void show(Side side, const char* name)
    {
        Model model = openModel(QLatin1String(name)).value();
        for (const Assignment& wanted : {Assignment{"images", "1"}, Assignment{"image_width", "896"},
                                         Assignment{"image_height", "896"}, Assignment{"text_tokens", "256"}})
            if (std::ranges::find(model.inputs, wanted.id, &Input::id) != model.inputs.end())
                model.settings.push_back(wanted);
        if (!comparison.session(side).show(std::move(model)))
            qFatal("the bundled model does not open");
    }

    std::int32_t node(Side side, std::string_view path)
    {
        const Trace& trace = comparison.run(side).trace;
        for (std::size_t i = 0; i < trace.modules.size(); ++i)
            if (trace.path(static_cast<std::int32_t>(i)) == path)
                return static_cast<std::int32_t>(i);
        qFatal("no module at this path");
    }
    std::int32_t row(Side side, std::string_view path) { return comparison.rowOf(side, node(side, path)); }
    Count total(Side side) { return comparison.lens().measure().of(comparison.run(side).costs.root().total); }
};

} // namespace sunflop::test
