// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window.h"

#include "ui/fonts.h"
#include "ui/main_window.h"
#include "ui/preferences.h"

#include <QApplication>
#include <QFontDatabase>
#include <QIcon>
#include <QStyle>

namespace sunflop {

namespace {

constexpr int textPixels = 13;

/// Qt ends the program where it finds no display: ask before it does.
bool hasDisplay()
{
    return !qEnvironmentVariableIsEmpty("DISPLAY") || !qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY") ||
           !qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM");
}

/// The desktop's font; the compiled-in one where there is none.
QFont textFont()
{
    registerFonts();
    QFont font = QApplication::font();
    if (!QFontDatabase::hasFamily(font.defaultFamily()) && QFontDatabase::families().size() <= 2)
        return bundledFont(textPixels);
    font.setPixelSize(textPixels);
    return font;
}

} // namespace

Result<void> showWindow(int argc, char** argv, const std::vector<std::string>& models)
{
    if (!hasDisplay())
        return failure(ErrorKind::NotFound, "display",
                       "none found, expected DISPLAY or WAYLAND_DISPLAY to be set; \"sunflop report\" and "
                       "\"sunflop figure\" work without one");
    QApplication::setOrganizationName(QStringLiteral("sunflop"));
    QApplication::setApplicationName(QStringLiteral("sunflop"));
    QApplication::setApplicationVersion(QStringLiteral(SUNFLOP_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("sunflop"));
    QApplication application(argc, argv);
    QApplication::setFont(textFont());
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/sunflop.svg")));
    Preferences preferences;
    MainWindow window(preferences, QApplication::palette());
    if (!models.empty())
        window.opener().open(QString::fromStdString(models.front()));
    if (models.size() > 1)
        window.comparison().compareWith(QString::fromStdString(models[1]));
    window.show();
    QApplication::exec();
    return {};
}

} // namespace sunflop
