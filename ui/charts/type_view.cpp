// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/type_view.h"

#include "ui/charts/chart_theme.h"
#include "ui/text.h"

#include <QChartView>
#include <QComboBox>
#include <QFontMetricsF>
#include <QGraphicsLayout>
#include <QGraphicsScene>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QTableView>

#include <algorithm>

namespace sunflop {

TypeView::TypeView(Session& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_groupingBox(new QComboBox(this)), m_hint(new QLabel(this)),
      m_donut(new DonutChart), m_chartView(new QChartView(m_donut, this)), m_model(new BreakdownModel(this))
{
    m_groupingBox->setAccessibleName(tr("Group by"));
    m_groupingBox->setToolTip(tr("What modules or calls of one slice have in common"));
    m_groupingBox->addItem(tr("By role"), static_cast<int>(Grouping::Role));
    m_groupingBox->addItem(tr("By class"), static_cast<int>(Grouping::Class));
    m_groupingBox->addItem(tr("By operator"), static_cast<int>(Grouping::Operator));
    m_hint->setProperty("tone", QStringLiteral("dim"));
    m_chartView->setRenderHint(QPainter::Antialiasing);
    m_chartView->setFrameShape(QFrame::NoFrame);
    m_chartView->setBackgroundBrush(Qt::NoBrush);
    m_chartView->viewport()->setAutoFillBackground(false);
    m_chartView->setFocusPolicy(Qt::NoFocus);
    m_chartView->setMinimumSize(120, 100);

    auto* controls = new QHBoxLayout;
    controls->addWidget(m_groupingBox);
    controls->addWidget(m_hint);
    controls->addStretch();
    auto* panes = new QHBoxLayout;
    panes->setSpacing(12);
    panes->addWidget(m_chartView, 2);
    panes->addWidget(makeTable(), 3);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 6);
    layout->setSpacing(6);
    layout->addLayout(controls);
    layout->addLayout(panes, 1);

    connect(m_groupingBox, &QComboBox::currentIndexChanged, this, &TypeView::refresh);
    connect(&session, &Session::modelChanged, this, &TypeView::refresh);
    connect(&session, &Session::figuresChanged, this, &TypeView::refresh);
    connect(&session.lens(), &Lens::measureChanged, this, &TypeView::refresh);
    connect(&session.lens(), &Lens::themeChanged, this, &TypeView::refresh);
}

QWidget* TypeView::makeTable()
{
    auto* table = new QTableView(this);
    table->setModel(m_model);
    table->setAccessibleName(tr("Figures by type"));
    table->setShowGrid(false);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setWordWrap(false);
    table->setIconSize({11, 11});
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(25);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table->horizontalHeader()->setSectionResizeMode(BreakdownModel::Name, QHeaderView::Stretch);
    return table;
}

void TypeView::setGrouping(Grouping grouping)
{
    m_groupingBox->setCurrentIndex(m_groupingBox->findData(static_cast<int>(grouping)));
}

void TypeView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

void TypeView::refresh()
{
    if (!isVisible() || !m_session.hasModel())
        return;
    const auto grouping = static_cast<Grouping>(m_groupingBox->currentData().toInt());
    const Lens& lens = m_session.lens();
    BreakdownTable table = breakdownTable(m_session.run(), grouping, lens.measure(), lens.theme());
    const bool isOther = table.measure != &lens.measure();
    m_hint->setText(isOther ? tr("Operators hold nothing: their %1.").arg(text::noun(*table.measure))
                            : QString());
    m_donut->show(table, lens.theme());
    m_chartView->setAccessibleName(
        tr("%1 by type, %2 in all").arg(text::title(*table.measure), m_donut->figure()));
    m_model->setTable(std::move(table));
}

namespace {

constexpr double rowHeight = 24;
constexpr double swatchRoom = 18;
constexpr double columnGap = 16;

std::ptrdiff_t rowsOf(const BreakdownTable& table)
{
    return std::ranges::count_if(table.rows, [](const auto& row) { return row.figure > Count(0); });
}

/// The list beside the donut: names, figures and shares, each column as wide as it needs.
class TypeList {
public:
    TypeList(const BreakdownTable& table, const Theme& theme)
        : m_table(table), m_theme(theme), m_metrics(chartFont(&theme))
    {
        for (const BreakdownRow& row : m_table.rows) {
            m_name = std::max(m_name, m_metrics.horizontalAdvance(row.name));
            m_figure = std::max(m_figure, m_metrics.horizontalAdvance(figure(row)));
            m_share = std::max(m_share, m_metrics.horizontalAdvance(share(row)));
        }
    }
    double width() const { return swatchRoom + m_name + m_figure + m_share + 2 * columnGap + 2; }

