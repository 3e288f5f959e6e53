// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sunburst/hover_card.h"

#include "ui/text.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>

namespace sunflop {

namespace {

constexpr std::size_t mostGathered = 6;

QString tr(const char* words)
{
    return QCoreApplication::translate("sunburst", words);
}

bool isMain(const Measure& measure)
{
    static constexpr std::array<std::string_view, 5> ids{"params", "macs", "flops", "peak_bytes",
                                                         "nanoseconds"};
    return std::ranges::find(ids, measure.id) != ids.end();
}

/// How many equal modules a slice stands for, and what each of them has.
QString instancesNote(const SunburstPainter& picture, int index)
{
    const Slice& slice = picture.layout().slice(index);
    const CostNode& costs = picture.subject().run->costs.nodes[static_cast<std::size_t>(slice.last)];
    const std::int64_t instances = costs.instances / slice.copies;
    if (slice.kind != Slice::Kind::Module || instances < 2)
        return {};
    const Measure& measure = *picture.subject().measure;
    return tr("%1 instances, %2 each")
        .arg(QString::number(instances), text::brief(measure.of(costs.each), measure));
}

void addMeasures(const SunburstPainter& picture, int slice, HoverCard& card)
{
    const Measure& active = *picture.subject().measure;
    const Costs& model = picture.subject().run->costs.root().total;
    for (const Measure& measure : measures()) {
        const bool isActive = measure.id == active.id;
        if (!isMain(measure) && !isActive)
            continue;
        const Count value = picture.text().value(slice, measure);
        card.rows +=
            {text::shortTitle(measure), text::brief(value, measure), text::share(value, measure.of(model)),
             text::share(value, picture.text().parentValue(slice, measure)), isActive};
    }
}

void addGathered(const SunburstPainter& picture, int slice, HoverCard& card)
{
    const Run& run = *picture.subject().run;
    const Measure& measure = *picture.subject().measure;
    const std::int64_t copies = picture.layout().slice(slice).copies;
    const auto total = [&](std::int32_t node) {
        return divided(measure.of(run.costs.nodes[static_cast<std::size_t>(node)].total), copies);
    };
    const auto gathered = picture.layout().gatheredIn(slice);
    std::vector<std::int32_t> nodes(gathered.begin(), gathered.end());
    const std::size_t shown = std::min(mostGathered, nodes.size());
    std::ranges::partial_sort(nodes, nodes.begin() + static_cast<std::ptrdiff_t>(shown),
                              std::ranges::greater(), total);
    const Count parent = picture.text().parentValue(slice, measure);
    for (std::size_t i = 0; i < shown; ++i)
        card.rows += {text::name(run, nodes[i]), text::brief(total(nodes[i]), measure),
                      text::share(total(nodes[i]), measure.of(run.costs.root().total)),
                      text::share(total(nodes[i]), parent)};
    if (nodes.size() > shown)
        card.more = tr("and %1 more").arg(nodes.size() - shown);
}

/// Sizes of a card's parts.
class CardPainter {
public:
    CardPainter(QPainter& painter, const HoverCard& card, const Theme& theme, const QFont& font)
        : m_painter(painter), m_card(card), m_theme(theme), m_font(font), m_bold(font),
          m_small(scaled(font, 12.0 / 13)), m_metrics(font, painter.device()),
          m_unit(unitOf(font, painter.device())), m_line(std::round(m_metrics.height() * 1.3))
    {
        m_bold.setWeight(QFont::DemiBold);
    }

    QSizeF size(double widest) const
    {
        const double columns = titleWidth() + 3 * m_columnWidth * m_unit;
        const double head = width(m_bold, m_card.title) + width(m_small, m_card.className) + 20 * m_unit;
        const double wanted =
            std::max({columns, head, width(m_small, m_card.path), width(m_small, m_card.note)});
        const double lines = 2.4 + static_cast<double>(m_card.rows.size()) +
                             (m_card.rows.isEmpty() ? 0 : 0.9) + (m_card.note.isEmpty() ? 0 : 1) +
                             (m_card.more.isEmpty() ? 0 : 1);
        return {std::min(widest, std::max(columns, std::min(wanted, columns * 1.35)) + 2 * padding()),
                lines * m_line + 1.4 * padding()};
    }

