// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/inputs_panel.h"

#include "core/base/registry.h"
#include "core/formats/format.h"
#include "core/model/setting.h"
#include "ui/session/fitting.h"
#include "ui/session/session.h"
#include "ui/text.h"
#include "ui/widgets/fit_gauge.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/input_row.h"
#include "ui/widgets/input_sections.h"
#include "ui/widgets/size_row.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <ranges>

namespace sunflop {

namespace {

constexpr int panelWidth = 272; ///< at least
constexpr int panelDigits = 33; ///< that it is wide
constexpr int margin = 18;

const Input* inputNamed(const Model& model, std::string_view id)
{
    const auto found = std::ranges::find(model.inputs, id, &Input::id);
    return found == model.inputs.end() || found->isArgument ? nullptr : &*found;
}

/// "Qwen2 · bf16"; of what a file stores: "Recorded program · TorchScript".
QString kindOf(const Model& model)
{
    QString kind = text::from(model.family->title);
    const Format* const format = entryNamed(formats(), model.source.format);
    const Input* const dtype = inputNamed(model, "weight_dtype");
    if (model.source.stored != nullptr && format != nullptr)
        kind += QStringLiteral(" · ") + text::from(format->title);
    else if (dtype != nullptr)
        kind += QStringLiteral(" · ") + text::from(dtype->defaultValue);
    return kind;
}

} // namespace

InputsPanel::InputsPanel(Session& session, QWidget* parent)
    : QFrame(parent), m_session(session), m_fitting(new Fitting(session, this)), m_title(new QLabel),
      m_kind(new QLabel), m_place(new QPushButton), m_scroll(new QScrollArea),
      m_reset(new QPushButton(tr("Reset"))), m_pin(new QPushButton(tr("Pin as baseline")))
{
    setObjectName(QStringLiteral("inputsPanel"));
    setAccessibleName(tr("Inputs"));
    fitWidth();
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    // The area follows the keyboard inside it; this is for whoever comes in by Tab from elsewhere.
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) {
        if (now != nullptr && m_scroll->isAncestorOf(now))
            m_scroll->ensureWidgetVisible(now);
    });
    m_scroll->viewport()->setAutoFillBackground(false);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(makeHeader());
    layout->addWidget(m_scroll, 1);
    layout->addWidget(makeFooter());

    connect(&m_session, &Session::modelChanged, this, &InputsPanel::showModel);
    connect(&m_session, &Session::inputsChanged, this, &InputsPanel::showInputs);
    connect(&m_session, &Session::figuresChanged, this, &InputsPanel::showFigures);
    connect(&m_session, &Session::baselineChanged, this, &InputsPanel::showFigures);
    connect(&m_session, &Session::refused, this, &InputsPanel::refuse);
    connect(&m_session, &Session::problemChanged, this, [this] {
        if (m_session.problem())
            refuse(*m_session.problem());
    });
    connect(&m_session.lens(), &Lens::themeChanged, this, &InputsPanel::colourIcons);
    colourIcons();
    showModel();
}

QWidget* InputsPanel::makeHeader()
{
    auto* header = new QWidget;
    auto* layout = new QVBoxLayout(header);
    layout->setContentsMargins(margin, 16, margin, 8);
    layout->setSpacing(2);
    m_title->setProperty("tone", QStringLiteral("title"));
    m_kind->setProperty("tone", QStringLiteral("note"));
    m_place->setProperty("tone", QStringLiteral("note"));
    m_place->setCursor(Qt::PointingHandCursor);
    m_place->setAccessibleName(tr("Copy the path"));
    layout->addWidget(m_title);
    layout->addWidget(m_kind);
    layout->addWidget(m_place, 0, Qt::AlignLeft);
    connect(m_place, &QPushButton::clicked, this,
            [this] { QGuiApplication::clipboard()->setText(text::from(m_session.model().source.place)); });
    return header;
}

QWidget* InputsPanel::makeFooter()
{
    auto* footer = new QWidget;
    auto* layout = new QHBoxLayout(footer);
    layout->setContentsMargins(margin, 8, margin, 14);
    layout->setSpacing(8);
    m_reset->setToolTip(tr("Set all inputs as the model opened with"));
    m_pin->setToolTip(tr("Tell changes against the present run from now on"));
    layout->addWidget(m_reset);
    layout->addWidget(m_pin, 1);
    connect(m_reset, &QPushButton::clicked, &m_session, &Session::reset);
    connect(m_pin, &QPushButton::clicked, &m_session, &Session::pinBaseline);
    return footer;
}

void InputsPanel::colourIcons()
{
    const Theme& theme = m_session.lens().theme();
    m_reset->setIcon(icon(QLatin1String("reset"), theme));
    m_pin->setIcon(icon(QLatin1String("pin"), theme));
    if (m_sizeRow != nullptr)
        m_sizeRow->colourIcon(theme);
    if (m_gauge != nullptr)
        m_gauge->update();
}

void InputsPanel::fitWidth()
{
    setFixedWidth(std::max(panelWidth, panelDigits * fontMetrics().horizontalAdvance(QLatin1Char('0'))));
}

void InputsPanel::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        fitWidth();
}

void InputsPanel::showModel()
{
    const auto model = m_session.sharedModel();
    // Inputs may change the modules; a row must not vanish under the hand that moves it.
    if (model != m_model) {
        m_model = model;
        rebuild();
    }
    showInputs();
}

