// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/compare_figure.h"

#include "ui/compare/compare_page.h"
#include "ui/fonts.h"
#include "ui/main_window.h"
#include "ui/preferences.h"

#include <QApplication>
#include <QPalette>

#include <cassert>

namespace sunflop {

Result<QByteArray> paintComparison(FileFormat format, FigureSide a, FigureSide b,
                                   const FigureOptions& options)
{
    assert(format == FileFormat::Png);
    const PreferencesSandbox sandbox;
    registerFonts();
    QApplication::setFont(bundledFont(13));
    Preferences preferences;
    preferences.setTheme(options.theme);
    preferences.setAnimates(false);
    MainWindow window(preferences, QPalette());
    CompareSession& comparison = window.comparison();
    window.session().setConvention(*a.convention);
    comparison.session(Side::B).setConvention(*b.convention);
    for (auto* const side : {&a, &b})
        if (auto shown = comparison.session(side == &a ? Side::A : Side::B).show(std::move(side->model));
            !shown)
            return failure(shown.error());
    comparison.setLinksInputs(window.session().settings() == comparison.session(Side::B).settings());
    comparison.setOpen(true);
    window.resize(options.size);
    window.show();
    if (auto arranged = arrange(window.session(), options); !arranged)
        return failure(arranged.error());
    if (options.tab)
        window.showView(*options.tab);
    settle(comparison.session(Side::B));
    settle(window.session());
    if (QWidget* focused = window.focusWidget())
        focused->clearFocus();
    return pngOf(options.view == "compare" ? window.comparePage()->picture().toImage()
                                           : window.grab().toImage());
}

} // namespace sunflop
