// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/table_figure.h"

#include "ui/models/cost_tree_model.h"

#include <QCoreApplication>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace sunflop {

namespace {

struct Row {
    Instance shown;
    int depth = 0;
};

/// Open rows from the root down.
void collect(const CostTreeModel& model, Row row, std::vector<Row>& rows)
{
    rows.push_back(row);
    if (model.isOpen(row.shown))
        for (int child = 0; child < model.rows().childRows(row.shown.node); ++child)
            collect(model, {model.rows().child(row.shown, child), row.depth + 1}, rows);
}

QFont boldOf(QFont font)
{
    font.setWeight(QFont::DemiBold);
    return font;
}

double lineOf(const QFontMetricsF& metrics)
{
    return std::ceil(metrics.height() * 1.35);
}

/// Lays out and paints one table; lengths are multiples of the font's height.
class TablePainter {
public:
    TablePainter(const Session& session, QPainter& painter, const QRectF& area)
        : m_session(session), m_model(session), m_painter(painter), m_area(area), m_font(painter.font()),
          m_metrics(m_font, painter.device()), m_boldMetrics(boldOf(m_font), painter.device())
    {
        if (!m_model.rows().isEmpty())
            collect(m_model, {0, 0}, m_rows);
        m_line = lineOf(m_metrics);
        m_gap = m_metrics.height() * 1.1;
        cutRows();
        chooseColumns();
    }

    void paint()
    {
        double y = m_area.top();
        rule(y, 1.6);
        paintHead(y);
        y += m_line;
        rule(y, 0.8);
        for (const Row& row : m_rows) {
            paintRow(row, y);
            y += m_line;
        }
        if (m_cutRows > 0) {
            paintRest(y);
            y += m_line;
        }
        rule(y, 1.6);
    }

private:
    static constexpr double indent = 0.9;
    static constexpr double widestName = 0.45; ///< of the table, while there are columns to leave out

    /// Keeps as many rows as fit between head and, if some are missing, the line that says so.
    void cutRows()
    {
        const auto room = static_cast<std::size_t>(std::max(2.0, std::floor(m_area.height() / m_line) - 1));
        if (m_rows.size() <= room)
            return;
        m_cutRows = m_rows.size() - (room - 1);
        m_rows.resize(room - 1);
    }

    QString cell(Instance row, int column) const { return m_model.indexOf(row, column).data().toString(); }
    QString head(int column) const
    {
        return m_model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    }
    QString name(Instance row) const
    {
        const QModelIndex index = m_model.indexOf(row);
        const qlonglong repeat = index.data(CostTreeModel::RepeatRole).toLongLong();
        return repeat > 1 ? index.data().toString() + QStringLiteral("  ×") + QString::number(repeat)
                          : index.data().toString();
    }

    void chooseColumns()
    {
        m_columns = {CostTreeModel::ParamsColumn, CostTreeModel::MacsColumn, CostTreeModel::FlopsColumn,
                     CostTreeModel::ShareColumn};
        if (!m_columns.contains(m_model.activeColumn()))
            m_columns.insert(m_columns.size() - 1, m_model.activeColumn());
        for (const int column : m_columns)
            m_widths[static_cast<std::size_t>(column)] = measuredWidth(column);
        double nameWidth = m_boldMetrics.horizontalAdvance(head(CostTreeModel::ModuleColumn));
        for (const Row& row : m_rows)
            nameWidth = std::max(nameWidth, row.depth * indent * m_metrics.height() +
                                                m_metrics.horizontalAdvance(name(row.shown)));
        nameWidth = std::min(nameWidth, m_area.width() * widestName);
        for (const int column :
             {CostTreeModel::MacsColumn, CostTreeModel::ParamsColumn, CostTreeModel::FlopsColumn})
            if (column != m_model.activeColumn() && figuresWidth() + nameWidth > m_area.width())
                m_columns.removeAll(column);
        // Eyes lose their line across wide gaps: room to spare goes to every column.
        const double spare = std::max(0.0, m_area.width() - figuresWidth() - nameWidth);
        for (const int column : m_columns)
            m_widths[static_cast<std::size_t>(column)] += spare / static_cast<double>(m_columns.size() + 1);
    }

    /// What the widest cell of a column takes.
    double measuredWidth(int column) const
    {
        double widest = m_boldMetrics.horizontalAdvance(head(column));
        for (const Row& row : m_rows)
            widest = std::max(widest, m_metrics.horizontalAdvance(cell(row.shown, column)));
        return widest + m_gap;
    }

    double figuresWidth() const
    {
        double sum = 0;
        for (const int column : m_columns)
            sum += m_widths[static_cast<std::size_t>(column)];
        return sum;
    }

    void rule(double y, double thickness)
    {
        m_painter.setPen(QPen(m_session.lens().theme().text, thickness * m_metrics.height() / 18));
        m_painter.drawLine(QPointF(m_area.left(), y), QPointF(m_area.right(), y));
    }

    /// `text` of a column gives the figures, `module` stands in the first one from `left` on.
    template<typename Text>
    void line(double y, double left, const QString& module, Text text)
    {
        m_painter.setPen(m_session.lens().theme().text);
        double right = m_area.right();
        for (auto column = m_columns.crbegin(); column != m_columns.crend(); ++column) {
            const double columnWidth = m_widths[static_cast<std::size_t>(*column)];
            m_painter.drawText(QRectF(right - columnWidth, y, columnWidth, m_line),
                               Qt::AlignRight | Qt::AlignVCenter, text(*column));
            right -= columnWidth;
        }
        const QRectF room(left, y, std::max(0.0, right - left), m_line);
        m_painter.drawText(room, Qt::AlignLeft | Qt::AlignVCenter,
                           m_metrics.elidedText(module, Qt::ElideMiddle, room.width()));
    }

    void paintHead(double y)
    {
        m_painter.setFont(boldOf(m_font));
        line(y, m_area.left(), head(CostTreeModel::ModuleColumn),
             [this](int column) { return head(column); });
        m_painter.setFont(m_font);
    }

    void paintRow(const Row& row, double y)
    {
        line(y, m_area.left() + row.depth * indent * m_metrics.height(), name(row.shown),
             [&](int column) { return cell(row.shown, column); });
    }

    void paintRest(double y)
    {
        m_painter.setPen(m_session.lens().theme().dim);
        m_painter.drawText(QRectF(m_area.left(), y, m_area.width(), m_line), Qt::AlignLeft | Qt::AlignVCenter,
                           QCoreApplication::translate("TableFigure", "%1 more rows").arg(m_cutRows));
    }

    const Session& m_session;
    CostTreeModel m_model;
    QPainter& m_painter;
    QRectF m_area;
    QFont m_font;
    QFontMetricsF m_metrics;
    QFontMetricsF m_boldMetrics;
    std::vector<Row> m_rows;
    std::size_t m_cutRows = 0;
    std::array<double, CostTreeModel::columns> m_widths{};
    QList<int> m_columns;
    double m_line = 0;
    double m_gap = 0;
};

} // namespace

double tableHeight(const Session& session, const QFont& font, double)
{
    const CostTreeModel model(session);
    std::vector<Row> rows;
    if (!model.rows().isEmpty())
        collect(model, {0, 0}, rows);
    return (static_cast<double>(rows.size()) + 1) * lineOf(QFontMetricsF(font)) + 0.5;
}

void paintTable(const Session& session, QPainter& painter, const QRectF& area)
{
    painter.save();
    TablePainter(session, painter, area).paint();
    painter.restore();
}

} // namespace sunflop
