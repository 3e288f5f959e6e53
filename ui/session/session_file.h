// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Session files on disk: read, written whole or not at all, and their models found again.

#include "core/base/result.h"
#include "core/session/session_state.h"
#include "ui/written_file.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace sunflop {

inline constexpr const char* sessionSuffix = ".sunflop.json";
/// Whether a place names a session file: by its ending.
bool isSessionFile(const QString& place);
/// The name to show: "study" for "/home/ada/study.sunflop.json".
QString sessionName(const QString& path);

/// Reads a file. Paths of sources are made absolute. Errors begin with `path`.
Result<SessionState> readSessionFile(const QString& path);

/// Writes the file whole or not at all. Paths of sources, which must be absolute, are written relative to the
/// file's folder.
Result<void> writeSessionFile(const QString& path, SessionState state,
                              FileReaders readers = FileReaders::AsUsual);

/// Reads what a fingerprint needs of a file, or of the config.json of a model folder; without a hash if it
/// cannot be read.
Fingerprint fingerprintOf(const QString& place);
Fingerprint fingerprintOf(const QByteArray& contents);

/// A source of a session, found again.
struct FoundSource {
    QString place;     ///< as openModel() takes it
    QStringList notes; ///< what the user must know: the file has changed, or lies elsewhere than it did
};

/// Looks where the session says, then beside the session file for one of the same name and contents; another
/// file is never taken for it. The error names both places. Reads files: not for the GUI thread.
Result<FoundSource> find(const SourceReference& source, const QString& sessionFile);

} // namespace sunflop
