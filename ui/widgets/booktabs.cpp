// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/booktabs.h"

#include "ui/export/svg_hints.h"
#include "ui/theme.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace sunflop {

namespace {

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
class BooktabsPainter {
public:
    BooktabsPainter(const Booktabs& table, const Theme& theme, QPainter& painter, const QRectF& area)
        : m_table(table), m_theme(theme), m_painter(painter), m_area(area), m_font(painter.font()),
          m_metrics(m_font, painter.device()), m_boldMetrics(boldOf(m_font), painter.device()),
          m_shown(table.lines.size()), m_line(lineOf(m_metrics)), m_gap(m_metrics.height() * 1.1)
    {
        cutLines();
        chooseColumns();
    }

    void paint()
    {
        double y = m_area.top();
        rule(y, 1.6);
        paintHead(m_table.heads, y);
        y += m_line;
        rule(y, 0.8);
        for (std::size_t i = 0; i < m_shown; ++i) {
            paintLine(m_table.lines[i], y, i > 0);
            y += m_line;
        }
        if (m_shown < m_table.lines.size()) {
            paintRest(y);
            y += m_line;
        }
        rule(y, 1.6);
    }

private:
    static constexpr double indent = 0.9;
    static constexpr double widestName = 0.45; ///< of the table, while there are columns to leave out

    /// Keeps as many lines as fit between head and, if some are missing, the line that says so.
    void cutLines()
    {
        const auto room = static_cast<std::size_t>(std::max(2.0, std::floor(m_area.height() / m_line) - 1));
        if (m_shown > room)
            m_shown = room - 1;
    }

    double indentOf(const Booktabs::Line& line) const { return line.depth * indent * m_metrics.height(); }

    void chooseColumns()
    {
        for (int column = 0; column < m_table.heads.size(); ++column) {
            m_widths.push_back(column > 0 ? measuredWidth(column) : 0);
            if (column > 0)
                m_columns << column;
        }
        double nameWidth = m_boldMetrics.horizontalAdvance(m_table.heads.front());
        for (std::size_t i = 0; i < m_shown; ++i)
            nameWidth = std::max(nameWidth, indentOf(m_table.lines[i]) +
                                                m_metrics.horizontalAdvance(m_table.lines[i].cells.front()));
        nameWidth = std::min(nameWidth, m_area.width() * widestName);
        for (const int column : m_table.dispensable)
            if (figuresWidth() + nameWidth > m_area.width())
                m_columns.removeAll(column);
        // Eyes lose their line across wide gaps: room to spare goes to every column.
        const double spare = std::max(0.0, m_area.width() - figuresWidth() - nameWidth);
        for (const int column : m_columns)
            m_widths[static_cast<std::size_t>(column)] += spare / static_cast<double>(m_columns.size() + 1);
    }

    /// What the widest cell of a column takes.
    double measuredWidth(int column) const
    {
        double widest = m_boldMetrics.horizontalAdvance(m_table.heads[column]);
        for (std::size_t i = 0; i < m_shown; ++i)
            widest = std::max(widest, m_metrics.horizontalAdvance(m_table.lines[i].cells.value(column)));
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
        m_painter.setPen(QPen(m_theme.text, thickness * m_metrics.height() / 18));
        m_painter.drawLine(QPointF(m_area.left(), y), QPointF(m_area.right(), y));
    }

    /// Figures from the right, then the name in what is left.
    void cells(double y, double left, const QStringList& texts, const QStringList& notes,
               const QFontMetricsF& metrics, bool isQuiet = false)
    {
        m_painter.setPen(m_theme.text);
        double right = m_area.right();
        for (auto column = m_columns.crbegin(); column != m_columns.crend(); ++column) {
            const double width = m_widths[static_cast<std::size_t>(*column)];
            const TextKeepsRightEnd keeper(m_painter);
            m_painter.drawText(QRectF(right - width, y, width, m_line), Qt::AlignRight | Qt::AlignVCenter,
                               texts.value(*column));
            right -= width;
        }
        const QRectF room(left, y, std::max(0.0, right - left), m_line);
        const QFont font = m_painter.font();
        QFont slanted = font;
        slanted.setItalic(isQuiet || font.italic());
        m_painter.setFont(slanted);
        m_painter.drawText(room, Qt::AlignLeft | Qt::AlignVCenter,
                           metrics.elidedText(texts.front(), Qt::ElideMiddle, room.width()));
        m_painter.setFont(font);
        double used = metrics.horizontalAdvance(texts.front());
        m_painter.setPen(m_theme.dim);
        for (const QString& note : notes) {
            used += m_gap / 2;
            const double width = metrics.horizontalAdvance(note);
            if (used + width > room.width())
                return;
            m_painter.drawText(room.adjusted(used, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, note);
            used += width;
        }
    }

    void paintHead(const QStringList& texts, double y)
    {
        m_painter.setFont(boldOf(m_font));
        cells(y, m_area.left(), texts, {}, m_boldMetrics);
        m_painter.setFont(m_font);
    }

    void paintLine(const Booktabs::Line& line, double y, bool isBelowAnother)
    {
        if (!line.isSection)
            return cells(y, m_area.left() + indentOf(line), line.cells, line.notes, m_metrics, line.isQuiet);
        if (isBelowAnother)
            rule(y, 0.8);
        paintSection(line, y);
    }

    /// It may take the room of the columns.
    void paintSection(const Booktabs::Line& line, double y)
    {
        m_painter.setFont(boldOf(m_font));
        m_painter.setPen(m_theme.text);
        m_painter.drawText(QRectF(m_area.left(), y, m_area.width(), m_line), Qt::AlignLeft | Qt::AlignVCenter,
                           m_boldMetrics.elidedText(line.cells.front(), Qt::ElideRight, m_area.width()));
        m_painter.setFont(m_font);
    }

    void paintRest(double y)
    {
        m_painter.setPen(m_theme.dim);
        m_painter.drawText(
            QRectF(m_area.left(), y, m_area.width(), m_line), Qt::AlignLeft | Qt::AlignVCenter,
            QCoreApplication::translate("TableFigure", "%1 more rows").arg(m_table.lines.size() - m_shown));
    }

    const Booktabs& m_table;
    const Theme& m_theme;
    QPainter& m_painter;
    QRectF m_area;
    QFont m_font;
    QFontMetricsF m_metrics;
    QFontMetricsF m_boldMetrics;
    std::size_t m_shown; ///< lines that fit
    double m_line;
    double m_gap;
    QList<int> m_columns;         ///< of figures
    std::vector<double> m_widths; ///< by column; the names have what is left
};

} // namespace

double booktabsLine(const QFont& font)
{
    return lineOf(QFontMetricsF(font));
}

double booktabsHeight(const Booktabs& table, const QFont& font)
{
    return (static_cast<double>(table.lines.size()) + 1) * booktabsLine(font) + 0.5;
}

void paintBooktabs(const Booktabs& table, const Theme& theme, QPainter& painter, const QRectF& area)
{
    painter.save();
    BooktabsPainter(table, theme, painter, area).paint();
    painter.restore();
}

} // namespace sunflop
