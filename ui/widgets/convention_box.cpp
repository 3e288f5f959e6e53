// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/convention_box.h"

#include "ui/session/session.h"
#include "ui/text.h"

#include <QCoreApplication>
#include <QPainter>
#include <QWheelEvent>

namespace sunflop {

namespace {

constexpr int shownLetters = 12;

/// The notes as a list, wrapped by the tooltip.
QString notesOf(const Convention& convention)
{
    QString html = QStringLiteral("<b>%1</b>").arg(text::from(convention.title).toHtmlEscaped());
    for (const std::string_view note : convention.notes)
        html += QStringLiteral("<br>• ") +
                QCoreApplication::translate("conventions", std::string(note).c_str()).toHtmlEscaped();
    return html;
}

} // namespace

ConventionBox::ConventionBox(Session& session, QWidget* parent) : QComboBox(parent), m_session(session)
{
    setAccessibleName(tr("Counting convention"));
    setFocusPolicy(Qt::StrongFocus);
    // Long titles are for the list; the bar is for the present one.
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(shownLetters);
    for (const Convention& convention : conventions()) {
        addItem(text::from(convention.title));
        setItemData(count() - 1, notesOf(convention), Qt::ToolTipRole);
    }
    connect(this, &QComboBox::activated, this,
            [this](int index) { m_session.setConvention(conventions()[static_cast<std::size_t>(index)]); });
    connect(&session, &Session::conventionChanged, this, &ConventionBox::showConvention);
    connect(&session.lens(), &Lens::themeChanged, this, qOverload<>(&QWidget::update));
    showConvention();
}

void ConventionBox::showConvention()
{
    setCurrentIndex(static_cast<int>(&m_session.convention() - conventions().data()));
    setToolTip(notesOf(m_session.convention()));
}

void ConventionBox::paintEvent(QPaintEvent* event)
{
    QComboBox::paintEvent(event);
    if (currentIndex() <= 0)
        return;
    constexpr double radius = 3;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_session.lens().theme().accent);
    painter.drawEllipse(QPointF(width() - 28, height() / 2.0), radius, radius);
}

void ConventionBox::wheelEvent(QWheelEvent* event)
{
    if (hasFocus())
        QComboBox::wheelEvent(event);
    else
        event->ignore();
}

} // namespace sunflop
