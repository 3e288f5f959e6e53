// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/keeper.h"

#include "ui/session/session_state.h"
#include "ui/text.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QTimer>

#include <utility>

namespace sunflop {

namespace {

/// A drag is over, a click has done what it does.
constexpr int quietMilliseconds = 200;
constexpr int autosaveMilliseconds = 2000;

/// A state less what nobody would call a change of the session.
SessionState essence(SessionState state)
{
    state.program.clear();
    state.view.selected.clear();
    state.view.search.clear();
    state.view.tab.clear();
    if (state.comparison)
        state.comparison->focus.clear();
    return state;
}

QString placeOf(const ModelState& model)
{
    return text::from(model.source.bundled.empty() ? model.source.path : model.source.bundled);
}

QString placeOf(const SessionState& state)
{
    return placeOf(state.models.front());
}

/// What a user calls a model: every config.json by its folder.
QString nameOf(const ModelState& model)
{
    const QFileInfo file(placeOf(model));
    if (!model.source.bundled.empty())
        return placeOf(model);
    return file.fileName() == QLatin1String("config.json") ? file.dir().dirName() : file.completeBaseName();
}

} // namespace

Keeper::Keeper(Session& session, Opener& opener, Window window, QString autosaveFile, QObject* parent)
    : QObject(parent), m_session(session), m_opener(opener), m_window(std::move(window)),
      m_autosaveFile(std::move(autosaveFile)), m_reading([this](Loaded loaded) { take(std::move(loaded)); }),
      m_quiet(new QTimer(this)), m_autosaving(new QTimer(this))
{
    m_quiet->setSingleShot(true);
    m_quiet->setInterval(quietMilliseconds);
    m_autosaving->setSingleShot(true);
    m_autosaving->setInterval(autosaveMilliseconds);
    connect(m_quiet, &QTimer::timeout, this, &Keeper::look);
    connect(m_autosaving, &QTimer::timeout, this, &Keeper::autosave);
    connect(&opener, &Opener::sessionNamed, this, &Keeper::read);
    connect(&opener, &Opener::opened, this, &Keeper::modelOpened);
    for (const auto signal : {&Session::modelChanged, &Session::inputsChanged, &Session::conventionChanged,
                              &Session::baselineChanged, &Session::outlineReplaced})
        connect(&session, signal, this, &Keeper::touch);
    for (const auto signal : {&Lens::measureChanged, &Lens::pictureChanged, &Lens::sweptInputChanged})
        connect(&session.lens(), signal, this, &Keeper::touch);
    connect(&session.focus(), &Focus::historyChanged, this, &Keeper::touch);
    connect(&session.finder(), &Finder::changed, this, &Keeper::touch);
}

SessionState Keeper::state() const
{
    SessionState state;
    state.program = QCoreApplication::applicationVersion().toStdString();
    state.models.push_back(modelStateOf(m_session));
    state.view = viewStateOf(m_session);
    state.figure = m_figureStyle;
    m_window.add(state);
    return state;
}

void Keeper::touch()
{
    m_quiet->start();
}

void Keeper::look()
{
    m_quiet->stop();
    if (!m_session.hasModel()) {
        m_autosaving->stop();
        setName({});
        return;
    }
    SessionState now = state();
    const bool isModified = !m_path.isEmpty() && m_saved && essence(now) != essence(*m_saved);
    if (std::exchange(m_isModified, isModified) != isModified)
        Q_EMIT changed();
    now.continues = m_path.toStdString();
    if (now != m_autosaved)
        m_autosaving->start();
}

Result<void> Keeper::save(const QString& path)
{
    const SessionState now = state();
    if (auto written = writeSessionFile(path, now); !written)
        return written;
    setName(path);
    m_saved = now;
    m_opener.remember(m_path);
    look();
    return {};
}

void Keeper::autosave()
{
    m_autosaving->stop();
    if (!m_session.hasModel())
        return;
    SessionState now = state();
    now.continues = m_path.toStdString();
    if (now == m_autosaved)
        return;
    m_autosaved = now;
    QDir().mkpath(QFileInfo(m_autosaveFile).path()); // or the file says why it cannot be written
    const auto written = writeSessionFile(m_autosaveFile, std::move(now), FileReaders::Owner);
    if (const bool wasFailing = std::exchange(m_isAutosaveFailing, !written); !written && !wasFailing)
        Q_EMIT autosaveFailed(written.error());
}

QString Keeper::lastWords() const
{
    const auto last = readSessionFile(m_autosaveFile);
    if (!last)
        return {};
    QStringList names;
    for (const ModelState& model : last->models)
        names << nameOf(model);
    QString words = names.join(QStringLiteral(" ↔ "));
    if (!last->continues.empty())
        words.prepend(sessionName(text::from(last->continues)) + QStringLiteral(": "));
    if (const auto& inputs = last->models.front().inputs; names.size() == 1 && !inputs.empty())
        words += QStringLiteral(", ") + inputsText(inputs);
    return words;
}

void Keeper::continueLast()
{
    m_opener.open(m_autosaveFile);
}

void Keeper::open(SessionState state)
{
    Loaded loaded{.path = {}, .state = std::move(state), .missing = {}, .second = nullptr, .notes = {}};
    readSecond(loaded);
    open(std::move(loaded));
}

Keeper::Loaded Keeper::load(const QString& path)
{
    Loaded loaded{
        .path = path, .state = readSessionFile(path), .missing = {}, .second = nullptr, .notes = {}};
    if (!loaded.state)
        return loaded;
    for (ModelState& model : loaded.state->models) {
        auto found = find(model.source, path);
        if (!found) {
            if (!loaded.missing)
                loaded.missing = found.error();
            continue;
        }
        loaded.notes += found->notes;
        if (model.source.bundled.empty())
            model.source.path = found->place.toStdString();
    }
    if (!loaded.missing)
        readSecond(loaded);
    return loaded;
}

void Keeper::readSecond(Loaded& loaded)
{
    if (loaded.state->models.size() > 1)
        loaded.second = std::make_shared<const Result<Model>>(openModel(placeOf(loaded.state->models[1])));
}

void Keeper::read(const QString& path)
{
    m_reading.request([path] { return load(path); });
}

void Keeper::take(Loaded loaded)
{
    if (m_opener.pending() != loaded.path)
        return; // something else was opened meanwhile, or nothing is wanted any more
    if (!loaded.state) {
        m_opener.refuse(loaded.path, loaded.state.error());
    } else if (loaded.missing) {
        m_opener.cancel();
        m_homeless = loaded;
        Q_EMIT modelMissing(loaded.path, *loaded.missing);
    } else {
        open(std::move(loaded));
    }
}

void Keeper::openWith(const QString& place)
{
    if (!m_homeless)
        return;
    Loaded loaded = *std::exchange(m_homeless, std::nullopt);
    loaded.missing.reset();
    bool isPlaced = false;
    for (ModelState& model : loaded.state->models) {
        const auto found = find(model.source, loaded.path);
        if (found)
            continue;
        if (isPlaced) {
            loaded.missing = found.error();
            break;
        }
        isPlaced = true;
        model.source.path = place.toStdString();
        if (fingerprintOf(place) != model.source.fingerprint)
            loaded.notes << tr("%1 is another file than the one that was saved.").arg(place);
    }
    if (loaded.missing) { // both are: one after the other
        m_homeless = loaded;
        Q_EMIT modelMissing(loaded.path, *loaded.missing);
        return;
    }
    readSecond(loaded);
    open(std::move(loaded));
}

void Keeper::open(Loaded loaded)
{
    if (loaded.second && !*loaded.second) {
        m_opener.refuse(loaded.path, Error(loaded.second->error()).within(loaded.path.toStdString()));
        return;
    }
    const QString place = placeOf(*loaded.state);
    m_awaited = std::move(loaded);
    m_opener.openDirectly(place);
}

void Keeper::modelOpened(const QString& place)
{
    auto awaited = std::exchange(m_awaited, std::nullopt);
    if (awaited && placeOf(*awaited->state) == place)
        show(*std::move(awaited));
    else if (place != m_place)
        setName({});
    m_place = place;
    m_homeless.reset();
}

void Keeper::show(Loaded loaded)
{
    QStringList notes = std::move(loaded.notes);
    const SessionState& state = *loaded.state;
    notes += apply(m_session, state.models.front());
    notes += apply(m_session, state.view);
    m_figureStyle = state.figure;
    notes += m_window.show(state, loaded.second ? &**loaded.second : nullptr);
    const bool isAutosaved = loaded.path == m_autosaveFile;
    setName(isAutosaved ? text::from(state.continues) : loaded.path);
    if (!isAutosaved && !loaded.path.isEmpty()) {
        m_opener.remember(loaded.path);
        m_saved = this->state();
    } else if (!m_path.isEmpty()) {
        // What was last saved under the name is in its file, if that is still there.
        const auto named = readSessionFile(m_path);
        m_saved = named ? std::optional(*named) : std::optional(SessionState{});
    }
    look();
    Q_EMIT opened(loaded.path, notes);
}

void Keeper::follow()
{
    m_place = m_opener.place();
    touch();
}

void Keeper::setName(const QString& path)
{
    m_saved.reset();
    m_isModified = false;
    m_path = path;
    Q_EMIT changed();
}

void Keeper::setFigureStyle(Config style)
{
    m_figureStyle = std::move(style);
    touch();
}

} // namespace sunflop
