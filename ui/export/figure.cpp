// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/figure.h"

#include "core/base/registry.h"
#include "core/cost/own_parts.h"
#include "ui/export/export_job.h"
#include "ui/fonts.h"
#include "ui/main_window.h"
#include "ui/preferences.h"
#include "ui/session/session_state.h"
#include "ui/text.h"
#include "ui/views/view.h"

#include <QApplication>
#include <QBuffer>
#include <QImage>
#include <QPainter>
#include <QPalette>
#include <QThreadPool>

#include <algorithm>
#include <cassert>

namespace sunflop {

namespace {

/// Free ground around a view, in units.
constexpr double margin = 12;

/// How the options want it looked at, on top of the session's way.
ViewState viewOf(const FigureOptions& options)
{
    ViewState view = options.session ? options.session->view : ViewState{};
    view.measure = options.measure.value_or(view.measure);
    view.colour = options.colour.value_or(view.colour);
    view.rings = options.rings.value_or(view.rings);
    view.foldsRepeats = view.foldsRepeats && !options.unfold;
    view.showsLabels = view.showsLabels && !options.hidesLabels;
    view.selected = options.select.value_or(options.zoom.value_or(view.selected));
    view.root = options.zoom.value_or(view.root);
    view.search = options.search.value_or(view.search);
    view.tab = options.tab.value_or(view.tab);
    view.sweptInput = options.over.value_or(view.sweptInput);
    if (options.sorting)
        view.sorting = options.sorting;
    if (!options.expand.empty())
        view.expanded = options.expand;
    return view;
}

/// Modules that were asked for by name must be there.
Result<void> checkPaths(const Session& session, const FigureOptions& options)
{
    std::vector<std::string> paths = options.expand;
    if (options.zoom)
        paths.push_back(*options.zoom);
    const SplitPath selected = splitPath(options.select ? *options.select : std::string_view());
    paths.emplace_back(selected.module);
    const auto row = rowAt(session.run().trace, session.outline().unfolding(), selected.module);
    if (row && !selected.own.empty() && ownNamed(session.run().costs, row->node, selected.own) == nullptr)
        paths.push_back(*options.select);
    for (const std::string& path : paths)
        if (!rowAt(session.run().trace, session.outline().unfolding(), path))
            return failure(
                ErrorKind::NotFound, path,
                "no module of this path, expected one as \"sunflop report --format csv\" prints it");
    return {};
}

} // namespace

Result<void> arrange(Session& session, const FigureOptions& options)
{
    QStringList lost;
    if (options.session)
        lost += apply(session, options.session->models.front());
    lost += apply(session, viewOf(options));
    if (auto checked = checkPaths(session, options); !checked)
        return checked;
    options.tell(lost);
    return {};
}

void settle(Session& session)
{
    session.settle();
    // A result starts the request that waited for it, and that one may be done before it is looked for.
    constexpr int quietRounds = 3;
    for (int quiet = 0; quiet < quietRounds; ++quiet) {
        if (QThreadPool::globalInstance()->activeThreadCount() > 0)
            quiet = 0;
        QThreadPool::globalInstance()->waitForDone();
        QApplication::processEvents();
    }
}

Result<QByteArray> pngOf(const QImage& image)
{
    QBuffer file;
    if (!file.open(QIODevice::WriteOnly) || !image.save(&file, "PNG"))
        return failure(ErrorKind::OutOfRange, "", "too large for a PNG, expected a smaller size");
    return file.data();
}

namespace {

Result<QByteArray> paintWindow(Model model, const Convention& convention, const FigureOptions& options)
{
    Preferences preferences;
    preferences.setTheme(options.theme);
    preferences.setAnimates(false);
    MainWindow window(preferences, QPalette());
    if (auto fits = checkDots(options.size * window.devicePixelRatioF()); !fits)
        return failure(fits.error());
    window.session().lens().setTellsTime(false);
    window.session().setConvention(convention);
    if (auto shown = window.session().show(std::move(model)); !shown)
        return failure(shown.error());
    window.resize(options.size);
    window.show();
    if (auto arranged = arrange(window.session(), options); !arranged)
        return failure(arranged.error());
    if (const std::string tab = viewOf(options).tab; !tab.empty())
        window.showView(tab);
    settle(window.session());
    if (QWidget* focused = window.focusWidget())
        focused->clearFocus();
    return pngOf(window.grab().toImage());
}

Result<QByteArray> paintView(FileFormat format, const View& view, Model model, const Convention& convention,
                             const FigureOptions& options)
{
    Session session;
    session.setConvention(convention);
    session.lens().setTheme(Theme::of(options.theme, QPalette()));
    if (auto shown = session.show(std::move(model)); !shown)
        return failure(shown.error());
    if (auto arranged = arrange(session, options); !arranged)
        return failure(arranged.error());
    if (options.style) {
        FigureStyle style = *options.style;
        style.isDark = options.theme == ThemeChoice::Dark;
        return figureDocument(figureOf(session, view), style, format);
    }
    return viewDocument(format, view, session, pageOf(options, session.lens().theme()), options.unitPoints);
}

} // namespace

std::vector<std::string> figureViews()
{
    std::vector<std::string> ids{"window"};
    for (const View& view : views())
        if (view.paint != nullptr)
            ids.emplace_back(view.id);
    return ids;
}

std::vector<std::string> tabViews()
{
    std::vector<std::string> ids;
    for (const View& view : views())
        if (view.place == View::Place::Tab)
            ids.emplace_back(view.id);
    return ids;
}

Result<QByteArray> paintFigure(FileFormat format, Model model, const Convention& convention,
                               const FigureOptions& options)
{
    const PreferencesSandbox sandbox;
    registerFonts();
    QApplication::setFont(bundledFont(13));
    if (const View* const view = entryNamed(views(), options.view))
        return paintView(format, *view, std::move(model), convention, options);
    assert(format == FileFormat::Png);
    return paintWindow(std::move(model), convention, options);
}

Page pageOf(const FigureOptions& options, const Theme& theme)
{
    const auto length = [](int units) { return millimetresOf(units * defaultUnitPoints); };
    const QSizeF usual(length(options.size.width()), length(options.size.height()));
    return {.millimetres = options.millimetres.value_or(usual),
            .dotsPerInch = options.dotsPerInch,
            .ground = theme.panel};
}

Result<QByteArray> contentDocument(FileFormat format, const PageContent& content, Page page,
                                   double unitPoints)
{
    page.title = content.title;
    return document(format, page, [&](QPainter& painter, const QRectF& area) {
        painter.scale(unitPoints, unitPoints);
        painter.setFont(bundledFont(13));
        content.paint(painter,
                      QRectF({}, area.size() / unitPoints).adjusted(margin, margin, -margin, -margin));
    });
}

Result<QByteArray> viewDocument(FileFormat format, const View& view, const Session& session, Page page,
                                double unitPoints)
{
    page.ground = session.lens().theme().panel;
    PageContent content{
        .paint = [&](QPainter& painter, const QRectF& area) { view.paint(session, painter, area); }};
    content.title = QStringLiteral("%1 · %2").arg(text::name(session.run(), 0), view.title());
    return contentDocument(format, content, page, unitPoints);
}

} // namespace sunflop
