// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/preferences.h"

#include <QCoreApplication>
#include <QStandardPaths>

#include <array>

namespace sunflop {

namespace {

constexpr std::array<const char*, 3> themes{"system", "light", "dark"};

/// The folder of what is neither setting nor the user's own file; the desktop's where it is not set.
constexpr QLatin1String stateFolderKey("state_folder");

const QString argumentsKey = QStringLiteral("arguments");

QString stateKey(const QString& name)
{
    return QStringLiteral("state/") + name;
}

} // namespace

PreferencesSandbox::PreferencesSandbox()
{
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
    QCoreApplication::setOrganizationName(QStringLiteral("sunflop"));
    QSettings().setValue(stateFolderKey, m_folder.path());
}

ThemeChoice Preferences::theme() const
{
    const QString kept = m_settings.value(QStringLiteral("theme")).toString();
    for (std::size_t i = 0; i < themes.size(); ++i)
        if (kept == QLatin1String(themes[i]))
            return static_cast<ThemeChoice>(i);
    return ThemeChoice::System;
}

void Preferences::setTheme(ThemeChoice choice)
{
    m_settings.setValue(QStringLiteral("theme"), QLatin1String(themes[static_cast<std::size_t>(choice)]));
}

QStringList Preferences::recent() const
{
    return m_settings.value(QStringLiteral("recent")).toStringList();
}

void Preferences::setRecent(const QStringList& places)
{
    m_settings.setValue(QStringLiteral("recent"), places);
}

bool Preferences::animates() const
{
    return m_settings.value(QStringLiteral("animations"), true).toBool();
}

void Preferences::setAnimates(bool animates)
{
    m_settings.setValue(QStringLiteral("animations"), animates);
}

QHash<QString, QStringList> Preferences::arguments() const
{
    QHash<QString, QStringList> all;
    for (const QString& file : m_settings.value(argumentsKey).toStringList().mid(0, mostArguments))
        all.insert(file, m_settings.value(argumentsKey + QLatin1Char('/') + file).toStringList());
    return all;
}

void Preferences::setArguments(const QString& file, const QStringList& settings)
{
    QStringList files = m_settings.value(argumentsKey).toStringList();
    files.removeAll(file);
    m_settings.remove(argumentsKey + QLatin1Char('/') + file);
    if (!settings.isEmpty()) {
        files.prepend(file);
        m_settings.setValue(argumentsKey + QLatin1Char('/') + file, settings);
    }
    for (; files.size() > mostArguments; files.removeLast())
        m_settings.remove(argumentsKey + QLatin1Char('/') + files.last());
    m_settings.setValue(argumentsKey, files);
}

QString Preferences::autosaveFile() const
{
    const QString folder =
        m_settings
            .value(stateFolderKey, QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation))
            .toString();
    return folder + QStringLiteral("/autosave.sunflop.json");
}

QByteArray Preferences::state(const QString& name) const
{
    return m_settings.value(stateKey(name)).toByteArray();
}

void Preferences::setState(const QString& name, const QByteArray& state)
{
    m_settings.setValue(stateKey(name), state);
}

} // namespace sunflop
