// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/details_pane.h"

#include "ui/text.h"
#include "ui/widgets/details_text.h"
#include "ui/widgets/estimate_mark.h"
#include "ui/widgets/operator_model.h"

#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QTableView>
#include <QVBoxLayout>
#include <QWheelEvent>

#include <algorithm>

namespace sunflop {

namespace {

constexpr int rowHeight = 23;
constexpr int shortestName = 76;
constexpr int longestName = 110;

void setText(QLabel* label, const QString& text)
{
    // Hiding an empty label closes its gap; an unchanged text needs no layout.
    if (label->text() != text)
        label->setText(text);
    label->setVisible(!text.isEmpty());
}

} // namespace

DetailsPane::DetailsPane(Session& session, QWidget* parent)
    : QScrollArea(parent), m_session(session), m_operators(new OperatorModel(this))
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Details of the selected module"));
    auto* content = new QWidget(this);
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(14, 10, 14, 10);
    layout->setSpacing(7);
    addHeader(layout);
    addFigures(layout);
    m_intensity = addLabel(layout, QStringLiteral("intensity"), "dim");
    m_device = addLabel(layout, QStringLiteral("device"), "dim");
    m_each = addLabel(layout, QStringLiteral("each"), "dim");
    m_children = addLabel(layout, QStringLiteral("children"), "dim");
    m_formula = addLabel(layout, QStringLiteral("formula"), "formula");
    m_remarks = addLabel(layout, QStringLiteral("remarks"), "");
    m_attributes = addLabel(layout, QStringLiteral("attributes"), "dim");
    m_tensors = addLabel(layout, QStringLiteral("tensors"), "");
    addTable(layout);
    layout->addStretch();
    setWidget(content);
    viewport()->setAutoFillBackground(false);
    content->setAutoFillBackground(false);

    connect(&session, &Session::modelChanged, this, &DetailsPane::refresh);
    connect(&session, &Session::figuresChanged, this, &DetailsPane::refresh);
    connect(&session, &Session::moveEnded, this, &DetailsPane::refresh);
    connect(&session.focus(), &Focus::selectedChanged, this, &DetailsPane::refresh);
    connect(&session.lens(), &Lens::measureChanged, this, &DetailsPane::refresh);
}

QLabel* DetailsPane::addLabel(QVBoxLayout* layout, const QString& objectName, const char* tone)
{
    auto* label = new QLabel(this);
    label->setObjectName(objectName);
    label->setProperty("tone", QString::fromLatin1(tone));
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->addWidget(label);
    return label;
}

void DetailsPane::addHeader(QVBoxLayout* layout)
{
    auto* row = new QHBoxLayout;
    row->setSpacing(10);
    m_path = new QLineEdit(this);
    m_path->setObjectName(QStringLiteral("path"));
    m_path->setReadOnly(true);
    m_path->setAccessibleName(tr("Path"));
    m_class = new QLabel(this);
    m_class->setObjectName(QStringLiteral("class"));
    m_class->setProperty("tone", QStringLiteral("chip"));
    m_class->setTextFormat(Qt::PlainText);
    row->addWidget(m_path, 1);
    row->addWidget(m_class, 0, Qt::AlignTop);
    row->addWidget(new EstimateMark(m_session, this), 0, Qt::AlignTop);
    layout->addLayout(row);
}

void DetailsPane::addFigures(QVBoxLayout* layout)
{
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(3);
    grid->setColumnStretch(2, 1);
    int line = 0;
    for (const Measure& measure : measures()) {
        FigureRow row{&measure, new QLabel(text::title(measure), this), new QLabel(this), new QLabel(this)};
        row.title->setProperty("tone", QStringLiteral("dim"));
        row.figure->setObjectName(text::from(measure.id));
        row.figure->setProperty("tone", QStringLiteral("heading"));
        row.figure->setTextInteractionFlags(Qt::TextSelectableByMouse);
        row.figure->setAccessibleName(row.title->text());
        row.share->setProperty("tone", QStringLiteral("faint"));
        // Never what makes the pane wider than its card.
        row.share->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
        grid->addWidget(row.title, line, 0);
        grid->addWidget(row.figure, line, 1, Qt::AlignRight);
        grid->addWidget(row.share, line, 2);
        m_figures.push_back(row);
        ++line;
    }
    layout->addLayout(grid);
}

void DetailsPane::addTable(QVBoxLayout* layout)
{
    m_operatorsTitle = addLabel(layout, QStringLiteral("operatorsTitle"), "section");
    m_table = new QTableView(this);
    m_table->setModel(m_operators);
    m_table->setAccessibleName(tr("Operators of the module"));
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(rowHeight);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->setFocusPolicy(Qt::ClickFocus);
    m_table->horizontalHeader()->setMinimumSectionSize(30);
    // Its wheel belongs to the pane: all rows are shown.
    m_table->viewport()->installEventFilter(this);
    layout->addWidget(m_table);
}

