// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sunburst/sunburst_accessible.h"

#include "ui/sunburst/sunburst_widget.h"

#include <QAccessible>
#include <QAccessibleActionInterface>
#include <QAccessibleWidget>
#include <QPointer>

#include <algorithm>
#include <vector>

namespace sunflop {

namespace {

/// One slice by its index. It stays when figures change, and is invalid while there are fewer slices.
class SliceAccessible : public QAccessibleInterface, public QAccessibleActionInterface {
public:
    SliceAccessible(SunburstWidget* widget, int slice) : m_widget(widget), m_slice(slice) {}

    bool isValid() const override
    {
        return m_widget && m_widget->picture() != nullptr && m_slice < m_widget->picture()->layout().count();
    }
    QObject* object() const override { return nullptr; }
    QWindow* window() const override { return m_widget->window()->windowHandle(); }
    QAccessibleInterface* parent() const override { return QAccessible::queryAccessibleInterface(m_widget); }
    QAccessibleInterface* child(int) const override { return nullptr; }
    QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    QAccessible::Role role() const override { return QAccessible::TreeItem; }
    QRect rect() const override
    {
        const QRect box = m_widget->rectOf(m_slice);
        return {m_widget->mapToGlobal(box.topLeft()), box.size()};
    }
    void setText(QAccessible::Text, const QString&) override {}

    QString text(QAccessible::Text kind) const override
    {
        if (!isValid())
            return {};
        const SunburstText& words = m_widget->picture()->text();
        switch (kind) {
        case QAccessible::Name: return words.spoken(m_slice);
        case QAccessible::Description: return words.path(m_slice);
        default: return {};
        }
    }

    QAccessible::State state() const override
    {
        QAccessible::State state;
        state.focusable = state.selectable = true;
        state.focused = m_widget->hasFocus() && m_widget->current() == m_slice;
        state.selected = m_widget->current() == m_slice;
        state.invalid = !isValid();
        return state;
    }

    void* interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface*>(this)
                                                    : nullptr;
    }
    QStringList actionNames() const override { return {pressAction(), setFocusAction()}; }
    QStringList keyBindingsForAction(const QString&) const override { return {}; }
    void doAction(const QString& action) override
    {
        if (isValid() && action == pressAction())
            m_widget->activate(m_slice);
        else if (isValid() && action == setFocusAction())
            m_widget->select(m_slice);
    }

private:
    QPointer<SunburstWidget> m_widget;
    int m_slice;
};

class SunburstAccessible : public QAccessibleWidget {
public:
    explicit SunburstAccessible(SunburstWidget* widget) : QAccessibleWidget(widget, QAccessible::Tree) {}
    ~SunburstAccessible() override
    {
        std::ranges::for_each(m_children, QAccessible::deleteAccessibleInterface);
    }

    int childCount() const override
    {
        const SunburstPainter* picture = sunburst()->picture();
        return picture == nullptr ? 0 : picture->layout().count();
    }
    QAccessibleInterface* child(int index) const override
    {
        if (index < 0 || index >= childCount())
            return nullptr;
        while (static_cast<int>(m_children.size()) <= index)
            m_children.push_back(QAccessible::registerAccessibleInterface(
                new SliceAccessible(sunburst(), static_cast<int>(m_children.size()))));
        return QAccessible::accessibleInterface(m_children[static_cast<std::size_t>(index)]);
    }
    int indexOfChild(const QAccessibleInterface* child) const override
    {
        const auto found = std::ranges::find_if(
            m_children, [&](QAccessible::Id id) { return QAccessible::accessibleInterface(id) == child; });
        return found == m_children.end() ? -1 : static_cast<int>(found - m_children.begin());
    }
    QAccessibleInterface* childAt(int x, int y) const override
    {
        const SunburstPainter* picture = sunburst()->picture();
        return picture == nullptr ? nullptr
                                  : child(picture->layout().sliceAt(sunburst()->mapFromGlobal(QPoint(x, y))));
    }
    QAccessibleInterface* focusChild() const override
    {
        return sunburst()->hasFocus() ? child(sunburst()->current()) : nullptr;
    }

private:
    SunburstWidget* sunburst() const { return static_cast<SunburstWidget*>(widget()); }

    mutable std::vector<QAccessible::Id> m_children; ///< by slice; owned by Qt's cache until deleted
};

QAccessibleInterface* accessibleOf(const QString&, QObject* object)
{
    auto* widget = qobject_cast<SunburstWidget*>(object);
    return widget == nullptr ? nullptr : new SunburstAccessible(widget);
}

} // namespace

void installSunburstAccessibility()
{
    QAccessible::installFactory(accessibleOf);
}

void tellAccessibility(SunburstWidget* widget)
{
    QAccessibleEvent event(widget, QAccessible::ObjectReorder);
    QAccessible::updateAccessibility(&event);
}

void tellAccessibilityFocus(SunburstWidget* widget, int slice)
{
    QAccessibleEvent event(widget, QAccessible::Focus);
    if (slice >= 0)
        event.setChild(slice);
    QAccessible::updateAccessibility(&event);
}

} // namespace sunflop
