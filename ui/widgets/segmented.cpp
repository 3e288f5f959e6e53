// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/segmented.h"

#include "ui/session/session.h"
#include "ui/text.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QToolButton>

#include <algorithm>

namespace sunflop {

Segmented::Segmented(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("segments"));
    setAttribute(Qt::WA_StyledBackground);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(2, 2, 2, 2);
    layout->setSpacing(1);
}

void Segmented::addSegment(const QString& title, const QString& toolTip)
{
    auto* button = new QToolButton;
    button->setText(title);
    button->setToolTip(toolTip);
    button->setAccessibleName(toolTip.isEmpty() ? title : toolTip);
    button->setCheckable(true);
    button->setProperty("tone", QStringLiteral("segment"));
    button->setFocusPolicy(m_buttons.empty() ? Qt::TabFocus : Qt::ClickFocus);
    button->installEventFilter(this);
    const int index = static_cast<int>(m_buttons.size());
    connect(button, &QToolButton::clicked, this, [this, index] { choose(index); });
    layout()->addWidget(button);
    m_buttons.push_back(button);
}

int Segmented::current() const
{
    const auto down = std::ranges::find_if(m_buttons, &QToolButton::isChecked);
    return down == m_buttons.end() ? -1 : static_cast<int>(down - m_buttons.begin());
}

void Segmented::setCurrent(int index)
{
    for (int i = 0; i < static_cast<int>(m_buttons.size()); ++i) {
        QToolButton* const button = m_buttons[static_cast<std::size_t>(i)];
        button->setChecked(i == index);
        button->setFocusPolicy(i == std::max(index, 0) ? Qt::StrongFocus : Qt::ClickFocus);
    }
}

void Segmented::choose(int index)
{
    setCurrent(index);
    Q_EMIT chosen(index);
}

bool Segmented::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    const int last = static_cast<int>(m_buttons.size()) - 1;
    const int index = static_cast<int>(std::ranges::find(m_buttons, watched) - m_buttons.begin());
    int target = index;
    switch (static_cast<QKeyEvent*>(event)->key()) {
    case Qt::Key_Left:
    case Qt::Key_Up: target = std::max(index - 1, 0); break;
    case Qt::Key_Right:
    case Qt::Key_Down: target = std::min(index + 1, last); break;
    case Qt::Key_Home: target = 0; break;
    case Qt::Key_End: target = last; break;
    default: return QWidget::eventFilter(watched, event);
    }
    if (target != index) {
        choose(target);
        m_buttons[static_cast<std::size_t>(target)]->setFocus(Qt::TabFocusReason);
    }
    return true;
}

Segmented* measureSegments(Session& session, QWidget* parent)
{
    auto* segments = new Segmented(parent);
    segments->setAccessibleName(Segmented::tr("Measure"));
    std::vector<const Measure*> offered;
    for (const char* id : {"params", "macs", "flops", "peak_bytes"}) {
        offered.push_back(&measureNamed(id));
        segments->addSegment(text::shortTitle(*offered.back()), text::title(*offered.back()));
    }
    const auto show = [segments, offered, &session] {
        const auto found = std::ranges::find(offered, &session.lens().measure());
        segments->setCurrent(found == offered.end() ? -1 : static_cast<int>(found - offered.begin()));
    };
    QObject::connect(segments, &Segmented::chosen, &session.lens(), [offered, &session](int index) {
        session.lens().setMeasure(*offered[static_cast<std::size_t>(index)]);
    });
    QObject::connect(&session.lens(), &Lens::measureChanged, segments, show);
    show();
    return segments;
}

} // namespace sunflop
