// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_window.h"

#include "ui/sunburst/sunburst_widget.h"
#include "ui/widgets/tree_view.h"

#include <QMenu>
#include <QRegularExpression>

#include <algorithm>

namespace sunflop::test {

namespace {

Preferences& still(Preferences& preferences)
{
    preferences.setAnimates(false);
    return preferences;
}

} // namespace

TestWindow::TestWindow(QSize size) : m_window(still(m_preferences), QApplication::palette())
{
    if (size.isValid())
        m_window.resize(size);
    m_window.show();
    m_window.activateWindow();
    if (!QTest::qWaitForWindowActive(&m_window))
        qFatal("the window does not get the keyboard");
}

TreeView& TestWindow::tree()
{
    return part<TreeView>();
}

SunburstWidget& TestWindow::sunburst()
{
    return part<SunburstWidget>();
}

void TestWindow::open(const QString& place)
{
    m_window.opener().open(place);
    QTRY_VERIFY(m_window.opener().pending().isEmpty());
    settle();
}

void TestWindow::settle()
{
    session().settle();
    QCoreApplication::processEvents();
}

QPoint TestWindow::inWindow(QWidget& widget, QPoint at)
{
    const QPoint point = widget.mapTo(&m_window, at);
    QWidget* const hit = m_window.childAt(point);
    if (hit == nullptr || (hit != &widget && !widget.isAncestorOf(hit)))
        QTest::qFail(qPrintable(QStringLiteral("\"%1\" is covered").arg(widget.accessibleName())), __FILE__,
                     __LINE__);
    return point;
}

void TestWindow::click(QWidget& widget, QPoint at, Qt::KeyboardModifiers modifiers)
{
    QTest::mouseClick(m_window.windowHandle(), Qt::LeftButton, modifiers, inWindow(widget, at));
    settle();
}

void TestWindow::doubleClick(QWidget& widget, QPoint at)
{
    QTest::mouseDClick(m_window.windowHandle(), Qt::LeftButton, {}, inWindow(widget, at));
    settle();
}

void TestWindow::press(QWidget& widget, QPoint at)
{
    QTest::mousePress(m_window.windowHandle(), Qt::LeftButton, {}, inWindow(widget, at));
}

void TestWindow::move(QWidget& widget, QPoint at)
{
    QTest::mouseMove(m_window.windowHandle(), widget.mapTo(&m_window, at));
    QCoreApplication::processEvents();
}

void TestWindow::release(QWidget& widget, QPoint at)
{
    QTest::mouseRelease(m_window.windowHandle(), Qt::LeftButton, {}, widget.mapTo(&m_window, at));
    settle();
}

void TestWindow::choose(const QString& entry)
{
    auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
    QVERIFY2(menu != nullptr, "no menu is open");
    const auto actions = menu->actions();
    const auto action = std::ranges::find(actions, entry, &QAction::text);
    QVERIFY2(action != actions.end(), qPrintable(entry));
    for (qsizetype i = 0; i < actions.size() && menu->activeAction() != *action; ++i)
        QTest::keyClick(menu->windowHandle(), Qt::Key_Down);
    QTest::keyClick(menu->windowHandle(), Qt::Key_Return);
    settle();
}

void TestWindow::key(const char* keys)
{
    QTest::keySequence(m_window.windowHandle(), QKeySequence(QLatin1String(keys)));
    settle();
}

void TestWindow::type(const char* text)
{
    for (; *text != '\0'; ++text)
        QTest::keyClick(m_window.windowHandle(), *text);
    settle();
}

void TestWindow::tabTo(const QWidget& widget)
{
    constexpr int stops = 120;
    for (int i = 0; i < stops && QApplication::focusWidget() != &widget; ++i)
        QTest::keyClick(m_window.windowHandle(), Qt::Key_Tab);
    if (QApplication::focusWidget() != &widget)
        qFatal("Tab never reaches \"%s\"", qPrintable(widget.accessibleName()));
}

std::int32_t TestWindow::node(std::string_view path)
{
    const Trace& trace = session().run().trace;
    for (std::size_t i = 0; i < trace.modules.size(); ++i)
        if (trace.path(static_cast<std::int32_t>(i)) == path)
            return static_cast<std::int32_t>(i);
    qFatal("no module at this path");
}

Count TestWindow::macs(std::string_view path)
{
    return session().run().costs.nodes[static_cast<std::size_t>(node(path))].total.forward.macs;
}

QString TestWindow::cell(std::string_view path, int column)
{
    return tree().costs().indexOf(node(path), column).data().toString().simplified();
}

bool TestWindow::isShown(std::string_view path)
{
    return !tree().visualRect(tree().costs().indexOf(node(path))).isEmpty();
}

QPoint TestWindow::rowAt(std::string_view path)
{
    const QModelIndex index = tree().costs().indexOf(node(path));
    tree().scrollTo(index);
    const QRect row = tree().visualRect(index);
    return {row.left() + 30, row.center().y()};
}

QPoint TestWindow::chevronAt(std::string_view path)
{
    const QModelIndex index = tree().costs().indexOf(node(path));
    tree().scrollTo(index);
    const QRect row = tree().visualRect(index);
    return {row.left() - tree().indentation() / 2, row.center().y()};
}

QPoint TestWindow::sliceAt(std::string_view path)
{
    const SunburstLayout& layout = sunburst().picture()->layout();
    const int slice = layout.sliceOf(node(path), session().run().costs);
    if (slice < 0)
        qFatal("no slice shows this module");
    const Arc arc = layout.arc(slice);
    return onCircle(layout.centre(), arc.middleTurns(), arc.middleRadius()).toPoint();
}

void failOnWarnings()
{
    QTest::failOnWarning(QRegularExpression(QStringLiteral("^(?!This plugin does not support )")));
}

} // namespace sunflop::test
