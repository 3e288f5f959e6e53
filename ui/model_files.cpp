// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/model_files.h"

#include "core/formats/format.h"
#include "ui/text.h"

#include <QCoreApplication>
#include <QStringList>

namespace sunflop {

namespace {

QString tr(const char* words)
{
    return QCoreApplication::translate("model_files", words);
}

QString patterns(const QStringList& suffixes)
{
    QStringList patterns;
    for (const QString& suffix : suffixes)
        patterns << QLatin1Char('*') + suffix;
    return QStringLiteral(" (%1)").arg(patterns.join(QLatin1Char(' ')));
}

} // namespace

QString modelFilters()
{
    QStringList every;
    QStringList filters;
    for (const Format& format : formats()) {
        QStringList own;
        for (const std::string_view suffix : format.suffixes)
            own << text::from(suffix);
        if (!own.isEmpty())
            filters << text::from(format.title).remove(QLatin1Char('(')).remove(QLatin1Char(')')) +
                           patterns(own);
        every += own;
    }
    every.removeDuplicates(); // a session is a .json too
    filters.prepend(tr("Models and sessions") + patterns(every));
    filters.append(tr("All files (*)"));
    return filters.join(QStringLiteral(";;"));
}

} // namespace sunflop
