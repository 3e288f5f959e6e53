// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sunburst/sunburst_accessible.h"
#include "ui/sunburst/sunburst_widget.h"
#include "ui/text.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

constexpr std::array keys{Qt::Key_Left,  Qt::Key_Right, Qt::Key_Up,     Qt::Key_Down,
                          Qt::Key_Enter, Qt::Key_Home,  Qt::Key_Return, Qt::Key_Backspace};

void copy(const QString& text)
{
    QGuiApplication::clipboard()->setText(text);
}

} // namespace

int SunburstWidget::current()
{
    // The user's own last step if there was one, else what is selected elsewhere.
    if (picture() != nullptr && m_current < 0)
        for (int i = m_picture->layout().count() - 1; i >= 0; --i)
            m_current = isSelected(i) ? i : m_current;
    return m_current;
}

bool SunburstWidget::hasChildren(std::int32_t node) const
{
    return m_session.run().costs.nodes[static_cast<std::size_t>(node)].end > node + 1;
}

void SunburstWidget::select(int slice)
{
    m_current = slice;
    picture();
    const Instance row = rowOf(slice);
    m_session.focus().select(row.node, row.number, ownOf(slice));
    tellAccessibilityFocus(this, slice);
    update();
}

void SunburstWidget::activate(int slice)
{
    const Slice& s = picture()->layout().slice(slice);
    const std::int32_t node = nodeOf(s);
    if (s.kind == Slice::Kind::Own || !hasChildren(node)) {
        select(slice);
        return;
    }
    m_entered = s.kind == Slice::Kind::Module ? slice : -1;
    m_session.focus().zoom(node, rowOf(slice).number);
    m_entered = -1;
}

bool SunburstWidget::canGoUp() const
{
    return m_session.hasModel() && m_session.focus().root() > 0;
}

void SunburstWidget::goUp()
{
    if (!canGoUp())
        return;
    // Containers whose one child is all of them would show the same picture again.
    const CostTree& costs = m_session.run().costs;
    const auto parent = [&](std::int32_t node) { return costs.nodes[static_cast<std::size_t>(node)].parent; };
    std::int32_t child = m_session.focus().root();
    std::int32_t node = parent(child);
    while (node > 0 && chainChild(costs, m_session.lens().measure(), node) == child) {
        child = node;
        node = parent(node);
    }
    m_session.focus().zoom(node);
}

void SunburstWidget::changeRings(int step)
{
    Lens& lens = m_session.lens();
    if (step < 0 && picture() != nullptr)
        lens.setRings(std::min(lens.rings(), std::max(1, m_picture->layout().rings())) + step);
    else
        lens.setRings(lens.rings() + step);
}

QRect SunburstWidget::rectOf(int slice)
{
    return picture()->layout().path(slice).boundingRect().toAlignedRect();
}

void SunburstWidget::setHovered(int slice)
{
    if (picture() == nullptr)
        return;
    m_hovered = slice;
    const bool isUp = m_picture->layout().isInHole(m_pointer) && canGoUp();
    const bool isZoom = slice >= 0 && m_picture->layout().slice(slice).kind != Slice::Kind::Own &&
                        hasChildren(nodeOf(m_picture->layout().slice(slice)));
    if (isUp || isZoom)
        setCursor(Qt::PointingHandCursor);
    else
        unsetCursor();
    const Instance row = slice < 0 ? Instance() : rowOf(slice);
    m_session.focus().hover(row.node, row.number, ownOf(slice));
    update();
}

void SunburstWidget::mouseMoveEvent(QMouseEvent* event)
{
    m_pointer = event->position();
    if (picture() == nullptr)
        return;
    const int slice = m_picture->layout().sliceAt(m_pointer);
    if (slice >= 0 || m_hovered >= 0 || m_picture->layout().isInHole(m_pointer) ||
        testAttribute(Qt::WA_SetCursor))
        setHovered(slice);
}

void SunburstWidget::leaveEvent(QEvent* event)
{
    if (m_hovered >= 0)
        setHovered(-1);
    QWidget::leaveEvent(event);
}

void SunburstWidget::mousePressEvent(QMouseEvent* event)
{
    m_pressedAt = event->position();
    event->setAccepted(event->button() == Qt::LeftButton || event->button() == Qt::MiddleButton);
}

void SunburstWidget::mouseReleaseEvent(QMouseEvent* event)
{
    if (picture() == nullptr)
        return;
    if (event->button() == Qt::MiddleButton)
        goUp();
    else if (event->button() == Qt::LeftButton)
        pick(event->position(), event->modifiers());
}

void SunburstWidget::pick(QPointF at, Qt::KeyboardModifiers modifiers)
{
    const SunburstLayout& layout = m_picture->layout();
    if (layout.isInHole(at) && layout.isInHole(m_pressedAt)) {
        goUp();
        return;
    }
    const int slice = layout.sliceAt(at);
    if (slice < 0 || slice != layout.sliceAt(m_pressedAt))
        return;
    if (modifiers.testFlag(Qt::ControlModifier))
        select(slice);
    else
        activate(slice);
}