    void paint(QPainter& painter, const BreakdownRow& row, const QRectF& line) const
    {
        painter.fillRect(QRectF(line.left(), line.center().y() - 5, 10, 10), row.colour);
        painter.setPen(m_theme.text);
        painter.setFont(chartFont(&m_theme));
        const QRectF figures = line.adjusted(0, 0, -m_share - columnGap, 0);
        const QRectF names = line.adjusted(swatchRoom, 0, line.left() - figures.right() + m_figure, 0);
        const double room = figures.right() - m_figure - columnGap - line.left() - swatchRoom;
        painter.drawText(figures, Qt::AlignVCenter | Qt::AlignRight, figure(row));
        painter.drawText(names, Qt::AlignVCenter | Qt::TextSingleLine,
                         m_metrics.elidedText(row.name, Qt::ElideMiddle, room + 1));
        painter.setPen(m_theme.dim);
        painter.drawText(line, Qt::AlignVCenter | Qt::AlignRight, share(row));
    }

private:
    QString figure(const BreakdownRow& row) const { return text::brief(row.figure, *m_table.measure); }
    QString share(const BreakdownRow& row) const { return text::share(row.figure, m_table.total); }

    const BreakdownTable& m_table;
    const Theme& m_theme;
    QFontMetricsF m_metrics;
    double m_name = 0;
    double m_figure = 0;
    double m_share = 0;
};

} // namespace

double typesHeight(const Session& session, const QFont&, double width)
{
    const Lens& lens = session.lens();
    const auto rows = rowsOf(breakdownTable(session.run(), Grouping::Role, lens.measure(), lens.theme()));
    return std::max(0.42 * width, static_cast<double>(rows) * rowHeight);
}

void paintTypes(const Session& session, QPainter& painter, const QRectF& area)
{
    const Lens& lens = session.lens();
    const Theme& theme = lens.theme();
    const BreakdownTable table = breakdownTable(session.run(), Grouping::Role, lens.measure(), theme);
    const TypeList list(table, theme);
    const double side =
        std::min({area.height(), 0.42 * area.width(), std::max(80.0, area.width() - list.width() - 24)});
    QGraphicsScene scene;
    auto* chart = new DonutChart;
    scene.addItem(chart);
    chart->resize(side, side);
    chart->show(table, theme);
    chart->layout()->activate();
    painter.setRenderHint(QPainter::Antialiasing);
    scene.render(&painter, QRectF(area.left(), area.center().y() - side / 2, side, side), chart->geometry());

    const auto shown =
        std::min<std::ptrdiff_t>(rowsOf(table), static_cast<std::ptrdiff_t>(area.height() / rowHeight));
    QRectF line(area.left() + side + 24, area.center().y() - static_cast<double>(shown) * rowHeight / 2,
                std::min(420.0, area.width() - side - 24), rowHeight);
    for (std::ptrdiff_t i = 0; i < shown; ++i, line.translate(0, rowHeight))
        list.paint(painter, table.rows[static_cast<std::size_t>(i)], line);
}

} // namespace sunflop
