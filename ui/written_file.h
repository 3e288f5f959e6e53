// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The one way in which files are written, by every command and by the window.

#include "core/base/result.h"
#include "core/base/sink.h"

#include <QByteArray>
#include <QString>

namespace sunflop {

enum class FileReaders {
    AsUsual, ///< a new file is readable as the umask says, an existing one stays as it is
    Owner    ///< nobody else may read the file
};

/// Writes the file whole or not at all: whatever ends the program meanwhile, the old file is there or the new
/// one, and nothing beside it. Links are followed, also to what does not exist yet. A file that has several
/// names keeps them, and what is no file, such as a pipe, stays what it is: these are written in place, and
/// so is a file whose name is as long as names may be. A file that is read-only is refused, to root too. The
/// error begins with `path` and says the system's reason.
Result<void> writeFile(const QString& path, const Writing& write, FileReaders readers = FileReaders::AsUsual);
Result<void> writeFile(const QString& path, const QByteArray& bytes,
                       FileReaders readers = FileReaders::AsUsual);

} // namespace sunflop