void InputsPanel::showSource()
{
    const int room = width() - 2 * margin;
    const Source& source = m_model->source;
    const QString name = text::from(source.name);
    const QString place = text::from(source.place);
    const bool isBundled = source.place == "bundled";
    m_title->ensurePolished();
    m_place->ensurePolished();
    m_title->setText(m_title->fontMetrics().elidedText(name, Qt::ElideMiddle, room));
    m_title->setToolTip(name);
    m_kind->setText(m_kind->fontMetrics().elidedText(kindOf(*m_model), Qt::ElideRight, room));
    m_kind->setToolTip(kindOf(*m_model));
    m_place->setText(isBundled ? tr("bundled example")
                               : m_place->fontMetrics().elidedText(place, Qt::ElideMiddle, room));
    m_place->setEnabled(!isBundled);
    m_place->setToolTip(isBundled ? QString() : tr("%1\nClick to copy the path").arg(place));
}

void InputsPanel::rebuild()
{
    m_rows.clear();
    m_sizeRow = nullptr;
    m_tokens = nullptr;
    m_gauge = nullptr;
    m_fold = nullptr;
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(margin, 4, margin, 12);
    layout->setSpacing(8);
    if (m_model) {
        showSource();
        for (const InputSection& section : inputSections(m_model->inputs))
            addSection(layout, section.title, section.inputs);
    }
    m_title->setVisible(m_model != nullptr);
    m_kind->setVisible(m_model != nullptr);
    m_place->setVisible(m_model != nullptr);
    layout->addStretch(1);
    m_scroll->setWidget(page);
    // Rows end where the footer does, with a scroll bar or without.
    connect(m_scroll->verticalScrollBar(), &QScrollBar::rangeChanged, layout,
            [this, layout](int, int maximum) {
                const int bar = maximum > 0 ? m_scroll->verticalScrollBar()->sizeHint().width() : 0;
                layout->setContentsMargins(margin, 4, std::max(margin - bar, 0), 12);
            });
    page->setAutoFillBackground(false);
}

void InputsPanel::addSection(QVBoxLayout* layout, const QString& title,
                             const std::vector<const Input*>& inputs)
{
    if (layout->count() > 0)
        layout->addSpacing(8);
    layout->addWidget(isParallel(*inputs.front()) ? makeFold(title) : makeHeading(title));
    const Input* const height = inputNamed(*m_model, "image_height");
    for (const Input* input : inputs) {
        if (input->scale == InputScale::Shape)
            addShapeRows(layout, *input);
        else if (input->id == "image_width" && !input->isArgument && height != nullptr)
            layout->addWidget(addSizeRow(*input, *height));
        else if (input != height || m_sizeRow == nullptr)
            layout->addWidget(addRow(*input));
    }
    if (inputs.front() == inputNamed(*m_model, "device")) {
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
    const Input* const mode = inputNamed(*m_model, "mode");
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

RowFrame* InputsPanel::row(std::string_view input) const
{
    if (m_sizeRow != nullptr && (input == "image_width" || input == "image_height"))
        return m_sizeRow;
    auto found = std::ranges::find_if(m_rows, [&](const InputRow* r) { return r->input().id == input; });
    if (found == m_rows.end())
        found = std::ranges::find_if(m_rows, [&](const InputRow* r) {
            return std::ranges::find(r->input().dimensions, input, &Dimension::id) !=
                   r->input().dimensions.end();
        });
    return found == m_rows.end() ? nullptr : *found;
}

void InputsPanel::settle()
{
    m_fitting->settle();
    m_session.settle();
}

QString InputsPanel::sizeIsIdle() const
{
    if (m_session.isSet("tiles"))
        return tr("The tiles are set, so the size has no effect until it is set again.");
    const Input* const images = inputNamed(*m_model, "images");
    return images != nullptr && setting(*images) == QLatin1String("0") ? tr("There are no images.")
                                                                       : QString();
}

void InputsPanel::showInputs()
{
    if (m_model) {
        for (InputRow* row : m_rows)
            row->show(setting(row->input()), derived(row->input()));
        if (m_sizeRow != nullptr)
            m_sizeRow->show({setting(*inputNamed(*m_model, "image_width")).toInt(),
                             setting(*inputNamed(*m_model, "image_height")).toInt()},
                            sizeIsIdle());
        showRows();
    }
    showFigures();
}

void InputsPanel::showFigures()
{
    m_reset->setEnabled(m_model && m_session.settings() != m_model->settings);
    m_pin->setEnabled(m_model && !m_session.isAtBaseline());
    if (!m_model)
        return;
    for (InputRow* row : m_rows)
        if (row->input().defaultValue == automatic && row->refusal().isEmpty())
            row->show(setting(row->input()), derived(row->input()));
    if (m_gauge != nullptr)
        m_gauge->refresh();
    m_tokens->setText(tokensLine());
    m_tokens->setVisible(!m_tokens->text().isEmpty());
}

void InputsPanel::refuse(const Error& error)
{
    if (!m_model)
        return;
    showInputs();
    const QString why = text::from(error.detail);
    if (m_sizeRow != nullptr && (error.where == "image_width" || error.where == "image_height"))
        m_sizeRow->refuse(why);
    for (InputRow* refused : m_rows)
        if (refused == row(error.where))
            refused->refuse(why);
}

} // namespace sunflop
