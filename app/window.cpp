// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window.h"

#include "app/commands/command.h"
#include "app/commands/named_run.h"
#include "app/process.h"
#include "core/model/setting.h"
#include "core/sunflop.h"
#include "ui/end_signals.h"
#include "ui/fonts.h"
#include "ui/main_window.h"
#include "ui/preferences.h"
#include "ui/session/keeper.h"
#include "ui/session/model.h"
#include "ui/session/session_file.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <QApplication>
#include <QFontDatabase>
#include <QIcon>
#include <QStyle>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <utility>

namespace sunflop {

namespace {

constexpr int textPixels = 13;

constexpr const char* otherWays = "\"sunflop report\" and \"sunflop figure\" work without one";

bool hasDisplay()
{
    return !qEnvironmentVariableIsEmpty("DISPLAY") || !qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY") ||
           !qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM");
}

/// The desktop's font; the compiled-in one where there is none.
QFont textFont()
{
    registerFonts();
    QFont font = QApplication::font();
    if (!QFontDatabase::hasFamily(font.defaultFamily()) && QFontDatabase::families().size() <= 2)
        return bundledFont(textPixels);
    font.setPixelSize(textPixels);
    return font;
}

/// A model with what is given for it on top of what it opens with.
Result<ModelState> stateOf(const Model& model, std::vector<Assignment> given, const std::string& convention)
{
    const auto inputs = withSettings(model.inputs, model.settings, given);
    if (const auto workload = Workload::from(model.inputs, given); !workload)
        return failure(workload.error().within(model.source.name));
    ModelState state{.inputs = inputs, .convention = convention, .baseline = inputs};
    if (model.source.place == "bundled")
        state.source.bundled = model.source.name;
    else
        state.source.path = std::filesystem::absolute(model.source.place).string();
    return state;
}

/// One model, or two beside each other.
Result<SessionState> stateOfModels(const WindowOptions& options)
{
    std::vector<Model> models;
    for (const std::string& place : options.models) {
        auto model = openModel(QString::fromStdString(place));
        if (!model)
            return failure(model.error());
        models.push_back(*std::move(model));
    }
    const std::string convention = options.convention.value_or(std::string(conventions().front().id));
    const OwnOptions own[] = {{options.settingsOfA, {}}, {options.settingsOfB, {}}};
    SessionState state;
    for (std::size_t i = 0; i < models.size(); ++i) {
        const bool isA = i == 0;
        auto side = stateOf(models[i],
                            givenTo(models[i], models[isA ? models.size() - 1 : 0], isA,
                                    assignments(options.settings), own[i]),
                            isA ? convention : options.conventionOfB.value_or(convention));
        if (!side)
            return failure(side.error());
        state.models.push_back(*std::move(side));
    }
    if (state.models.size() > 1)
        state.comparison = ComparisonState{.linksInputs = state.models[0].inputs == state.models[1].inputs};
    return state;
}

/// A session with what is given on top.
Result<SessionState> stateOfSession(const WindowOptions& options)
{
    RunOptions run{.model = options.models.front(), .settings = options.settings};
    run.isConventionGiven = options.convention.has_value();
    run.convention = options.convention.value_or(run.convention);
    const auto kept = readSessionFile(QString::fromStdString(run.model));
    if (!kept)
        return failure(kept.error());
    if (kept->models.size() < 2)
        run.settings.insert(run.settings.end(), options.settingsOfA.begin(), options.settingsOfA.end());
    auto wanted = kept->models.size() < 2 ? named(run)
                                          : namedPair(run, {options.settingsOfA, {}},
                                                      {options.settingsOfB, options.conventionOfB});
    if (!wanted)
        return failure(wanted.error());
    return *std::move(wanted->session);
}

/// What the window is to show where inputs or conventions are given.
Result<SessionState> wantedState(const WindowOptions& options)
{
    const auto isSession = [](const std::string& place) {
        return isSessionFile(QString::fromStdString(place));
    };
    const auto session = std::ranges::find_if(options.models, isSession);
    if (session == options.models.end())
        return stateOfModels(options);
    if (options.models.size() > 1)
        return failure(ErrorKind::Unsupported, *session, "a session, expected a model");
    return stateOfSession(options);
}

} // namespace

void addWindowOptions(CLI::App& app, WindowOptions& options)
{
    app.add_option("MODEL", options.models,
                   "A bundled model, a config.json, a model folder, a text report or a session")
        ->expected(0, 2);
    using Settings = std::vector<std::string>;
    const std::pair<const char*, Settings*> settings[] = {
        {"--set", &options.settings}, {"--set-a", &options.settingsOfA}, {"--set-b", &options.settingsOfB}};
    for (const auto& [name, values] : settings)
        app.add_option(name, *values, "input=value that the window opens with; -a, -b: of one of two models")
            ->allow_extra_args(false)
            ->check(settingProblem, "input=value");
    app.add_option("--convention", options.convention, "How the window counts")
        ->check(oneOf(ids(conventions()), "list conventions"));
    app.add_option("--convention-b", options.conventionOfB, "How it counts the second model")
        ->check(oneOf(ids(conventions()), "list conventions"));
}

Result<void> showWindow(int argc, char** argv, const WindowOptions& options)
{
    for (const std::string& model : options.models)
        if (auto located = locate(model); !located)
            return located;
    std::optional<SessionState> state;
    if (options.hasRuns()) {
        auto wanted = wantedState(options);
        if (!wanted)
            return failure(wanted.error());
        state = *std::move(wanted);
    }
    if (!hasDisplay())
        return failure(
            ErrorKind::NotFound, "display",
            fmt::format("none found, expected DISPLAY or WAYLAND_DISPLAY to be set; {}", otherWays));
    QApplication::setOrganizationName(QStringLiteral("sunflop"));
    QApplication::setApplicationName(QStringLiteral("sunflop"));
    QApplication::setApplicationVersion(QStringLiteral(SUNFLOP_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("sunflop"));
    const std::string elsewhere = fmt::format("; {}", otherWays);
    const auto application = startQt(argc, argv, "display: cannot be opened", elsewhere);
    QApplication::setFont(textFont());
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/sunflop.svg")));
    Preferences preferences;
    MainWindow window(preferences, QApplication::palette());
    if (state)
        window.keeper().open(*std::move(state));
    else if (!options.models.empty())
        window.opener().open(QString::fromStdString(options.models.front()));
    if (!state && options.models.size() > 1)
        window.comparison().compareWith(QString::fromStdString(options.models[1]));
    window.show();
    beforeEndSignals([&] { window.keeper().autosave(); });
    QApplication::exec();
    return {};
}

} // namespace sunflop