void SunburstWidget::wheelEvent(QWheelEvent* event)
{
    constexpr int notch = 120;
    if (event->modifiers() != Qt::NoModifier || !m_session.hasModel()) {
        event->ignore();
        return;
    }
    m_wheel += event->angleDelta().y();
    if (const int steps = m_wheel / notch; steps != 0)
        changeRings(steps);
    m_wheel %= notch;
    event->accept();
}

int SunburstWidget::neighbour(int step)
{
    // Slices of one parent stand in their order; the middle has the innermost ring for neighbours.
    const int from = current();
    const int parent = from < 0 ? -1 : m_picture->layout().slice(from).parent;
    std::vector<int> siblings;
    for (int i = 0; i < m_picture->layout().count(); ++i)
        if (m_picture->layout().slice(i).parent == parent)
            siblings.push_back(i);
    if (siblings.empty())
        return -1;
    const auto count = static_cast<std::ptrdiff_t>(siblings.size());
    const auto at = std::ranges::find(siblings, from) - siblings.begin();
    const std::ptrdiff_t next = at == count ? (step > 0 ? 0 : count - 1) : (at + step + count) % count;
    return siblings[static_cast<std::size_t>(next)];
}

int SunburstWidget::firstChild() const
{
    const int next = m_current + 1;
    return next < m_picture->layout().count() && m_picture->layout().slice(next).parent == m_current ? next
                                                                                                     : -1;
}

void SunburstWidget::moveTo(int slice)
{
    if (slice >= 0)
        select(slice);
}

void SunburstWidget::keyPressEvent(QKeyEvent* event)
{
    if (current(); m_picture == nullptr) {
        QWidget::keyPressEvent(event);
        return;
    }
    switch (event->key()) {
    case Qt::Key_Left: moveTo(neighbour(-1)); break;
    case Qt::Key_Right: moveTo(neighbour(1)); break;
    case Qt::Key_Down: moveTo(firstChild()); break;
    case Qt::Key_Up:
        if (m_current >= 0 && m_picture->layout().slice(m_current).parent >= 0)
            select(m_picture->layout().slice(m_current).parent);
        else
            m_session.focus().select(m_session.focus().root());
        break;
    case Qt::Key_Enter:
    case Qt::Key_Return:
        if (m_current >= 0)
            activate(m_current);
        break;
    case Qt::Key_Backspace: goUp(); break;
    case Qt::Key_Home: m_session.focus().zoom(0); break;
    default: QWidget::keyPressEvent(event); return;
    }
    update();
}

bool SunburstWidget::event(QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const bool isPlain = (key->modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier;
        if (isPlain && std::ranges::find(keys, key->key()) != keys.end())
            event->accept();
    } else if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const bool isUp = picture() != nullptr && canGoUp() && m_picture->layout().isInHole(help->pos());
        if (isUp)
            QToolTip::showText(help->globalPos(), tr("Click to go up"), this);
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

QMenu* SunburstWidget::menuFor(int slice)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const bool isSlice = slice >= 0;
    const std::int32_t node = isSlice ? nodeOf(picture()->layout().slice(slice)) : m_session.focus().root();
    const Count value = isSlice ? picture()->text().value(slice, m_session.lens().measure())
                                : m_session.lens().measure().of(
                                      m_session.run().costs.nodes[static_cast<std::size_t>(node)].total);
    const QString path = isSlice ? picture()->text().path(slice) : text::path(m_session.run(), node);
    Focus& focus = m_session.focus();
    menu->addAction(tr("Zoom here"), this, [&focus, node] { focus.zoom(node); })
        ->setEnabled(isSlice && hasChildren(node));
    menu->addAction(tr("Show in tree"), this,
                    [&focus, node, own = ownOf(slice)] { focus.select(node, Focus::anyInstance, own); });
    menu->addSeparator();
    menu->addAction(tr("Copy path"), this, [path] { copy(path); });
    menu->addAction(tr("Copy value"), this, [value] { copy(QString::number(value.value())); });
    menu->addAction(tr("Copy row as Markdown"), this,
                    [this, node] { copy(markdownRow(m_session.run(), node)); });
    menu->addSeparator();
    menu->addAction(tr("Up"), this, &SunburstWidget::goUp)->setEnabled(canGoUp());
    menu->addAction(tr("Whole model"), this, [&focus] { focus.zoom(0); })->setEnabled(canGoUp());
    return menu;
}

void SunburstWidget::contextMenuEvent(QContextMenuEvent* event)
{
    if (picture() == nullptr)
        return;
    const bool isByKey = event->reason() == QContextMenuEvent::Keyboard;
    const int slice = isByKey ? current() : m_picture->layout().sliceAt(event->pos());
    if (!isByKey && slice < 0 && !m_picture->layout().isInHole(event->pos()))
        return;
    const QPoint at =
        isByKey ? mapToGlobal(slice < 0 ? rect().center() : rectOf(slice).center()) : event->globalPos();
    menuFor(slice)->popup(at);
}

} // namespace sunflop
