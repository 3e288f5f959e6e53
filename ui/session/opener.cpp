// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/opener.h"

#include "core/model/setting.h"
#include "ui/session/session_file.h"
#include "ui/text.h"

#include <QElapsedTimer>
#include <QFileInfo>
#include <QFutureWatcher>
#include <QMetaMethod>
#include <QTimer>
#include <QtConcurrentRun>

#include <algorithm>
#include <memory>
#include <utility>

namespace sunflop {

namespace {

/// Editors write in several steps: a file counts as changed when it has been still for this long.
constexpr int stillMilliseconds = 150;

/// Bundled names and those of the Hub as they are, paths in full: the working directory may change.
QString inFull(const QString& place)
{
    const bool isBundled =
        std::ranges::find(bundledModels(), place.toStdString(), &BundledModel::name) != bundledModels().end();
    const bool isName = isBundled || place.isEmpty() || place.startsWith(QLatin1String("hf:"));
    return isName ? place : QFileInfo(place).absoluteFilePath();
}

} // namespace

Opener::Opener(Session& session, QObject* parent)
    : QObject(parent), m_session(session), m_changed(new QTimer(this))
{
    // A file on a dead disk must not keep the next one from being opened.
    m_threads.setMaxThreadCount(8);
    m_changed->setSingleShot(true);
    m_changed->setInterval(stillMilliseconds);
    connect(m_changed, &QTimer::timeout, this, &Opener::reload);
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, m_changed, qOverload<>(&QTimer::start));
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, m_changed, qOverload<>(&QTimer::start));
}

Opener::~Opener() = default;

void Opener::open(const QString& named)
{
    const QString place = inFull(named);
    if (place != m_place && !m_mayReplace())
        return;
    if (!isSessionFile(place)) {
        openDirectly(place);
        return;
    }
    if (!isSignalConnected(QMetaMethod::fromSignal(&Opener::sessionNamed))) {
        refuse(place, {ErrorKind::Unsupported, place.toStdString(), "a session, expected a model"});
        return;
    }
    ++m_request;
    setPending(place);
    Q_EMIT sessionNamed(place);
}

void Opener::refuse(const QString& place, const Error& error)
{
    cancel();
    Q_EMIT refused(place, error);
}

void Opener::openDirectly(const QString& named)
{
    const QString place = inFull(named);
    const int request = ++m_request;
    setPending(place);
    // The result travels in a shared pointer because QFuture wants to copy.
    using Answer = std::shared_ptr<Result<Opened>>;
    auto* watcher = new QFutureWatcher<Answer>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, request, place] {
        watcher->deleteLater();
        if (request == m_request)
            take(place, std::move(*watcher->result()));
    });
    watcher->setFuture(QtConcurrent::run(&m_threads,
                                         [wanted = Request{place, m_session.settings(), place == m_place,
                                                           &m_session.convention(), m_recall()}]() -> Answer {
                                             return std::make_shared<Result<Opened>>(openAndRun(wanted));
                                         }));
}

Result<Opener::Opened> Opener::openAndRun(const Request& request)
{
    auto model = openModel(request.place);
    if (!model)
        return failure(model.error());
    std::vector<Assignment> settings = model->settings;
    if (request.isReload && Workload::from(model->inputs, request.kept))
        settings = request.kept;
    else if (request.recall)
        settings = withSettings(model->inputs, settings, request.recall(*model));
    QElapsedTimer timer;
    timer.start();
    Attempt made = attempt(*model, settings, *request.convention);
    if (made.problem && settings != model->settings)
        made = attempt(*model, model->settings, *request.convention);
    if (!made.run)
        return failure(*std::move(made.problem));
    const double elapsed = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    return Opened{*std::move(model), *std::move(made.run), std::move(made.problem), elapsed};
}

Result<void> Opener::show(const QString& named, Model model)
{
    cancel();
    auto shown = m_session.show(std::move(model));
    if (shown)
        m_place = inFull(named);
    watch();
    return shown;
}

void Opener::reload()
{
    if (!m_place.isEmpty() && m_pending.isEmpty())
        openDirectly(m_place);
}

void Opener::cancel()
{
    ++m_request;
    setPending({});
}

void Opener::close()
{
    if (!m_mayReplace())
        return;
    cancel();
    m_place.clear();
    m_session.close();
    watch();
}

void Opener::exchange(Opener& other)
{
    cancel();
    other.cancel();
    std::swap(m_place, other.m_place);
    m_session.exchange();
    watch();
    other.watch();
}

void Opener::take(const QString& place, Result<Opened> opened)
{
    setPending({});
    if (!opened) {
        watch();
        Q_EMIT refused(place, opened.error());
        return;
    }
    const bool isFile = opened->model.source.place != "bundled";
    m_place = place;
    m_session.show(std::move(opened->model), std::move(opened->run), opened->elapsedMilliseconds,
                   std::move(opened->problem));
    watch();
    if (isFile)
        remember(place);
    Q_EMIT this->opened(place);
}

void Opener::setPending(const QString& place)
{
    m_pending = place;
    Q_EMIT pendingChanged();
}

void Opener::remember(const QString& place)
{
    QStringList places = m_recent;
    places.removeAll(place);
    places.prepend(place);
    setRecent(places);
}

void Opener::setRecent(const QStringList& places)
{
    m_recent = places.mid(0, mostRecent);
    Q_EMIT recentChanged();
}

void Opener::watch()
{
    if (const QStringList old = m_watcher.files() + m_watcher.directories(); !old.isEmpty())
        m_watcher.removePaths(old);
    if (!m_session.hasModel())
        return;
    const QFileInfo place(m_place);
    if (!place.exists())
        return;
    const QString file = place.isDir() ? text::from(m_session.model().source.place) : m_place;
    m_watcher.addPath(file);
}

} // namespace sunflop
