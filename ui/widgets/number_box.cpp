// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/number_box.h"

#include "core/base/units.h"
#include "ui/text.h"
#include "ui/widgets/restyle.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QStyle>
#include <QStyleOptionFrame>
#include <QWheelEvent>

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

constexpr QChar narrowSpace(0x202F);
constexpr int lineMargin = 2; ///< QLineEdit's own

} // namespace

NumberBox::NumberBox(QWidget* parent) : QAbstractSpinBox(parent)
{
    setButtonSymbols(NoButtons);
    setAlignment(Qt::AlignRight);
    setKeyboardTracking(false);
    setFocusPolicy(Qt::StrongFocus);
    connect(lineEdit(), &QLineEdit::textEdited, this, [this] {
        m_isTyped = true;
        check();
    });
    showValue();
}

void NumberBox::setRange(qint64 minimum, qint64 maximum, qint64 step)
{
    m_minimum = m_usualMinimum = minimum;
    m_maximum = m_usualMaximum = maximum;
    m_step = step;
    m_value = std::clamp(m_value, minimum, maximum);
    showValue();
}

void NumberBox::setUsualRange(qint64 minimum, qint64 maximum)
{
    m_usualMinimum = minimum;
    m_usualMaximum = maximum;
}

void NumberBox::setUnit(const QString& unit)
{
    m_unit = unit;
    showValue();
}

void NumberBox::setValue(qint64 value)
{
    m_value = value;
    m_isAutomatic = false;
    showValue();
}

void NumberBox::setAutomatic(std::optional<qint64> derived)
{
    m_value = derived.value_or(m_minimum);
    m_isAutomatic = true;
    lineEdit()->setPlaceholderText(derived ? tr("auto · %1").arg(written(*derived)) : tr("auto"));
    showValue();
}

void NumberBox::setRefusal(const QString& why)
{
    m_refusal = why;
    setToolTip(why);
    restyle(this, "state", why.isEmpty() ? QString() : QStringLiteral("refused"));
}

QString NumberBox::written(qint64 value) const
{
    const QString digits = text::exact(value);
    return m_unit.isEmpty() ? digits : digits + narrowSpace + m_unit;
}

void NumberBox::showValue()
{
    m_isTyped = false;
    lineEdit()->setText(m_isAutomatic ? QString() : written(m_value));
    setRefusal({});
    if (hasFocus())
        lineEdit()->selectAll();
}

std::optional<qint64> NumberBox::read(const QString& text, QString& why) const
{
    QString digits = text.trimmed();
    if (!m_unit.isEmpty() && digits.endsWith(m_unit))
        digits.chop(m_unit.size());
    for (const QChar separator : {QChar(u','), QChar(u' '), narrowSpace, QChar(u'\u00A0'), QChar(u'_')})
        digits.remove(separator);
    if (digits.isEmpty()) {
        why = tr("empty, expected a whole number");
        return std::nullopt;
    }
    const auto number = parseWhole(digits.toStdString());
    if (!number) {
        why = text::from(number.error().detail);
        return std::nullopt;
    }
    if (*number < m_minimum || *number > m_maximum) {
        why = tr("%1 is out of range, expected %2 to %3")
                  .arg(text::exact(*number), text::exact(m_minimum), text::exact(m_maximum));
        return std::nullopt;
    }
    return *number;
}

QValidator::State NumberBox::validate(QString&, int&) const
{
    return QValidator::Acceptable;
}

void NumberBox::check()
{
    QString why;
    const bool isEmpty = lineEdit()->text().trimmed().isEmpty();
    const bool isFine = (isEmpty && m_canBeAutomatic) || read(lineEdit()->text(), why);
    setRefusal(isFine ? QString() : why);
}

void NumberBox::commit()
{
    if (!std::exchange(m_isTyped, false))
        return;
    if (m_canBeAutomatic && lineEdit()->text().trimmed().isEmpty()) {
        m_isAutomatic = true;
        Q_EMIT refused({});
        Q_EMIT cleared();
        return;
    }
    QString why;
    if (const auto number = read(lineEdit()->text(), why)) {
        Q_EMIT refused({});
        change(*number);
    } else {
        m_isTyped = true;
        Q_EMIT refused(why);
    }
}

void NumberBox::change(qint64 value)
{
    value = std::clamp(value, m_minimum, m_maximum);
    const bool isNew = m_isAutomatic || value != m_value;
    setValue(value);
    if (isNew)
        Q_EMIT edited(value);
}

void NumberBox::stepBy(int steps)
{
    commit();
    change(m_value + steps * m_step);
}

void NumberBox::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_PageUp: commit(); return change(std::max(m_value * 2, m_value + m_step));
    case Qt::Key_PageDown: commit(); return change(m_value / 2);
    case Qt::Key_Return:
    case Qt::Key_Enter: commit(); return lineEdit()->selectAll();
    case Qt::Key_Escape:
        if (m_isTyped)
            return showValue();
        break;
    case Qt::Key_Home:
    case Qt::Key_End:
        if (!m_isTyped && event->modifiers() == Qt::NoModifier)
            return change(event->key() == Qt::Key_Home ? m_usualMinimum : m_usualMaximum);
        break;
    default: break;
    }
    QAbstractSpinBox::keyPressEvent(event);
}

void NumberBox::focusInEvent(QFocusEvent* event)
{
    QAbstractSpinBox::focusInEvent(event);
    if (event->reason() != Qt::MouseFocusReason)
        lineEdit()->selectAll();
}

void NumberBox::focusOutEvent(QFocusEvent* event)
{
    commit();
    QAbstractSpinBox::focusOutEvent(event);
    if (m_isTyped)
        showValue();
    lineEdit()->deselect();
}

void NumberBox::wheelEvent(QWheelEvent* event)
{
    if (hasFocus())
        QAbstractSpinBox::wheelEvent(event);
    else
        event->ignore(); // the panel scrolls
}

void NumberBox::setAccessibleValue(double value)
{
    change(static_cast<qint64>(value));
}

QSize NumberBox::sizeHint() const
{
    const QFontMetrics metrics = fontMetrics();
    const QString shown = m_isAutomatic ? lineEdit()->placeholderText() : written(m_value);
    const int text =
        std::max(metrics.horizontalAdvance(shown), metrics.horizontalAdvance(written(m_usualMaximum)));
    QStyleOptionFrame option;
    option.initFrom(this);
    const QMargins margins = lineEdit()->textMargins();
    // As much as Qt leaves beside the text of a line edit, and its cursor.
    const QSize content(text + margins.left() + margins.right() + 2 * lineMargin + 2, metrics.height() + 2);
    // Without buttons it is a line edit; what a spin box adds differs between releases of Qt.
    return style()->sizeFromContents(QStyle::CT_LineEdit, &option, content, this);
}

} // namespace sunflop
