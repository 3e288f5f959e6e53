// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/input_row.h"

#include "core/base/registry.h"
#include "core/base/units.h"
#include "core/model/argument.h"
#include "core/model/setting.h"
#include "core/run/axis.h"
#include "core/run/sweep_question.h"
#include "core/timing/device.h"
#include "ui/text.h"
#include "ui/widgets/number_box.h"
#include "ui/widgets/restyle.h"
#include "ui/widgets/value_slider.h"

#include <QComboBox>
#include <QCoreApplication>
#include <QLineEdit>
#include <QSignalBlocker>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

constexpr int editorWidth = 118;
constexpr int wideEditorWidth = 176;
constexpr int shapeWidth = 148;

/// Devices have names; other choices are known by their ids.
QString choiceTitle(const Input& input, std::string_view choice)
{
    if (input.id == "device" && !input.isArgument)
        if (const Device* const found = entryNamed(devices(), choice))
            return text::from(found->name);
    return text::from(choice);
}

/// "x · f32": what a shape is of stands in its unit.
QString titleOf(const Input& input)
{
    const QString title = QCoreApplication::translate("inputs", std::string(input.title).c_str());
    return input.scale == InputScale::Shape && !input.unit.empty()
               ? title + QStringLiteral(" · ") + text::from(input.unit)
               : title;
}

/// Whether nothing about a shape can be changed.
bool isFixed(const Input& input)
{
    return !input.dimensions.empty() && std::ranges::none_of(input.dimensions, &Dimension::isFree);
}

QString automaticText()
{
    return text::from(automatic);
}

} // namespace

