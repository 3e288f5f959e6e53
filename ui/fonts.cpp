// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/fonts.h"

#include <QFontDatabase>

namespace sunflop {

namespace {

QFont unhinted(const QString& family, int pixelSize)
{
    registerFonts();
    QFont font(family);
    font.setPixelSize(pixelSize);
    // Hinted advances differ between screen and paper.
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}

} // namespace

void registerFonts()
{
    static const bool once = [] {
        for (const char* file :
             {"sans_regular.otf", "sans_medium.otf", "sans_semibold.otf", "mono_regular.ttf"}) {
            const int id =
                QFontDatabase::addApplicationFont(QStringLiteral(":/fonts/sunflop_") + QLatin1String(file));
            Q_ASSERT(id >= 0);
        }
        return true;
    }();
    Q_UNUSED(once)
}

QFont bundledFont(int pixelSize, QFont::Weight weight)
{
    QFont font = unhinted(QStringLiteral("Sunflop Sans"), pixelSize);
    font.setWeight(weight);
    return font;
}

QFont codeFont(int pixelSize)
{
    QFont font = unhinted(QStringLiteral("Sunflop Mono"), pixelSize);
    font.setStyleHint(QFont::Monospace);
    return font;
}

} // namespace sunflop
