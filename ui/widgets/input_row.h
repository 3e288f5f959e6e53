// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One input of the model: a number with its slider, a list of choices, or the shape of an argument as text.

#include "core/model/input.h"
#include "ui/widgets/row_frame.h"

#include <cstddef>
#include <utility>

class QComboBox;
class QLineEdit;

namespace sunflop {

class NumberBox;
class ValueSlider;

/// The part of an input's range that a slider covers; the box takes the rest as well.
std::pair<std::int64_t, std::int64_t> usualRange(const Input& input);

/// A dimension as an input of its own, so that a row can show it.
Input dimensionInput(const Input& shape, std::size_t index);

/// Knows no session: it is told what to show, and says what the user asks for.
class InputRow : public RowFrame {
    Q_OBJECT
public:
    explicit InputRow(const Input& input, QWidget* parent = nullptr);

    const Input& input() const { return m_input; }
    /// `value` is the setting or the default, `derived` what an automatic input came to.
    void show(const QString& value, const QString& derived);
    /// Marks the row, until the next value is shown.
    void refuse(const QString& why);

Q_SIGNALS:
    /// By the user. `isMoving` while a slider is held; moveEnded() follows.
    void changed(const QString& value, bool isMoving);
    void moveEnded();

private:
    void makeNumber();
    void makeChoice();
    void makeShape();
    void makeText(int width);

    Input m_input;
    NumberBox* m_box = nullptr;
    ValueSlider* m_slider = nullptr;
    QComboBox* m_combo = nullptr;
    QLineEdit* m_text = nullptr; ///< for shapes, and choices that cannot be listed
};

} // namespace sunflop