    void paint(const QRectF& box)
    {
        paintGround(box);
        const QRectF inside = box.adjusted(padding(), 0.7 * padding(), -padding(), -0.7 * padding());
        double y = inside.top();
        const double nameWidth = std::min(width(m_bold, m_card.title), 0.62 * inside.width());
        write(m_card.title, {inside.left(), y, nameWidth, m_line}, m_bold, m_theme.text, Qt::AlignLeft);
        const double left = inside.left() + nameWidth + 12 * m_unit;
        write(m_card.className, {left, y, inside.right() - left, m_line}, m_small, m_theme.dim,
              Qt::AlignRight);
        y += m_line;
        write(m_card.path, {inside.left(), y, inside.width(), m_line}, m_small, m_theme.faint, Qt::AlignLeft);
        y += m_line;
        if (!m_card.note.isEmpty()) {
            write(m_card.note, {inside.left(), y, inside.width(), m_line}, m_small, m_theme.dim,
                  Qt::AlignLeft);
            y += m_line;
        }
        m_painter.fillRect(QRectF(inside.left(), y + 0.2 * m_line, inside.width(), m_unit), m_theme.border);
        y += 0.4 * m_line;
        if (!m_card.rows.isEmpty())
            paintRows({inside.left(), y, inside.width(), 0});
    }

private:
    double padding() const { return 12 * m_unit; }
    double width(const QFont& font, const QString& words) const
    {
        return QFontMetricsF(font, m_painter.device()).horizontalAdvance(words) + m_unit;
    }
    double titleWidth() const
    {
        double widest = 70 * m_unit;
        for (const HoverCard::Row& row : m_card.rows)
            widest = std::max(widest, std::min(width(m_bold, row.title), 130 * m_unit));
        return widest;
    }

    void write(const QString& words, const QRectF& box, const QFont& font, const QColor& ink,
               Qt::Alignment alignment)
    {
        m_painter.setFont(font);
        m_painter.setPen(ink);
        const QFontMetricsF metrics(font, m_painter.device());
        m_painter.drawText(box, alignment | Qt::AlignVCenter,
                           metrics.elidedText(words, Qt::ElideMiddle, box.width()));
    }

    void paintGround(const QRectF& box)
    {
        m_painter.setRenderHint(QPainter::Antialiasing);
        m_painter.setPen(Qt::NoPen);
        QColor shadow = Qt::black;
        shadow.setAlphaF(m_theme.isDark ? 0.10F : 0.035F);
        m_painter.setBrush(shadow);
        for (int spread = 1; spread <= 4; ++spread) {
            const double s = spread * m_unit;
            m_painter.drawRoundedRect(box.adjusted(-s, -s + 2 * m_unit, s, s + 2 * m_unit), 9 * m_unit + s,
                                      9 * m_unit + s);
        }
        m_painter.setPen(QPen(m_theme.border, m_unit));
        m_painter.setBrush(m_theme.isDark ? m_theme.panelAlternate : m_theme.panel);
        m_painter.drawRoundedRect(box, 8 * m_unit, 8 * m_unit);
    }

    void paintRows(QRectF line)
    {
        line.setHeight(0.9 * m_line);
        const auto cells = [&](const HoverCard::Row& row, const QFont& font, const QColor& ink,
                               const QColor& titleInk) {
            const double column = m_columnWidth * m_unit;
            const double right = line.right();
            write(row.title, {line.left(), line.top(), line.width() - 3 * column, line.height()}, font,
                  titleInk, Qt::AlignLeft);
            int i = 3;
            for (const QString* cell : {&row.value, &row.ofModel, &row.ofParent})
                write(*cell, {right - i-- * column, line.top(), column, line.height()}, font, ink,
                      Qt::AlignRight);
        };
        cells({QString(), QString(), tr("of model"), tr("of parent")}, m_small, m_theme.faint, m_theme.faint);
        line.translate(0, line.height());
        line.setHeight(m_line);
        for (const HoverCard::Row& row : m_card.rows) {
            cells(row, row.isActive ? m_bold : m_font, m_theme.text,
                  row.isActive ? m_theme.text : m_theme.dim);
            line.translate(0, m_line);
        }
        write(m_card.more, line, m_small, m_theme.faint, Qt::AlignLeft);
    }

    static constexpr double m_columnWidth = 68;

    QPainter& m_painter;
    const HoverCard& m_card;
    const Theme& m_theme;
    QFont m_font;
    QFont m_bold;
    QFont m_small;
    QFontMetricsF m_metrics;
    double m_unit;
    double m_line;
};

} // namespace

HoverCard cardOf(const SunburstPainter& picture, int slice)
{
    HoverCard card;
    card.title = picture.text().name(slice);
    card.className = picture.text().className(slice);
    card.path = picture.text().path(slice);
    card.note = instancesNote(picture, slice);
    if (picture.layout().slice(slice).kind == Slice::Kind::Rest)
        addGathered(picture, slice, card);
    else
        addMeasures(picture, slice, card);
    return card;
}

void paintCard(QPainter& painter, const HoverCard& card, const Theme& theme, const QFont& font,
               QPointF pointer, const QRectF& bounds)
{
    CardPainter words(painter, card, theme, font);
    const double unit = unitOf(font, painter.device());
    const QRectF room = bounds.adjusted(6 * unit, 6 * unit, -6 * unit, -6 * unit);
    QRectF box(pointer + QPointF(16, 16) * unit, words.size(room.width()));
    if (box.right() > room.right())
        box.moveRight(std::max(room.left() + box.width(), pointer.x() - 12 * unit));
    if (box.bottom() > room.bottom())
        box.moveBottom(std::max(room.top() + box.height(), pointer.y() - 12 * unit));
    words.paint(box);
}

} // namespace sunflop
