// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/compare_figure.h"

#include "ui/compare/compare_inputs.h"
#include "ui/compare/compare_page.h"
#include "ui/fonts.h"
#include "ui/main_window.h"
#include "ui/preferences.h"

#include <QApplication>
#include <QPalette>

#include <cassert>

namespace sunflop {

namespace {

/// Puts both models beside each other as they were opened.
Result<void> compareOpened(CompareSession& comparison, FigureSide& a, FigureSide& b)
{
    comparison.session(Side::B).setConvention(*b.convention);
    for (auto* const side : {&a, &b})
        if (auto shown = comparison.session(side == &a ? Side::A : Side::B).show(std::move(side->model));
            !shown)
            return shown;
    comparison.setLinksInputs(comparison.session(Side::A).settings() ==
                              comparison.session(Side::B).settings());
    comparison.setOpen(true);
    return {};
}

/// Lays B beside A, which is arranged, as a session kept it.
QStringList compareKept(CompareSession& comparison, FigureSide& b, const SessionState& state)
{
    const QString place = QString::fromStdString(b.model.source.place);
    return comparison.restore(place, std::move(b.model), state.models[1],
                              state.comparison.value_or(ComparisonState{}));
}

void lay(CompareSession& comparison, const ComparisonState& state, std::optional<bool> linksInputs)
{
    std::vector<PathPair> pairs;
    for (const auto& [a, b] : state.pairs)
        pairs.push_back({a, b});
    comparison.setPairs(std::move(pairs));
    comparison.setSameScale(state.sharesScale);
    comparison.setLinksInputs(linksInputs.value_or(comparison.linksInputs()));
}

/// What only the page knows: whose inputs and which tab are in front.
void bringToFront(MainWindow& window, const FigureOptions& options, const ComparisonState& state)
{
    const std::string kept = options.session ? options.session->view.tab : std::string();
    const std::string tab = options.tab.value_or(kept);
    if (!tab.empty())
        window.showView(tab);
    if (!window.comparison().linksInputs() && state.focus == "b")
        window.comparePage()->inputs().show(Side::B);
}

} // namespace

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
    const bool isKept = options.session && options.session->models.size() > 1;
    if (const auto shown =
            isKept ? window.session().show(std::move(a.model)) : compareOpened(comparison, a, b);
        !shown)
        return failure(shown.error());
    window.resize(options.size);
    window.show();
    if (auto arranged = arrange(window.session(), options); !arranged)
        return failure(arranged.error());
    if (isKept)
        options.tell(compareKept(comparison, b, *options.session));
    if (!comparison.isAligned())
        return failure(ErrorKind::Conflict, options.session->models[1].source.path, "cannot be compared");
    const ComparisonState state =
        (isKept ? options.session->comparison : options.comparison).value_or(ComparisonState{});
    if (!isKept)
        lay(comparison, state, options.linksInputs);
    if (const auto& refused = comparison.comparison().refused; !refused.empty())
        return failure(
            ErrorKind::NotFound, refused.front().a + "=" + refused.front().b,
            "cannot be laid beside each other, expected a module of A and one of B, not the models "
            "themselves, each once");
    bringToFront(window, options, state);
    settle(comparison.session(Side::B));
    settle(window.session());
    if (QWidget* focused = window.focusWidget())
        focused->clearFocus();
    return pngOf(options.view == "compare" ? window.comparePage()->picture().toImage()
                                           : window.grab().toImage());
}

} // namespace sunflop
