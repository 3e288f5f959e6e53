// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"

#include <QApplication>
#include <QFile>
#include <QStyleFactory>

namespace sunflop {

QString Theme::styleSheet() const
{
    // resources/style.qss names tokens as @token.
    QFile file(QStringLiteral(":/style.qss"));
    const bool isThere = file.open(QIODevice::ReadOnly);
    Q_ASSERT(isThere);
    QString sheet = QString::fromUtf8(file.readAll());
    const std::initializer_list<std::pair<QLatin1String, const QColor*>> tokens{
        {QLatin1String("@window"), &window},
        {QLatin1String("@panelAlternate"), &panelAlternate},
        {QLatin1String("@panel"), &panel},
        {QLatin1String("@border"), &border},
        {QLatin1String("@grid"), &grid},
        {QLatin1String("@text"), &text},
        {QLatin1String("@dim"), &dim},
        {QLatin1String("@faint"), &faint},
        {QLatin1String("@accentSoft"), &accentSoft},
        {QLatin1String("@accent"), &accent},
        {QLatin1String("@onAccent"), &onAccent},
        {QLatin1String("@goodSoft"), &goodSoft},
        {QLatin1String("@good"), &good},
        {QLatin1String("@warningSoft"), &warningSoft},
        {QLatin1String("@warning"), &warning},
        {QLatin1String("@dangerSoft"), &dangerSoft},
        {QLatin1String("@danger"), &danger},
    };
    // Longer names first, where one begins with another.
    for (const auto& [token, colour] : tokens)
        sheet.replace(token, colour->name());
    return sheet;
}

void applyTheme(QApplication& application, const Theme& theme)
{
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setPalette(theme.palette());
    application.setStyleSheet(theme.styleSheet());
}

} // namespace sunflop
