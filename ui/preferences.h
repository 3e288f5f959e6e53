// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the program remembers from one start to the next.

#include "ui/theme.h"

#include <QByteArray>
#include <QHash>
#include <QSettings>
#include <QStringList>
#include <QTemporaryDir>

namespace sunflop {

/// Keeps all settings of this process in a folder that is deleted with the sandbox: for tests and pictures,
/// which must not depend on the user's choices, nor change them. To be made before anything reads a setting.
class PreferencesSandbox {
public:
    PreferencesSandbox();

private:
    QTemporaryDir m_folder;
};

/// Kept where the desktop keeps settings.
class Preferences {
public:
    ThemeChoice theme() const;
    void setTheme(ThemeChoice choice);
    QStringList recent() const;
    void setRecent(const QStringList& places);
    bool animates() const;
    void setAnimates(bool animates);

    /// What a file's program was last called with, by a key that tells files apart; empty if it is not known.
    /// The oldest are forgotten.
    static constexpr qsizetype mostArguments = 200;
    QHash<QString, QStringList> arguments() const;
    void setArguments(const QString& file, const QStringList& settings); ///< "x[1]=512"; empty: forgotten

    /// The file in which the window keeps its last state.
    QString autosaveFile() const;

    /// A widget's geometry or state under a name; empty if none was kept.
    QByteArray state(const QString& name) const;
    void setState(const QString& name, const QByteArray& state);

private:
    QSettings m_settings;
};

} // namespace sunflop
