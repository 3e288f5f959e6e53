// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/compare_figure.h"

#include "core/exporters/tables/table.h"
#include "ui/charts/sweep_view.h"
#include "ui/compare/compare_inputs.h"
#include "ui/compare/compare_page.h"
#include "ui/compare/comparison_figure.h"
#include "ui/export/export_job.h"
#include "ui/export/snapshot.h"
#include "ui/fonts.h"
#include "ui/main_window.h"
#include "ui/preferences.h"
#include "ui/text.h"

#include <QApplication>
#include <QPalette>

#include <cassert>
#include <memory>

namespace sunflop {

namespace {

/// Levels of rows below the model where nobody opened any.
constexpr int usualDepth = 2;

/// Two sessions without a window.
struct Compared {
    Session a;
    Opener opener{a};
    CompareSession sides{a, opener};
};

/// Two sessions of their own, in their own colours.
struct ShownComparison : Compared {
    ShownComparison(const CompareSession& original, const Theme& colours, const FigureParts& parts)
        : theme(colours)
    {
        a.lens().setTheme(theme);
        a.lens().setFigureParts(parts);
        showSame(sides, original);
    }

    Theme theme;
};

QString titleOf(const CompareSession& session, const QString& figure)
{
    return QStringLiteral("%1, %2 ↔ %3")
        .arg(figure, text::from(session.run(Side::A).source.name),
             text::from(session.run(Side::B).source.name));
}

QString captionOf(const CompareSession& session)
{
    return QStringLiteral("A: %1. B: %2")
        .arg(text::from(tableCaption(session.run(Side::A))), text::from(tableCaption(session.run(Side::B))));
}

/// What was asked for by name, or the first levels.
Result<std::vector<ShownRow>> rowsOf(const CompareSession& session, const FigureOptions& options)
{
    return options.expand.empty() ? rowsTo(session, usualDepth) : rowsBelow(session, options.expand);
}

} // namespace

Figure comparisonFigure(const CompareSession& session, const std::function<std::vector<ShownRow>()>& rows)
{
    const QString name = QCoreApplication::translate("comparisonFigure", "Comparison");
    const auto content = [&session, rows, name](const Theme& theme, const FigureParts& parts) {
        const auto shown = std::make_shared<ShownComparison>(session, theme, parts);
        return PageContent{.paint =
                               [shown, rows = rows()](QPainter& painter, const QRectF& area) {
                                   paintComparisonFigure(shown->sides, rows, painter, area);
                               },
                           .height =
                               [shown, rows = rows()](const QFont& font, double width) {
                                   return comparisonFigureHeight(shown->sides, rows, font, width);
                               },
                           .title = titleOf(session, name),
                           .caption = captionOf(session)};
    };
    return {.id = QStringLiteral("compare"),
            .title = name,
            .content = content,
            .cells = [&session, rows] { return comparisonCells(session, rows()); },
            .hasSunburst = true};
}

Figure sweepOfBoth(const CompareSession& session)
{
    const QString name = QCoreApplication::translate("comparisonFigure", "Sweep of both");
    const auto content = [&session, name](const Theme& theme, const FigureParts& parts) {
        const auto shown = std::make_shared<ShownComparison>(session, theme, parts);
        PageContent page{.paint = [shown](QPainter& painter, const QRectF& area) {
            paintSweep(shown->a, shown->sides.session(Side::B), painter, area);
        }};
        page.title = titleOf(session, name);
        page.caption = captionOf(session);
        return page;
    };
    return {.id = QStringLiteral("sweep"), .title = name, .content = content};
}

std::vector<std::string> comparisonViews()
{
    return {"window", "compare", "sweep"};
}

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

/// Brings both sides into the state that the options ask for.
Result<void> show(CompareSession& session, FigureSide a, FigureSide b, const FigureOptions& options)
{
    const bool isKept = options.session && options.session->models.size() > 1;
    Session& first = session.session(Side::A);
    first.setConvention(*a.convention);
    if (auto shown = isKept ? first.show(std::move(a.model)) : compareOpened(session, a, b); !shown)
        return shown;
    FigureOptions ofA = options;
    ofA.expand.clear(); // they may be of B
    if (auto arranged = arrange(first, ofA); !arranged)
        return arranged;
    if (isKept)
        options.tell(compareKept(session, b, *options.session));
    if (!session.isAligned())
        return failure(ErrorKind::Conflict, options.session->models[1].source.path, "cannot be compared");
    if (!isKept)
        lay(session, options.comparison.value_or(ComparisonState{}), options.linksInputs);
    if (const auto& refused = session.comparison().refused; !refused.empty())
        return failure(
            ErrorKind::NotFound, refused.front().a + "=" + refused.front().b,
            "cannot be laid beside each other, expected a module of A and one of B, not the models "
            "themselves, each once");
    return {};
}

Result<QByteArray> paintWindow(FigureSide a, FigureSide b, const FigureOptions& options)
{
    Preferences preferences;
    preferences.setTheme(options.theme);
    preferences.setAnimates(false);
    MainWindow window(preferences, QPalette());
    if (auto fits = checkDots(options.size * window.devicePixelRatioF()); !fits)
        return failure(fits.error());
    window.session().lens().setTellsTime(false);
    CompareSession& comparison = window.comparison();
    if (auto shown = show(comparison, std::move(a), std::move(b), options); !shown)
        return failure(shown.error());
    window.resize(options.size);
    window.show();
    const auto& kept = options.session && options.session->models.size() > 1 ? options.session->comparison
                                                                             : options.comparison;
    bringToFront(window, options, kept.value_or(ComparisonState{}));
    settle(comparison.session(Side::B));
    settle(window.session());
    if (QWidget* focused = window.focusWidget())
        focused->clearFocus();
    return pngOf(window.grab().toImage());
}

/// A page for publication, or one that looks like the window.
Result<QByteArray> paintPage(FileFormat format, const Figure& figure, const FigureOptions& options)
{
    if (options.style) {
        FigureStyle style = *options.style;
        style.isDark = options.theme == ThemeChoice::Dark;
        return figureDocument(figure, style, format);
    }
    const QPalette palette;
    const Theme& theme = Theme::of(options.theme, palette);
    return contentDocument(format, figure.content(theme, {}), pageOf(options, theme), options.unitPoints);
}

} // namespace

Result<QByteArray> paintComparison(FileFormat format, FigureSide a, FigureSide b,
                                   const FigureOptions& options)
{
    const PreferencesSandbox sandbox;
    registerFonts();
    QApplication::setFont(bundledFont(13));
    if (options.view == "window") {
        assert(format == FileFormat::Png);
        return paintWindow(std::move(a), std::move(b), options);
    }
    Compared compared;
    CompareSession& session = compared.sides;
    if (auto shown = show(session, std::move(a), std::move(b), options); !shown)
        return failure(shown.error());
    const auto rows = rowsOf(session, options);
    if (!rows)
        return failure(rows.error());
    return paintPage(format,
                     options.view == "sweep" ? sweepOfBoth(session)
                                             : comparisonFigure(session, [&rows] { return *rows; }),
                     options);
}

} // namespace sunflop
