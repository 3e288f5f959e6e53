// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A box for one whole number, as people write it: "4k", "131,072", "32Ki".

#include <QAbstractSpinBox>

#include <optional>

namespace sunflop {

/// Shows groups of three digits and a unit. Up and Down go by the step, PageUp and PageDown double and halve,
/// Home and End (while nothing has been typed) go to the ends of the usual range. Text that is no number in
/// range is refused with a red edge and a reason, and gives way to the value it should have replaced. An
/// automatic box has no value of its own: it shows what the value came to, and an empty text returns to it.
class NumberBox : public QAbstractSpinBox {
    Q_OBJECT
    // What assistive technology reads and sets.
    Q_PROPERTY(double value READ accessibleValue WRITE setAccessibleValue)
    Q_PROPERTY(double minimum READ accessibleMinimum)
    Q_PROPERTY(double maximum READ accessibleMaximum)
    Q_PROPERTY(double singleStep READ accessibleStep)
public:
    explicit NumberBox(QWidget* parent = nullptr);

    void setRange(qint64 minimum, qint64 maximum, qint64 step = 1);
    /// Where Home and End go; the whole range unless it is set.
    void setUsualRange(qint64 minimum, qint64 maximum);
    void setUnit(const QString& unit);
    /// Whether an empty text is allowed and means "automatic".
    void setCanBeAutomatic(bool can) { m_canBeAutomatic = can; }

    qint64 value() const { return m_value; }
    bool isAutomatic() const { return m_isAutomatic; }
    /// These say nothing to anyone, and forget a text that is being typed.
    void setValue(qint64 value);
    void setAutomatic(std::optional<qint64> derived);
    /// Marks the box as refused, with the reason; empty: not refused.
    void setRefusal(const QString& why);
    const QString& refusal() const { return m_refusal; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }
    void stepBy(int steps) override;
    QValidator::State validate(QString& text, int& position) const override;

Q_SIGNALS:
    void edited(qint64 value);        ///< by the user
    void cleared();                   ///< by the user: automatic from now on
    void refused(const QString& why); ///< a typed text; empty: what is typed now is fine

protected:
    StepEnabled stepEnabled() const override { return StepUpEnabled | StepDownEnabled; }
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;

private:
    /// The number that the text says, or why it says none.
    std::optional<qint64> read(const QString& text, QString& why) const;
    QString written(qint64 value) const;
    void showValue();
    void check();
    void commit();
    void change(qint64 value);

    double accessibleValue() const { return static_cast<double>(m_value); }
    void setAccessibleValue(double value);
    double accessibleMinimum() const { return static_cast<double>(m_minimum); }
    double accessibleMaximum() const { return static_cast<double>(m_maximum); }
    double accessibleStep() const { return static_cast<double>(m_step); }

    qint64 m_value = 0;
    qint64 m_minimum = 0;
    qint64 m_maximum = 0;
    qint64 m_step = 1;
    qint64 m_usualMinimum = 0;
    qint64 m_usualMaximum = 0;
    QString m_unit;
    QString m_refusal;
    bool m_canBeAutomatic = false;
    bool m_isAutomatic = false;
    bool m_isTyped = false; ///< the text is the user's and not yet the value
};

} // namespace sunflop