std::pair<std::int64_t, std::int64_t> usualRange(const Input& input)
{
    struct Usual {
        std::string_view id;
        std::int64_t minimum;
        std::int64_t maximum;
    };
    static constexpr std::array table{
        Usual{"batch", 1, 256},          Usual{"text_tokens", 16, 131'072},  Usual{"images", 0, 64},
        Usual{"image_width", 112, 1792}, Usual{"image_height", 112, 1792},   Usual{"tiles", 1, 48},
        Usual{"new_tokens", 0, 32'768},  Usual{"cached_tokens", 0, 131'072},
    };
    if (input.isArgument) {
        const std::int64_t start = parseWhole(input.defaultValue).value_or(input.minimum);
        return {start < 0 ? input.minimum : std::max<std::int64_t>(input.minimum, 0),
                usualMaximum(input.minimum, input.maximum, start)};
    }
    const auto usual = std::ranges::find(table, input.id, &Usual::id);
    if (usual == table.end())
        return {input.minimum, input.maximum};
    return {std::clamp(usual->minimum, input.minimum, input.maximum),
            std::clamp(usual->maximum, input.minimum, input.maximum)};
}

Input dimensionInput(const Input& shape, std::size_t index)
{
    const Dimension& dimension = shape.dimensions[index];
    const auto [minimum, maximum] = std::pair{dimension.minimum, std::min(dimension.maximum, mostElements)};
    const std::int64_t usual =
        usualMaximum(minimum, maximum, sizeIn(shape.defaultValue, dimension.id).value_or(minimum));
    return {.id = dimension.id,
            .title = dimension.id,
            .minimum = minimum,
            .maximum = maximum,
            .defaultValue = defaultOf(shape, dimension.id),
            .scale = isWide(minimum, usual) ? InputScale::Logarithmic : InputScale::Linear,
            .isArgument = true};
}

InputRow::InputRow(const Input& input, QWidget* parent) : RowFrame(titleOf(input), parent), m_input(input)
{
    if (input.scale == InputScale::Shape)
        makeShape();
    else if (input.scale != InputScale::Choice)
        makeNumber();
    else if (!input.choices.empty())
        makeChoice();
    else
        makeText(editorWidth);
    if (input.defaultValue == automatic)
        setResetText(tr("Set to automatic"));
    connect(this, &RowFrame::resetRequested, this, [this] { Q_EMIT changed({}, false); });
}

void InputRow::makeNumber()
{
    const auto [from, to] = usualRange(m_input);
    m_box = new NumberBox;
    m_box->setRange(m_input.minimum, m_input.maximum, m_input.step);
    m_box->setUsualRange(from, to);
    m_box->setCanBeAutomatic(m_input.defaultValue == automatic);
    // "px" says what the title does not; "tokens" behind "Text tokens" would say it twice.
    if (m_input.unit.size() <= 2)
        m_box->setUnit(text::from(m_input.unit));
    else
        setToolTip(text::from(m_input.unit));
    m_slider = new ValueSlider;
    m_slider->setScale(from, to, m_input.step, m_input.scale == InputScale::Logarithmic);
    m_slider->setToolTip(tr("%1 to %2; the box takes up to %3")
                             .arg(text::exact(from), text::exact(to), text::exact(m_input.maximum)));
    setEditor(m_box, editorWidth);
    setSlider(m_slider);
    connect(m_box, &NumberBox::edited, this,
            [this](qint64 value) { Q_EMIT changed(QString::number(value), false); });
    connect(m_box, &NumberBox::cleared, this, [this] { Q_EMIT changed({}, false); });
    connect(m_box, &NumberBox::refused, this, [this](const QString& why) { RowFrame::refuse(why); });
    connect(m_slider, &ValueSlider::moved, this,
            [this](qint64 value) { Q_EMIT changed(QString::number(value), true); });
    connect(m_slider, &ValueSlider::released, this, &InputRow::moveEnded);
}

void InputRow::makeChoice()
{
    m_combo = new QComboBox;
    if (m_input.defaultValue == automatic)
        m_combo->addItem(automaticText(), automaticText());
    for (const std::string_view choice : m_input.choices)
        m_combo->addItem(choiceTitle(m_input, choice), text::from(choice));
    m_combo->setMaxVisibleItems(24);
    setEditor(m_combo, m_input.id == "device" && !m_input.isArgument ? wideEditorWidth : editorWidth);
    keepWheel(m_combo);
    connect(m_combo, &QComboBox::activated, this,
            [this](int index) { Q_EMIT changed(m_combo->itemData(index).toString(), false); });
}

void InputRow::makeShape()
{
    makeText(shapeWidth);
    m_text->setReadOnly(isFixed(m_input));
    const QString way =
        tr("Sizes from the outermost dimension on, such as %1").arg(text::from(m_input.defaultValue));
    m_text->setToolTip(m_text->isReadOnly()         ? tr("The program was recorded for this shape alone")
                       : m_input.dimensions.empty() ? tr("%1; several shapes with commas between").arg(way)
                                                    : way);
}

void InputRow::makeText(int width)
{
    m_text = new QLineEdit;
    m_text->setAlignment(Qt::AlignRight);
    setEditor(m_text, width);
    connect(m_text, &QLineEdit::editingFinished, this, [this] {
        if (m_text->isModified()) {
            m_text->setModified(false);
            Q_EMIT changed(m_text->text().trimmed(), false);
        }
    });
}

void InputRow::show(const QString& value, const QString& derived)
{
    const bool isAutomatic = value == automaticText();
    setAtDefault(value.toStdString() == m_input.defaultValue);
    setCopiedText(isAutomatic && !derived.isEmpty() ? derived : value);
    RowFrame::refuse({});
    if (m_box != nullptr) {
        const auto number = parseWhole((isAutomatic ? derived : value).toStdString());
        const qint64 shown = number.value_or(m_input.minimum);
        if (isAutomatic)
            m_box->setAutomatic(number ? std::optional<qint64>(*number) : std::nullopt);
        else
            m_box->setValue(shown);
        m_slider->setCurrent(shown);
        restyle(m_slider, "state", isAutomatic ? QStringLiteral("automatic") : QString());
    } else if (m_combo != nullptr) {
        if (m_input.defaultValue == automatic)
            m_combo->setItemText(0, derived.isEmpty() || !isAutomatic ? automaticText()
                                                                      : tr("auto · %1").arg(derived));
        m_combo->setCurrentIndex(m_combo->findData(value));
    } else {
        restyle(m_text, "state", QString());
        m_text->setText(value);
    }
    fitEditor();
}

void InputRow::refuse(const QString& why)
{
    RowFrame::refuse(why);
    if (m_box != nullptr)
        m_box->setRefusal(why);
    else if (m_text != nullptr)
        restyle(m_text, "state", QStringLiteral("refused"));
}

} // namespace sunflop
