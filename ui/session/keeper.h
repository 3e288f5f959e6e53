// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Keeps what the window shows in session files: the user's own, and one that saves itself.

#include "core/session/session_state.h"
#include "ui/session/latest.h"
#include "ui/session/opener.h"
#include "ui/session/session_file.h"

#include <QObject>

#include <functional>
#include <memory>
#include <optional>

class QTimer;

namespace sunflop {

/// A session has a name once it was saved or opened from a file. The state saves itself to the autosave file
/// a moment after the last change, whether it has a name or not; a named file is only written by save().
/// Opening another model leaves the name behind.
class Keeper : public QObject {
    Q_OBJECT
public:
    /// What the window adds to a state, and takes from one: the tab in front, an open comparison.
    struct Window {
        std::function<void(SessionState&)> add;
        /// `second` is the model that A is compared with, as it was read; null for a state of one. Tells what
        /// could not be brought back, a sentence each.
        std::function<QStringList(const SessionState&, const Model* second)> show;
    };

    /// `autosaveFile` may not exist yet, nor its folder.
    Keeper(Session& session, Opener& opener, Window window, QString autosaveFile, QObject* parent = nullptr);

    /// The session's file; empty without a name.
    const QString& path() const { return m_path; }
    /// Whether a named session has changes that its file does not have. Selection, search and the tab in
    /// front alone are none.
    bool isModified() const { return m_isModified; }

    /// The state now; requires a model.
    SessionState state() const;
    /// A and B have changed places: the session is the same.
    void follow();
    /// Something may have changed. Cheap: looked at when it has been quiet for a moment.
    void touch();
    /// Looks at once.
    void look();
    Result<void> save(const QString& path);
    /// Writes the autosave file, which nobody else may read, unless there is no model.
    void autosave();

    /// What the autosave file holds, in words: "ovis2-4b, text_tokens=4096" or "ovis2-4b ↔ internvl2-1b";
    /// empty without one that can be read.
    QString lastWords() const;
    void continueLast();
    /// Opens a state that no file keeps: what is shown has no name. Its sources are where they say.
    void open(SessionState state);
    /// Opens the session whose model was gone, with the model at `place` in its stead.
    void openWith(const QString& place);

    /// Style of exported figures, as ui/export keeps it.
    const Config& figureStyle() const { return m_figureStyle; }
    void setFigureStyle(Config style);

Q_SIGNALS:
    void changed(); ///< name or mark
    /// A session was opened; what the user must know about it.
    void opened(const QString& path, const QStringList& notes);
    /// The session at `path` cannot be opened because its model is gone; openWith() may help.
    void modelMissing(const QString& path, const sunflop::Error& error);
    /// The state cannot save itself; said once, until it could again.
    void autosaveFailed(const sunflop::Error& error);

private:
    /// A session file that was read, with its models found.
    struct Loaded {
        QString path;
        Result<SessionState> state;                  ///< sources are where they were found
        std::optional<Error> missing;                ///< why a model was not
        std::shared_ptr<const Result<Model>> second; ///< the other model of a comparison, once it was read
        QStringList notes;
    };

    static Loaded load(const QString& path);
    static void readSecond(Loaded& loaded);
    void read(const QString& path);
    void take(Loaded loaded);
    void open(Loaded loaded);
    void modelOpened(const QString& place);
    void show(Loaded loaded);
    void setName(const QString& path);

    Session& m_session;
    Opener& m_opener;
    Window m_window;
    QString m_autosaveFile;
    QString m_path;
    bool m_isModified = false;
    QString m_place; ///< of the model that is shown
    std::optional<SessionState> m_saved;
    std::optional<SessionState> m_autosaved;
    bool m_isAutosaveFailing = false;
    std::optional<Loaded> m_awaited;  ///< its model is being opened
    std::optional<Loaded> m_homeless; ///< its model is gone
    Config m_figureStyle;
    Latest<Loaded> m_reading;
    QTimer* m_quiet;
    QTimer* m_autosaving;
};

} // namespace sunflop
