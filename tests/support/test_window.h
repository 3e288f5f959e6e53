// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A whole window on the screen of a test, worked as its users work it: by mouse and keyboard.

#include "ui/main_window.h"
#include "ui/preferences.h"

#include <QtTest>

#include <string_view>

namespace sunflop {
class SunburstWidget;
class TreeView;
} // namespace sunflop

namespace sunflop::test {

/// Events go to the system's window, so that what lies on top gets them. Needs a PreferencesSandbox; windows
/// of one sandbox follow each other as starts of the program do.
class TestWindow {
public:
    /// Without animations. No size: the one that the window was left with.
    explicit TestWindow(QSize size = {1680, 1050});

    MainWindow& window() { return m_window; }
    Session& session() { return m_window.session(); }
    Focus& focus() { return session().focus(); }
    TreeView& tree();
    SunburstWidget& sunburst();

    /// The widget of a type; of several the one that has this text or accessible name. Ends the program if
    /// there is none.
    template<typename T>
    T& part(const QString& name = {})
    {
        for (T* widget : m_window.findChildren<T*>())
            if (name.isEmpty() || widget->accessibleName() == name ||
                widget->property("text").toString() == name)
                return *widget;
        qFatal("no %s called \"%s\"", T::staticMetaObject.className(), qPrintable(name));
    }

    /// Opens a bundled model or a file and waits for it.
    void open(const QString& place);
    /// Waits for figures and paints them.
    void settle();

    void click(QWidget& widget, QPoint at, Qt::KeyboardModifiers modifiers = {});
    void click(QWidget& widget) { click(widget, widget.rect().center()); }
    void doubleClick(QWidget& widget, QPoint at);
    void press(QWidget& widget, QPoint at);
    void move(QWidget& widget, QPoint at);
    void release(QWidget& widget, QPoint at);
    /// Clicks an entry of the menu that is open.
    void choose(const QString& entry);

    /// One key, wherever the keyboard is; "Ctrl+Shift+Z" as a shortcut is written.
    void key(const char* keys);
    void type(const char* text);
    /// Presses Tab until a widget has the keyboard; ends the program if it never has.
    void tabTo(const QWidget& widget);

    std::int32_t node(std::string_view path);
    std::int32_t selected() { return focus().selected(); }
    std::int32_t root() { return focus().root(); }
    Count macs(std::string_view path);
    /// A cell of the tree, with plain blanks.
    QString cell(std::string_view path, int column);
    bool isShown(std::string_view path); ///< as a row of the tree
    /// A point of a row's name, and of the chevron before it, in the tree's viewport.
    QPoint rowAt(std::string_view path);
    QPoint chevronAt(std::string_view path);
    /// A point of a module's slice in the sunburst.
    QPoint sliceAt(std::string_view path);

private:
    QPoint inWindow(QWidget& widget, QPoint at);

    Preferences m_preferences;
    MainWindow m_window;
};

/// From now on a warning fails the running test; what the platform says of itself is no warning.
void failOnWarnings();

} // namespace sunflop::test
