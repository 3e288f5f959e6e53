// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/comparison_figure.h"

#include "ui/compare/compare_card.h"
#include "ui/compare/compare_summary.h"
#include "ui/compare/comparison_text.h"
#include "ui/export/svg_hints.h"
#include "ui/sunburst/sunburst_legend.h"
#include "ui/sunburst/sunburst_painter.h"
#include "ui/text.h"
#include "ui/widgets/wrapped_text.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>

namespace sunflop {

namespace {

QString tr(const char* words)
{
    return QCoreApplication::translate("comparisonFigure", words);
}

/// The colours of both circles, each once.
Legend legendOfBoth(const CompareSession& session)
{
    const Lens& lens = session.lens();
    Legend both;
    for (const Side side : {Side::A, Side::B}) {
        const Session& shown = session.session(side);
        Legend own = legendOf(shown.run(), lens.measure(), lens.theme(), lens.colourBy(),
                              shown.focus().root(), lens.rings(), branchColours(session, side));
        if (own.isScale)
            return own;
        for (Legend::Entry& entry : own.entries) {
            entry.share.clear(); // the two circles have each their own
            if (std::ranges::find(both.entries, entry.title, &Legend::Entry::title) == both.entries.end())
                both.entries.push_back(std::move(entry));
        }
    }
    return both;
}

/// One figure in one font: what stands in it, how high that is, and where it goes. Lengths are multiples of
/// the font's height.
class FigurePainter {
public:
    FigurePainter(const CompareSession& session, const std::vector<ShownRow>& rows, const QFont& font,
                  const QPaintDevice* device)
        : m_session(session), m_lens(session.lens()), m_theme(m_lens.theme()), m_font(font),
          m_small(scaled(font, 12.0 / 13)), m_device(device),
          m_line(std::ceil(QFontMetricsF(font).height() * 1.3)), m_gap(0.7 * m_line),
          m_table(comparisonTable(session, rows))
    {
        if (m_lens.figureParts().hasLegend)
            m_legend = legendOfBoth(session);
        for (const Side side : {Side::A, Side::B}) {
            const Session& shown = session.session(side);
            m_notes[index(side)] =
                sunburstNotes(shown.run(), m_lens.measure(), shown.focus().root()).mid(0, mostNotes);
        }
    }

    double height(double width) const
    {
        return aroundCircles(width) + circleRoom(width) + m_gap + booktabsHeight(m_table, m_font) +
               foot(width);
    }

    void paint(QPainter& painter, const QRectF& area)
    {
        const double needed = height(area.width());
        const bool isWide = area.width() > widestColumn * area.height() && needed > area.height();
        const QRectF left = isWide ? area.adjusted(0, 0, -tableShare * area.width() - m_gap, 0) : area;
        const double below =
            isWide ? foot(left.width()) : booktabsHeight(m_table, m_font) + m_gap + foot(left.width());
        // Circles give way to rows, down to a size that can be read.
        const double most = circleRoom(left.width());
        const double room = area.height() - aroundCircles(left.width()) - below;
        const double circle = std::clamp(room, std::min(0.6 * most, 0.35 * area.height()), most);
        double y = paintTitle(painter, left);
        y = paintSides(painter, {left.left(), y, left.width(), circle});
        y = paintLegendOf(painter, left, y);
        const QRectF table = isWide ? area.adjusted((1 - tableShare) * area.width(), 0, 0, 0)
                                    : QRectF(area.left(), y + m_gap, area.width(),
                                             area.bottom() - foot(area.width()) - y - m_gap);
        painter.setFont(m_font);
        paintBooktabs(m_table, m_theme, painter, table);
        const double end =
            isWide ? y : std::min(table.bottom(), table.top() + booktabsHeight(m_table, m_font));
        paintFoot(painter, {left.left(), end, left.width(), 0});
    }

private:
    static constexpr qsizetype mostNotes = 2;
    static constexpr double tableShare = 0.6;    ///< of the width, where the table stands at the right
    static constexpr double widestColumn = 1.25; ///< width to height, above which the table goes to the right

    static std::size_t index(Side side) { return static_cast<std::size_t>(side); }
    double titleHeight() const { return m_lens.figureParts().hasTitle ? 1.3 * m_line : 0; }
    double notesHeight() const
    {
        return static_cast<double>(std::max(m_notes[0].size(), m_notes[1].size())) * m_line;
    }
    double legendRoom(double width) const
    {
        return m_legend.entries.empty() ? 0 : legendHeight(m_legend, width, m_small, m_device) + 0.5 * m_line;
    }
    /// What the upper part needs besides the circles.
    double aroundCircles(double width) const
    {
        return titleHeight() + 1.2 * m_line + notesHeight() + legendRoom(width);
    }
    double circleRoom(double width) const { return (width - m_gap) / 2; }

    QStringList footLines(double width) const
    {
        return wrapped(tr("%1 B − A is what B has more than A, B / A how many times as much.")
                           .arg(summarySentence(m_session)),
                       m_small, width);
    }
    double foot(double width) const
    {
        return 0.4 * m_line + static_cast<double>(footLines(width).size()) * smallLine();
    }
    double smallLine() const { return std::ceil(QFontMetricsF(m_small).height() * 1.1); }
    QString elided(const QFont& font, const QString& words, double width) const
    {
        return QFontMetricsF(font, m_device).elidedText(words, Qt::ElideMiddle, width);
    }
    QString nameOf(Side side) const { return text::from(m_session.run(side).source.name); }

    QFont heading() const
    {
        QFont bold = m_font;
        bold.setWeight(QFont::DemiBold);
        return bold;
    }

