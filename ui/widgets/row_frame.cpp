// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/row_frame.h"

#include "ui/widgets/elided_label.h"

#include <QAbstractSpinBox>
#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMouseEvent>
#include <QToolButton>

#include <algorithm>

namespace sunflop {

namespace {

constexpr int usualDigit = 8; ///< pixels that a digit is wide at the reference size

/// Pixels that an editor needs to show one of two texts whole.
int roomFor(const QWidget& editor, const QString& shown, const QString& widest)
{
    const QFontMetrics metrics = editor.fontMetrics();
    const int text = std::max(metrics.horizontalAdvance(shown), metrics.horizontalAdvance(widest));
    // A line edit asks for 17 letters x; the rest of its hint is frame, margins and icons.
    const int around = editor.sizeHint().width() - 17 * metrics.horizontalAdvance(QLatin1Char('x'));
    constexpr int cursor = 2;
    return text + around + cursor;
}

} // namespace

RowFrame::RowFrame(const QString& title, QWidget* parent)
    : QWidget(parent), m_grid(new QGridLayout(this)), m_line(new QHBoxLayout),
      m_label(new ElidedLabel(title)), m_dot(new QWidget), m_refusalLine(new QLabel),
      m_reset(new QAction(tr("Set to default"), this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(6);
    m_grid->setVerticalSpacing(3);
    m_grid->setColumnStretch(2, 1);
    m_dot->setObjectName(QStringLiteral("changedDot"));
    m_dot->setAttribute(Qt::WA_StyledBackground);
    m_dot->setFixedSize(6, 6);
    m_dot->setToolTip(tr("Not at its default; double click the label to set it back."));
    m_refusalLine->setProperty("tone", QStringLiteral("refusal"));
    m_refusalLine->setWordWrap(true);
    m_refusalLine->hide();
    m_grid->addWidget(m_label, 0, 0);
    m_grid->addWidget(m_dot, 0, 1);
    m_line->setSpacing(8);
    m_grid->addLayout(m_line, 1, 0, 1, 4);
    m_grid->addWidget(m_refusalLine, 2, 0, 1, 4);
    setAtDefault(true);

    auto* copy = new QAction(tr("Copy value"), this);
    auto* sweep = new QAction(tr("Sweep this input"), this);
    addActions({copy, m_reset, sweep});
    setContextMenuPolicy(Qt::ActionsContextMenu);
    connect(copy, &QAction::triggered, this, [this] { QGuiApplication::clipboard()->setText(m_copiedText); });
    connect(m_reset, &QAction::triggered, this, &RowFrame::resetRequested);
    connect(sweep, &QAction::triggered, this, &RowFrame::sweepRequested);
}

QString RowFrame::title() const
{
    return m_label->text();
}

bool RowFrame::isAtDefault() const
{
    return !m_reset->isEnabled();
}

void RowFrame::refuse(const QString& why)
{
    m_refusal = why;
    m_refusalLine->setText(why);
    m_refusalLine->setVisible(!why.isEmpty());
}

void RowFrame::offerFit(FitEnd end)
{
    const bool isLargest = end == FitEnd::Largest;
    m_fit = new QToolButton;
    m_fit->setText(isLargest ? tr("max") : tr("min"));
    m_fit->setProperty("tone", QStringLiteral("fit"));
    m_fit->setToolTip(isLargest ? tr("The largest that fits the device")
                                : tr("The smallest that fits the device"));
    m_fit->setAccessibleName(isLargest ? tr("%1, the largest that fits").arg(title())
                                       : tr("%1, the smallest that fits").arg(title()));
    m_fit->setFocusPolicy(Qt::TabFocus);
    m_line->addWidget(m_fit);
    auto* action = new QAction(isLargest ? tr("Largest that fits") : tr("Smallest that fits"), this);
    addAction(action);
    connect(m_fit, &QToolButton::clicked, this, &RowFrame::fitRequested);
    connect(action, &QAction::triggered, this, &RowFrame::fitRequested);
}

void RowFrame::setFitting(bool isFitting)
{
    if (m_fit != nullptr)
        m_fit->setEnabled(!isFitting);
}

void RowFrame::setEditor(QWidget* editor, int width)
{
    m_editor = editor;
    m_editorWidth = width;
    editor->setFixedWidth(width);
    editor->setAccessibleName(title());
    m_label->setBuddy(editor);
    m_grid->addWidget(editor, 0, 3, Qt::AlignRight);
}

void RowFrame::setWidestText(const QString& text)
{
    m_widestText = text;
    fitEditor();
}

void RowFrame::fitEditor()
{
    if (m_editor == nullptr)
        return;
    int room = m_editorWidth;
    if (const auto* line = qobject_cast<const QLineEdit*>(m_editor))
        room = roomFor(*line, line->text(), m_widestText);
    else if (qobject_cast<const QAbstractSpinBox*>(m_editor) != nullptr)
        room = m_editor->sizeHint().width();
    else if (qobject_cast<const QComboBox*>(m_editor) != nullptr) // as many digits as in the usual font
        room = m_editorWidth * fontMetrics().horizontalAdvance(QLatin1Char('0')) / usualDigit;
    m_editor->setFixedWidth(std::max(m_editorWidth, room));
}

bool RowFrame::event(QEvent* event)
{
    const bool isHandled = QWidget::event(event);
    // A font is known once the style sheet has had its say.
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange ||
        event->type() == QEvent::Show || event->type() == QEvent::Resize)
        fitEditor();
    return isHandled;
}

void RowFrame::setSlider(QWidget* slider)
{
    slider->setAccessibleName(tr("%1, slider").arg(title()));
    m_line->insertWidget(0, slider, 1);
}

void RowFrame::setAtDefault(bool isAtDefault)
{
    m_reset->setEnabled(!isAtDefault);
    m_dot->setVisible(!isAtDefault);
}

void RowFrame::setResetText(const QString& text)
{
    m_reset->setText(text);
}

void RowFrame::keepWheel(QComboBox* combo)
{
    combo->setFocusPolicy(Qt::StrongFocus);
    combo->installEventFilter(this);
}

void RowFrame::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && m_label->geometry().contains(event->position().toPoint()))
        Q_EMIT resetRequested();
}

bool RowFrame::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Wheel && !static_cast<QWidget*>(watched)->hasFocus()) {
        event->ignore();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace sunflop
