// SPDX-License-Identifier: GPL-3.0-or-later
// The sections and rows of the inputs panel.

#include "core/model/setting.h"
#include "ui/session/fitting.h"
#include "ui/session/session.h"
#include "ui/text.h"
#include "ui/widgets/fit_gauge.h"
#include "ui/widgets/input_row.h"
#include "ui/widgets/input_sections.h"
#include "ui/widgets/inputs_panel.h"
#include "ui/widgets/size_row.h"

#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace sunflop {

void InputsPanel::addSection(QVBoxLayout* layout, const QString& title,
                             const std::vector<const Input*>& inputs)
{
    if (layout->count() > 0)
        layout->addSpacing(8);
    layout->addWidget(isParallel(*inputs.front()) ? makeFold(title) : makeHeading(title));
    const Input* const height = inputNamed(m_model->inputs, "image_height");
    for (const Input* input : inputs) {
        if (input->scale == InputScale::Shape)
            addShapeRows(layout, *input);
        else if (input->id == "image_width" && !input->isArgument && height != nullptr)
            layout->addWidget(addSizeRow(*input, *height));
        else if (input != height || m_sizeRow == nullptr)
            layout->addWidget(addRow(*input));
    }
    if (inputs.front() == inputNamed(m_model->inputs, "device")) {
        m_gauge = new FitGauge(m_session);
        layout->addWidget(m_gauge);
    }
    if (m_tokens == nullptr) {
        m_tokens = new QLabel;
        m_tokens->setProperty("tone", QStringLiteral("tally"));
        m_tokens->setWordWrap(true);
        layout->addWidget(m_tokens);
    }
}

QWidget* InputsPanel::makeHeading(const QString& title)
{
    auto* heading = new QLabel(title.toUpper());
    heading->setProperty("tone", QStringLiteral("section"));
    return heading;
}

/// A heading that shows and hides its section.
QWidget* InputsPanel::makeFold(const QString& title)
{
    m_fold = new QToolButton;
    m_fold->setText(title.toUpper());
    m_fold->setProperty("tone", QStringLiteral("fold"));
    m_fold->setCheckable(true);
    m_fold->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_fold->setArrowType(Qt::RightArrow);
    m_fold->setFocusPolicy(Qt::TabFocus);
    m_fold->setToolTip(tr("How many devices share the work"));
    m_fold->setAccessibleName(tr("%1, show or hide").arg(title));
    connect(m_fold, &QToolButton::toggled, this, [this](bool isOpen) {
        m_fold->setArrowType(isOpen ? Qt::DownArrow : Qt::RightArrow);
        showRows();
    });
    return m_fold;
}

/// Rows that mean something in this run; what is set shows anyway.
void InputsPanel::showRows()
{
    const Input* const mode = inputNamed(m_model->inputs, "mode");
    const bool trains = mode != nullptr && setting(*mode) == QLatin1String("training");
    for (InputRow* row : m_rows) {
        const Input& input = row->input();
        const bool isFolded = isParallel(input) && m_fold != nullptr && !m_fold->isChecked();
        // A shape of another rank may lack a dimension.
        const Input& whole = *inputSetBy(m_model->inputs, input.id);
        const bool isThere = whole.id == input.id || sizeIn(setting(whole).toStdString(), input.id);
        row->setVisible(isThere && (!isForTraining(input) || trains) &&
                        (!isFolded || m_session.isSet(input.id)));
    }
}

void InputsPanel::offerFit(RowFrame& row, const QString& input, FitEnd end)
{
    row.offerFit(end);
    connect(&row, &RowFrame::fitRequested, this, [this, &row, input] {
        row.setFitting(true);
        m_fitting->request(input);
    });
    connect(m_fitting, &Fitting::finished, &row, [&row] { row.setFitting(false); });
    connect(m_fitting, &Fitting::failed, &row, [&row, input](const QString& failed, const QString& why) {
        if (failed == input)
            row.refuse(why);
    });
}

/// The shape as text, and a slider for each size in it that can change.
void InputsPanel::addShapeRows(QVBoxLayout* layout, const Input& shape)
{
    layout->addWidget(addRow(shape));
    for (std::size_t i = 0; i < shape.dimensions.size(); ++i) {
        const Dimension& dimension = shape.dimensions[i];
        if (!dimension.isFree || dimension.minimum >= dimension.maximum)
            continue;
        RowFrame* const row = addRow(dimensionInput(shape, i));
        offerFit(*row, text::from(dimension.id));
        layout->addWidget(row);
    }
}

RowFrame* InputsPanel::addRow(const Input& input)
{
    auto* row = new InputRow(input);
    if (canBeFitted(input))
        offerFit(*row, text::from(input.id), isParallel(input) ? FitEnd::Smallest : FitEnd::Largest);
    const QString id = text::from(input.id);
    connect(row, &InputRow::changed, this,
            [this, id](const QString& value, bool isMoving) { m_session.setInput(id, value, isMoving); });
    connect(row, &InputRow::moveEnded, &m_session, &Session::endMove);
    const auto free = std::ranges::find(input.dimensions, true, &Dimension::isFree);
    const QString swept = free == input.dimensions.end() ? id : text::from(free->id);
    connect(row, &RowFrame::sweepRequested, this, [this, swept] { Q_EMIT sweepRequested(swept); });
    m_rows.push_back(row);
    return row;
}

RowFrame* InputsPanel::addSizeRow(const Input& width, const Input& height)
{
    m_sizeRow = new SizeRow(width, height);
    offerFit(*m_sizeRow, QStringLiteral("image_size"));
    m_sizeRow->colourIcon(m_session.lens().theme());
    connect(m_sizeRow, &SizeRow::changed, this, [this](QSize size, bool isMoving) {
        const auto side = [&](int pixels) { return size.isValid() ? std::to_string(pixels) : std::string(); };
        m_session.setInputs({{"image_width", side(size.width())}, {"image_height", side(size.height())}},
                            isMoving);
    });
    connect(m_sizeRow, &SizeRow::moveEnded, &m_session, &Session::endMove);
    connect(m_sizeRow, &RowFrame::sweepRequested, this,
            [this] { Q_EMIT sweepRequested(QStringLiteral("image_width")); });
    return m_sizeRow;
}

} // namespace sunflop
