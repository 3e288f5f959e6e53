// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/screenless.h"

#include "app/process.h"

#include <QApplication>
#include <QLoggingCategory>

#include <array>
#include <string>

namespace sunflop {

Result<QByteArray> withoutScreen(double scale, const std::function<Result<QByteArray>()>& paint)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    for (const char* variable : {"QT_FONT_DPI", "QT_SCREEN_SCALE_FACTORS", "QT_ENABLE_HIGHDPI_SCALING"})
        qunsetenv(variable);
    qputenv("QT_SCALE_FACTOR", QByteArray::number(scale));
    // What Qt says about such a screen is no news to the user.
    QLoggingCategory::setFilterRules(QStringLiteral("default.warning=false"));
    int argc = 1;
    std::string name = "sunflop";
    std::array<char*, 2> argv{name.data(), nullptr};
    const auto application = startQt(argc, argv.data(), "a picture: cannot be painted");
    return paint();
}

} // namespace sunflop
