// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/inputs_panel.h"

#include "core/base/registry.h"
#include "core/formats/format.h"
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
#include <QVBoxLayout>

#include <algorithm>

namespace sunflop {

namespace {

constexpr int panelWidth = 272; ///< at least
constexpr int panelDigits = 33; ///< that it is wide
constexpr int margin = 18;

/// "Qwen2 · bf16"; of what a file stores: "Recorded program · TorchScript".
QString kindOf(const Model& model)
{
    QString kind = text::from(model.family->title);
    const Format* const format = entryNamed(formats(), model.source.format);
    const Input* const dtype = inputNamed(model.inputs, "weight_dtype");
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
    const Input* const images = inputNamed(m_model->inputs, "images");
    return images != nullptr && setting(*images) == QLatin1String("0") ? tr("There are no images.")
                                                                       : QString();
}

void InputsPanel::showInputs()
{
    if (m_model) {
        for (InputRow* row : m_rows)
            row->show(setting(row->input()), derived(row->input()));
        if (m_sizeRow != nullptr)
            m_sizeRow->show({setting(*inputNamed(m_model->inputs, "image_width")).toInt(),
                             setting(*inputNamed(m_model->inputs, "image_height")).toInt()},
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
