// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/written_file.h"

#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

#include <climits>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

namespace sunflop {

namespace {

tl::unexpected<Error> refusal(const QString& path, const QString& reason)
{
    return failure(ErrorKind::NotFound, path.toStdString(), "cannot be written, " + reason.toStdString());
}

bool isReadOnly(const QString& path, const struct stat& found)
{
    constexpr mode_t anyoneWrites = S_IWUSR | S_IWGRP | S_IWOTH;
    return (found.st_mode & anyoneWrites) == 0 || access(QFile::encodeName(path).constData(), W_OK) != 0;
}

/// Until all is written or something says why not: less than was asked for says nothing.
bool takesAll(QIODevice& file, std::string_view bytes)
{
    while (!bytes.empty()) {
        const qint64 count = file.write(bytes.data(), static_cast<qint64>(bytes.size()));
        if (count <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

/// In large pieces; after one that is not taken, none is tried.
bool takesAll(QIODevice& file, const Writing& write)
{
    constexpr std::size_t largePiece = 1 << 16;
    std::string waiting;
    bool isGood = true;
    write([&](std::string_view piece) {
        waiting += piece;
        if (waiting.size() < largePiece)
            return;
        isGood = isGood && takesAll(file, waiting);
        waiting.clear();
    });
    return isGood && takesAll(file, waiting);
}

/// Unbuffered: emptying a buffer fails without a word.
bool isWritten(QFile& file, const Writing& write)
{
    return file.open(QIODevice::WriteOnly | QIODevice::Unbuffered) && takesAll(file, write);
}

/// Whether there is no room for the letters that a name for the time being has more.
bool isLong(const QString& path)
{
    constexpr qsizetype more = 7;
    return QFile::encodeName(QFileInfo(path).fileName()).size() > NAME_MAX - more;
}

/// Unbuffered, too: a buffer that cannot be emptied leaves no reason.
bool isWritten(QSaveFile& file, const Writing& write, FileReaders readers)
{
    if (!file.open(QIODevice::WriteOnly | QIODevice::Unbuffered))
        return false;
    if (readers == FileReaders::Owner)
        file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner);
    return takesAll(file, write) && file.commit();
}

} // namespace

Result<void> writeFile(const QString& path, const Writing& write, FileReaders readers)
{
    struct stat found = {};
    const bool isThere = stat(QFile::encodeName(path).constData(), &found) == 0;
    if (isThere && S_ISDIR(found.st_mode))
        return failure(ErrorKind::NotFound, path.toStdString(), "is a folder, expected a file to write");
    if (isThere && isReadOnly(path, found))
        return refusal(path, QStringLiteral("it is read-only"));
    if (isThere && (!S_ISREG(found.st_mode) || found.st_nlink > 1 || isLong(path))) {
        if (QFile file(path); !isWritten(file, write))
            return refusal(path, file.errorString());
        return {};
    }
    if (QSaveFile file(path); !isWritten(file, write, readers))
        return refusal(path, file.errorString());
    return {};
}

Result<void> writeFile(const QString& path, const QByteArray& bytes, FileReaders readers)
{
    const std::string_view text(bytes.constData(), static_cast<std::size_t>(bytes.size()));
    return writeFile(
        path, [text](const Sink& sink) { sink(text); }, readers);
}

} // namespace sunflop
