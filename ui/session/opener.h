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

class QTimer;

namespace sunflop {

/// One opening at a time; a new one takes the place of what is being opened. What cannot be opened leaves
/// the session's model untouched.
class Opener : public QObject {
    Q_OBJECT
public:
    explicit Opener(Session& session, QObject* parent = nullptr);
    ~Opener() override;

    /// A bundled name or a path.
    void open(const QString& place);
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

Q_SIGNALS:
    void pendingChanged();
    void opened(const QString& place);
    void refused(const QString& place, const sunflop::Error& error);
    void recentChanged();

private:
    struct Opened {
        Model model;
        Run run;
        double elapsedMilliseconds = 0; ///< of counting
    };

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
    int m_request = 0; ///< number of the newest request; older ones are ignored
};

} // namespace sunflop
