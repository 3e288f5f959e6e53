// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/session_file.h"

#include "core/formats/format.h"
#include "core/session/session_json.h"
#include "ui/text.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>

#include <algorithm>

namespace sunflop {

namespace {

QString tr(const char* words)
{
    return QCoreApplication::translate("session", words);
}

QDir folderOf(const QString& path)
{
    return QFileInfo(path).absoluteDir();
}

QString configIn(const QString& place)
{
    return QFileInfo(place).isDir() ? QDir(place).filePath(QStringLiteral("config.json")) : place;
}

/// Files of this name beside the session, the likelier first: every model's file is called config.json, and
/// its folder tells them apart.
QStringList besides(const QString& path, const QString& sessionFile)
{
    const QFileInfo file(path);
    const QDir folder = folderOf(sessionFile);
    return {folder.filePath(file.dir().dirName() + QLatin1Char('/') + file.fileName()),
            folder.filePath(file.fileName())};
}

bool hasChanged(const Fingerprint& before, const Fingerprint& now)
{
    return !before.sha256.empty() && !now.sha256.empty() && before != now;
}

Result<FoundSource> findBundled(const SourceReference& source)
{
    const auto model = std::ranges::find(bundledModels(), source.bundled, &BundledModel::name);
    if (model == bundledModels().end())
        return failure(ErrorKind::NotFound, source.bundled,
                       "no bundled model of this name, expected one of \"sunflop list models\"");
    FoundSource found{text::from(source.bundled), {}};
    const auto size = static_cast<qsizetype>(model->json.size());
    if (hasChanged(source.fingerprint, fingerprintOf(QByteArray::fromRawData(model->json.data(), size))))
        found.notes << tr("The bundled %1 has changed since the session was saved.").arg(found.place);
    return found;
}

} // namespace

bool isSessionFile(const QString& place)
{
    return place.endsWith(QLatin1String(sessionSuffix), Qt::CaseInsensitive);
}

QString sessionName(const QString& path)
{
    const QString name = QFileInfo(path).fileName();
    return isSessionFile(name) ? name.chopped(static_cast<qsizetype>(qstrlen(sessionSuffix))) : name;
}

Result<SessionState> readSessionFile(const QString& path)
{
    const std::string where = path.toStdString();
    const QFileInfo info(path);
    if (!info.exists())
        return failure(ErrorKind::NotFound, where, "no such file");
    QFile file(path);
    if (!info.isFile() || !file.open(QIODevice::ReadOnly))
        return failure(ErrorKind::NotFound, where, "cannot be read, expected a session file");
    const QByteArray bytes = file.read(largestSession + 1);
    if (bytes.size() > largestSession)
        return failure(ErrorKind::Unsupported, where,
                       "more than " + std::to_string(largestSession) + " bytes, expected a session file");
    auto state = readSession({bytes.constData(), static_cast<std::size_t>(bytes.size())});
    if (!state)
        return failure(state.error().within(where));
    const QDir folder = folderOf(path);
    const auto absolute = [&](std::string& place) {
        if (!place.empty())
            place = QDir::cleanPath(folder.absoluteFilePath(text::from(place))).toStdString();
    };
    for (ModelState& model : state->models)
        absolute(model.source.path);
    absolute(state->continues);
    return state;
}

Result<void> writeSessionFile(const QString& path, SessionState state, FileReaders readers)
{
    const QDir folder = folderOf(path);
    for (ModelState& model : state.models)
        if (!model.source.path.empty())
            model.source.path = folder.relativeFilePath(text::from(model.source.path)).toStdString();
    const QByteArray bytes = QByteArray::fromStdString(sessionText(state));
    return writeFile(path, bytes, readers);
}

Fingerprint fingerprintOf(const QByteArray& contents)
{
    const auto most = std::min<qsizetype>(contents.size(), Fingerprint::mostHashedBytes);
    const QByteArray head = QByteArray::fromRawData(contents.constData(), most);
    return {contents.size(),
            QCryptographicHash::hash(head, QCryptographicHash::Sha256).toHex().toStdString()};
}

Fingerprint fingerprintOf(const QString& place)
{
    constexpr qint64 pieceBytes = 1 << 20;
    QFile file(configIn(place));
    if (!QFileInfo(file).isFile() || !file.open(QIODevice::ReadOnly))
        return {};
    QCryptographicHash hash(QCryptographicHash::Sha256);
    for (qint64 left = Fingerprint::mostHashedBytes; left > 0 && !file.atEnd();) {
        const QByteArray piece = file.read(std::min(left, pieceBytes));
        if (piece.isEmpty())
            return {};
        hash.addData(piece);
        left -= piece.size();
    }
    return {file.size(), hash.result().toHex().toStdString()};
}

Result<FoundSource> find(const SourceReference& source, const QString& sessionFile)
{
    if (!source.bundled.empty())
        return findBundled(source);
    const QString path = text::from(source.path);
    const QString name = QFileInfo(path).fileName();
    if (QFileInfo::exists(configIn(path))) {
        FoundSource found{path, {}};
        if (hasChanged(source.fingerprint, fingerprintOf(path)))
            found.notes << tr("%1 has changed since the session was saved.").arg(name);
        return found;
    }
    const QStringList others = besides(path, sessionFile);
    for (const QString& other : others)
        if (QFileInfo::exists(other) && fingerprintOf(other) == source.fingerprint)
            return FoundSource{
                other, {tr("%1 is gone; its like beside the session was opened, %2.").arg(path, other)}};
    const auto another =
        std::ranges::find_if(others, [](const QString& other) { return QFileInfo::exists(other); });
    const std::string found =
        another == others.end() ? std::string("it is not beside the session file either")
                                : another->toStdString() + " has other contents than the one that was saved";
    return failure(ErrorKind::NotFound, source.path, "the session's model is gone, and " + found);
}

} // namespace sunflop
