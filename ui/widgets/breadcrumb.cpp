// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/breadcrumb.h"

#include "ui/session/session.h"
#include "ui/text.h"

#include <QEvent>
#include <QLabel>
#include <QMenu>
#include <QToolButton>

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

constexpr int separatorWidth = 14;
constexpr int crumbPadding = 16;
constexpr int shortestName = 64;

QLabel* makeSeparator(QWidget* parent)
{
    auto* separator = new QLabel(QStringLiteral("›"), parent);
    separator->setProperty("tone", QStringLiteral("faint"));
    separator->setAlignment(Qt::AlignCenter);
    return separator;
}

} // namespace

Breadcrumb::Breadcrumb(Session& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_more(makeButton(QStringLiteral("…"), false)),
      m_moreSeparator(makeSeparator(this)), m_menu(new QMenu(this))
{
    setAccessibleName(tr("Path of the selected module"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_more->setMenu(m_menu);
    m_more->setPopupMode(QToolButton::InstantPopup);
    m_more->setToolTip(tr("Modules in between"));
    m_more->setAccessibleName(tr("Modules in between"));
    connect(&session, &Session::modelChanged, this, &Breadcrumb::rebuild);
    connect(&session.focus(), &Focus::selectedChanged, this, &Breadcrumb::rebuild);
    rebuild();
}

QToolButton* Breadcrumb::makeButton(const QString& text, bool isLast)
{
    auto* button = new QToolButton(this);
    button->setText(text);
    button->setProperty("tone", isLast ? QStringLiteral("lastCrumb") : QStringLiteral("crumb"));
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

void Breadcrumb::rebuild()
{
    for (const Segment& segment : std::exchange(m_segments, {})) {
        segment.button->hide();
        segment.button->deleteLater();
        delete segment.separator;
    }
    m_nodes.clear();
    if (m_session.hasModel()) {
        const Run& run = m_session.run();
        for (std::int32_t node = m_session.focus().selected(); node >= 0;
             node = run.costs.nodes[static_cast<std::size_t>(node)].parent)
            m_nodes.insert(m_nodes.begin(), node);
        for (const std::int32_t node : m_nodes) {
            const bool isLast = node == m_nodes.back();
            QToolButton* const button = makeButton(text::name(run, node), isLast);
            button->setToolTip(text::path(run, node));
            connect(button, &QToolButton::clicked, this, [this, node] { m_session.focus().zoom(node); });
            m_segments.push_back({button, isLast ? nullptr : makeSeparator(this), text::name(run, node)});
        }
    }
    arrange();
    updateGeometry();
}

int Breadcrumb::widthOf(const Segment& segment) const
{
    const QString shown = segment.button->text();
    segment.button->setText(segment.name);
    const int own = segment.button->sizeHint().width();
    segment.button->setText(shown);
    return own + (segment.separator != nullptr ? separatorWidth : 0);
}

std::size_t Breadcrumb::shownAgainFrom() const
{
    int needed = 0;
    for (const Segment& segment : m_segments)
        needed += widthOf(segment);
    std::size_t from = 1;
    while (from + 1 < m_segments.size() && needed > width()) {
        needed += from == 1 ? moreWidth() : 0;
        needed -= widthOf(m_segments[from++]);
    }
    return from;
}

int Breadcrumb::moreWidth() const
{
    return m_more->sizeHint().width() + separatorWidth;
}

int Breadcrumb::selectedWidth() const
{
    if (m_segments.empty())
        return 0;
    return widthOf(m_segments.back()) + (m_segments.size() > 1 ? moreWidth() : 0);
}

bool Breadcrumb::hasRoomForModel(std::size_t shownFrom) const
{
    if (m_segments.size() < 2)
        return true;
    const int model = std::min(widthOf(m_segments.front()), shortestName + separatorWidth);
    return model + (shownFrom > 1 ? moreWidth() : 0) + widthOf(m_segments.back()) <= width();
}

void Breadcrumb::arrange()
{
    // The selected module stays, and the model as long as it can; what is nearest to the model goes first.
    const std::size_t shownFrom = shownAgainFrom();
    const bool showsModel = hasRoomForModel(shownFrom);
    const bool isCut = shownFrom > 1 || !showsModel;
    m_menu->clear();
    m_more->setVisible(isCut);
    m_moreSeparator->setVisible(isCut);
    int x = 0;
    const auto place = [&](QWidget* widget, int ownWidth) {
        widget->setGeometry(x, 0, ownWidth, height());
        widget->setVisible(true);
        x += ownWidth;
    };
    for (std::size_t i = 0; i < m_segments.size(); ++i) {
        const auto& [button, separator, name] = m_segments[i];
        if (i == 0 ? !showsModel : i < shownFrom) {
            button->hide();
            separator->hide();
            m_menu->addAction(name, button, &QToolButton::click);
            continue;
        }
        if (i == shownFrom && isCut) {
            place(m_more, m_more->sizeHint().width());
            place(m_moreSeparator, separatorWidth);
        }
        const int room = roomFor(i, x);
        button->setText(name);
        if (button->sizeHint().width() > room)
            button->setText(fontMetrics().elidedText(name, Qt::ElideMiddle, room - crumbPadding));
        place(button, std::min(button->sizeHint().width(), room));
        if (separator != nullptr)
            place(separator, separatorWidth);
    }
}

int Breadcrumb::roomFor(std::size_t segment, int x) const
{
    const int room = std::max(width() - x, 0);
    if (segment > 0 || m_segments.size() < 2)
        return room;
    // The model's name gives way to the selected module's.
    const int behind = separatorWidth + (m_more->isHidden() ? 0 : moreWidth()) + widthOf(m_segments.back());
    return m_segments.size() > 2 && m_more->isHidden() ? room : room - behind;
}

QSize Breadcrumb::sizeHint() const
{
    int width = 0;
    for (const Segment& segment : m_segments)
        width += segment.button->sizeHint().width() + separatorWidth;
    return {width, m_more->sizeHint().height()};
}

QSize Breadcrumb::minimumSizeHint() const
{
    return {60, m_more->sizeHint().height()};
}

void Breadcrumb::resizeEvent(QResizeEvent*)
{
    arrange();
}

void Breadcrumb::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange)
        arrange();
}

} // namespace sunflop
