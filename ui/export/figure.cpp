// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/figure.h"

#include "ui/fonts.h"
#include "ui/main_window.h"
#include "ui/preferences.h"
#include "ui/text.h"
#include "ui/views/view.h"

#include <QApplication>
#include <QPainter>
#include <QPalette>
#include <QThreadPool>

#include <algorithm>

namespace sunflop {

namespace {

/// Free ground around a view, in points.
constexpr double margin = 12;

Result<Instance> moduleAt(const Session& session, const std::string& path)
{
    if (const auto row = rowAt(session.run().trace, session.outline().unfolding(), path))
        return *row;
    return failure(ErrorKind::NotFound, path,
                   "no module of this path, expected one as \"sunflop report --format csv\" prints it");
}

} // namespace

Result<void> arrange(Session& session, const FigureOptions& options)
{
    if (options.measure)
        session.lens().setMeasure(*std::ranges::find(measures(), *options.measure, &Measure::id));
    session.lens().setFoldsRepeats(!options.unfold);
    if (options.search)
        session.finder().search(QString::fromStdString(*options.search), &session.run());
    for (const bool zooms : {true, false}) {
        const auto& path = zooms ? options.zoom : options.select;
        if (!path)
            continue;
        const auto module = moduleAt(session, *path);
        if (!module)
            return failure(module.error());
        if (zooms)
            session.focus().zoom(module->node);
        else
            session.focus().select(module->node, options.unfold ? module->number : Focus::anyInstance);
    }
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

namespace {

Result<QImage> paintWindow(Model model, const Convention& convention, const FigureOptions& options)
{
    Preferences preferences;
    preferences.setTheme(options.theme);
    preferences.setAnimates(false);
    MainWindow window(preferences, QPalette());
    window.session().setConvention(convention);
    if (auto shown = window.session().show(std::move(model)); !shown)
        return failure(shown.error());
    window.resize(options.size);
    window.show();
    if (auto arranged = arrange(window.session(), options); !arranged)
        return failure(arranged.error());
    if (options.tab)
        window.showView(*options.tab);
    settle(window.session());
    if (QWidget* focused = window.focusWidget())
        focused->clearFocus();
    return window.grab().toImage();
}

Result<QImage> paintView(const View& view, Model model, const Convention& convention,
                         const FigureOptions& options)
{
    Session session;
    session.setConvention(convention);
    session.lens().setTheme(Theme::of(options.theme, QPalette()));
    if (auto shown = session.show(std::move(model)); !shown)
        return failure(shown.error());
    if (auto arranged = arrange(session, options); !arranged)
        return failure(arranged.error());
    const qreal scale = qApp->devicePixelRatio();
    QImage image(options.size * scale, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(scale);
    image.fill(session.lens().theme().panel);
    QPainter painter(&image);
    painter.setFont(QApplication::font());
    view.paint(session, painter, QRectF({}, QSizeF(options.size)).adjusted(margin, margin, -margin, -margin));
    return image;
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

Result<QImage> paintFigure(Model model, const Convention& convention, const FigureOptions& options)
{
    const PreferencesSandbox sandbox;
    registerFonts();
    QApplication::setFont(bundledFont(13));
    const auto view = std::ranges::find(views(), options.view, &View::id);
    return view == views().end() ? paintWindow(std::move(model), convention, options)
                                 : paintView(*view, std::move(model), convention, options);
}

} // namespace sunflop
