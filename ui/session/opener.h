// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Opens models for a session without holding up the window, and reads them again when their file changes.

#include "core/base/result.h"
#include "ui/session/session.h"

#include <QFileSystemWatcher>
#include <QObject>
#include <QString>
#include <QStringList>
#include <QThreadPool>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

class QTimer;

namespace sunflop {

/// One opening at a time; a new one takes the place of what is being opened. What cannot be opened leaves
/// the session's model untouched.
class Opener : public QObject {
    Q_OBJECT
public:
    explicit Opener(Session& session, QObject* parent = nullptr);
    ~Opener() override;

    /// A bundled name or a path. A session file is only named to sessionNamed(): whoever reads it opens its
    /// model. Nothing happens if the guard says no.
    void open(const QString& place);
    /// The same of what is known to be a model, and without asking the guard.
    void openDirectly(const QString& place);
    /// Shows a model that was read from `place` elsewhere; counts it at once.
    Result<void> show(const QString& place, Model model);
    /// Is asked before another model, or none, takes the place of the one that is open.
    void setGuard(std::function<bool()> mayReplace) { m_mayReplace = std::move(mayReplace); }
    /// Inputs that a model was left with: it opens with them, as far as it takes them. Is called on another
    /// thread, with a model that no one else sees.
    using Recall = std::function<std::vector<Assignment>(const Model&)>;
    /// Makes such a function whenever a file is opened; may be empty.
    void setRecall(std::function<Recall()> recall) { m_recall = std::move(recall); }
    /// Tells that what is pending cannot be opened.
    void refuse(const QString& place, const Error& error);
    void reload();
    void cancel();
    /// Leaves the session without a model.
    void close();
    /// Each session shows what the other one showed; they must be joined.
    void exchange(Opener& other);

    /// What the session's model was opened by; empty without a model.
    const QString& place() const { return m_place; }
    /// What is being opened; empty if nothing is.
    const QString& pending() const { return m_pending; }

    static constexpr qsizetype mostRecent = 10;
    /// Files and folders opened before, the latest first.
    const QStringList& recent() const { return m_recent; }
    void setRecent(const QStringList& places);
    void remember(const QString& place); ///< as the latest

Q_SIGNALS:
    void pendingChanged();
    void opened(const QString& place);
    void sessionNamed(const QString& path); ///< pending until a model is opened, refused or cancelled
    void refused(const QString& place, const sunflop::Error& error);
    void recentChanged();

private:
    struct Opened {
        Model model;
        Run run;
        std::optional<Error> problem;   ///< why nothing of it ran
        double elapsedMilliseconds = 0; ///< of counting
    };
    /// What opening depends on.
    struct Request {
        QString place;
        std::vector<Assignment> kept; ///< inputs of the same file, which is read again
        bool isReload = false;
        const Convention* convention = nullptr;
        Recall recall; ///< may be empty
    };

    static Result<Opened> openAndRun(const Request& request);

    void take(const QString& place, Result<Opened> opened);
    void setPending(const QString& place);
    void watch();

    Session& m_session;
    QThreadPool m_threads;
    QFileSystemWatcher m_watcher;
    QTimer* m_changed;
    QString m_place;
    QString m_pending;
    QStringList m_recent;
    std::function<bool()> m_mayReplace = [] { return true; };
    std::function<Recall()> m_recall = [] { return Recall(); };
    int m_request = 0; ///< number of the newest request; older ones are ignored
};

} // namespace sunflop