bool DetailsPane::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Wheel && watched == m_table->viewport()) {
        wheelEvent(static_cast<QWheelEvent*>(event));
        return true;
    }
    return QScrollArea::eventFilter(watched, event);
}

void DetailsPane::showEvent(QShowEvent* event)
{
    QScrollArea::showEvent(event);
    refresh();
}

void DetailsPane::refresh()
{
    widget()->setVisible(m_session.hasModel());
    if (!isVisible() || !m_session.hasModel())
        return;
    const Run& run = m_session.run();
    const std::int32_t node = m_session.focus().selected();
    const Module& module = run.trace.modules[static_cast<std::size_t>(node)];
    m_path->setText(text::path(run, node));
    m_path->setToolTip(m_path->text());
    // A long path shows its end.
    m_path->end(false);
    setText(m_class, text::from(module.className));
    refreshFigures(run, node);
    setText(m_device, details::deviceText(run, node));
    setText(m_each, details::eachText(run, node));
    setText(m_children, details::childrenText(run, node, m_session.lens().measure()));
    setText(m_attributes, text::from(module.detail));
    setText(m_tensors, details::tensorsText(run, node));
    if (!m_session.isBusyMoving())
        refreshOperators(run, node);
}

/// What looks at every operator below the module.
void DetailsPane::refreshOperators(const Run& run, std::int32_t node)
{
    setText(m_intensity, details::intensityText(run, node));
    setText(m_formula, details::formulaText(run, node));
    setText(m_remarks, details::remarksText(run, node));
    refreshTable(node);
}

void DetailsPane::refreshFigures(const Run& run, std::int32_t node)
{
    const Costs& costs = run.costs.nodes[static_cast<std::size_t>(node)].total;
    const Costs& model = run.costs.root().total;
    for (const FigureRow& row : m_figures) {
        const Count figure = row.measure->of(costs);
        const bool isActive = row.measure->id == "active_params";
        const bool isUsual = row.measure->id != "backward_flops" && row.measure->id != "kv_cache_bytes" &&
                             row.measure->id != "saved_bytes";
        const bool isShown =
            isKnown(run.costs, *row.measure) &&
            (isActive ? costs.activeParams != costs.params : isUsual || row.measure->of(model) > Count(0));
        for (QLabel* label : {row.title, row.figure, row.share})
            label->setVisible(isShown);
        row.figure->setText(text::exact(figure));
        row.figure->setToolTip(text::exactWithUnit(figure, *row.measure) + QLatin1Char('\n') +
                               text::brief(figure, *row.measure));
        QStringList words;
        const bool isBytes = row.measure->unit == "B";
        const bool isCoarse = isBytes || row.measure->unit == "ns";
        if (isCoarse && figure > Count(0))
            words << text::brief(figure, *row.measure);
        if (node != 0 && figure > Count(0)) {
            const QString share = text::share(figure, row.measure->of(model));
            words << (isCoarse ? share : tr("%1 of model").arg(share));
        }
        row.share->setText(words.join(QStringLiteral(" · ")));
    }
}

void DetailsPane::refreshTable(std::int32_t node)
{
    const auto rowsBefore = m_operators->rowCount();
    m_operators->show(m_session.sharedRun(), node);
    const int rows = m_operators->rowCount();
    const CostNode& costs = m_session.run().costs.nodes[static_cast<std::size_t>(node)];
    setText(m_operatorsTitle, rows == 0 ? QString()
                              : costs.instances == 1
                                  ? tr("OPERATORS")
                                  : tr("OPERATORS OF ONE INSTANCE OF %1").arg(text::exact(costs.instances)));
    m_table->setVisible(rows > 0);
    for (const auto column : {OperatorModel::Type, OperatorModel::Phase, OperatorModel::Macs})
        m_table->setColumnHidden(column, !m_operators->isTelling(column));
    QHeaderView* header = m_table->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::ResizeToContents);
    header->setSectionResizeMode(OperatorModel::Shapes, QHeaderView::Stretch);
    // Long names make room for shapes.
    header->setSectionResizeMode(OperatorModel::Name, QHeaderView::Fixed);
    m_table->resizeColumnToContents(OperatorModel::Name);
    m_table->setColumnWidth(OperatorModel::Name,
                            std::clamp(m_table->columnWidth(OperatorModel::Name), shortestName, longestName));
    if (rows != rowsBefore || m_table->minimumHeight() == 0)
        m_table->setFixedHeight(m_table->horizontalHeader()->sizeHint().height() + rows * rowHeight + 2);
}

} // namespace sunflop