    /// Returns where the next part begins, as the other parts do.
    double paintTitle(QPainter& painter, const QRectF& area)
    {
        if (titleHeight() > 0) {
            painter.setFont(heading());
            painter.setPen(m_theme.text);
            const QString words =
                tr("%1 ↔ %2: %3").arg(nameOf(Side::A), nameOf(Side::B), text::title(m_lens.measure()));
            painter.drawText(QRectF(area.left(), area.top(), area.width(), m_line),
                             Qt::AlignLeft | Qt::AlignVCenter, elided(heading(), words, area.width()));
        }
        return area.top() + titleHeight();
    }

    /// `area` has the height of the circles alone.
    double paintSides(QPainter& painter, const QRectF& area)
    {
        const double width = circleRoom(area.width());
        for (const Side side : {Side::A, Side::B}) {
            const double left = side == Side::A ? area.left() : area.right() - width;
            paintName(painter, side, {left, area.top(), width, m_line});
            const QRectF room(left, area.top() + 1.2 * m_line, width, area.height());
            paintCircle(painter, side, room);
            paintNotes(painter, side, {left, room.bottom(), width, m_line});
        }
        return area.bottom() + 1.2 * m_line + notesHeight();
    }

    /// The letter in its circle, the name, and where there is room the size of the run.
    void paintName(QPainter& painter, Side side, const QRectF& area)
    {
        const QRectF badge(area.left(), area.top(), m_line, m_line);
        painter.setPen(Qt::NoPen);
        painter.setBrush(side == Side::A ? m_theme.badgeA : m_theme.badgeB);
        painter.drawEllipse(badge.adjusted(1, 1, -1, -1));
        painter.setFont(scaled(heading(), 12.0 / 13));
        painter.setPen(inkOn(side == Side::A ? m_theme.badgeA : m_theme.badgeB));
        painter.drawText(badge, Qt::AlignCenter, side == Side::A ? QStringLiteral("A") : QStringLiteral("B"));
        const QRectF rest = area.adjusted(m_line + 0.3 * m_line, 0, 0, 0);
        const QString name = elided(heading(), nameOf(side), rest.width());
        painter.setFont(heading());
        painter.setPen(m_theme.text);
        painter.drawText(rest, Qt::AlignLeft | Qt::AlignVCenter, name);
        const QString size = text::sizeLine(m_session.run(side));
        const double used = QFontMetricsF(heading(), m_device).horizontalAdvance(name) + m_gap;
        if (used + QFontMetricsF(m_small, m_device).horizontalAdvance(size) > rest.width())
            return;
        painter.setFont(m_small);
        painter.setPen(m_theme.dim);
        painter.drawText(rest, Qt::AlignRight | Qt::AlignVCenter, size);
    }

    void paintCircle(QPainter& painter, Side side, const QRectF& room)
    {
        const Session& shown = m_session.session(side);
        const double share = radiusShare(m_session, side).share;
        const double diameter = share * std::min(room.width(), room.height());
        const QRectF circle(room.center() - QPointF(diameter, diameter) / 2, QSizeF(diameter, diameter));
        const SunburstPainter picture({.run = shown.sharedRun(),
                                       .measure = &m_lens.measure(),
                                       .root = shown.focus().root(),
                                       .rings = m_lens.rings(),
                                       .foldsRepeats = m_lens.foldsRepeats(),
                                       .branches = branchColours(m_session, side)},
                                      {.theme = &m_theme,
                                       .font = m_font,
                                       .colourBy = m_lens.colourBy(),
                                       .showsLabels = m_lens.showsLabels(),
                                       .hasStraightLabels = m_lens.figureParts().hasStraightLabels,
                                       .device = m_device},
                                      circle);
        const PartTitle title(painter, [&] {
            const std::string_view letter = side == Side::A ? "A" : "B";
            return QStringLiteral("%1  %2").arg(text::from(letter), nameOf(side));
        });
        picture.paint(painter);
    }

    void paintNotes(QPainter& painter, Side side, QRectF strip)
    {
        painter.setFont(m_small);
        painter.setPen(m_theme.dim);
        for (const QString& note : m_notes[index(side)]) {
            painter.drawText(strip, Qt::AlignCenter, elided(m_small, note, strip.width()));
            strip.translate(0, m_line);
        }
    }

    double paintLegendOf(QPainter& painter, const QRectF& area, double y)
    {
        const double room = legendRoom(area.width());
        if (room > 0)
            paintLegend(painter, m_legend, {area.left(), y + 0.5 * m_line, area.width(), room}, m_theme,
                        m_small);
        return y + room;
    }

    void paintFoot(QPainter& painter, const QRectF& area)
    {
        painter.setFont(m_small);
        painter.setPen(m_theme.dim);
        QRectF strip(area.left(), area.top() + 0.4 * m_line, area.width(), smallLine());
        for (const QString& words : footLines(area.width())) {
            painter.drawText(strip, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, words);
            strip.translate(0, smallLine());
        }
    }

    const CompareSession& m_session;
    const Lens& m_lens;
    const Theme& m_theme;
    QFont m_font;
    QFont m_small;
    const QPaintDevice* m_device; ///< null: the screen
    double m_line;
    double m_gap;
    Booktabs m_table;
    Legend m_legend;
    std::array<QStringList, 2> m_notes;
};

} // namespace

double comparisonFigureHeight(const CompareSession& session, const std::vector<ShownRow>& rows,
                              const QFont& font, double width)
{
    return FigurePainter(session, rows, font, nullptr).height(width);
}

void paintComparisonFigure(const CompareSession& session, const std::vector<ShownRow>& rows,
                           QPainter& painter, const QRectF& area)
{
    painter.save();
    FigurePainter(session, rows, painter.font(), painter.device()).paint(painter, area);
    painter.restore();
}

} // namespace sunflop
