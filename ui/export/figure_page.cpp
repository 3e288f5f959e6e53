// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/figure_page.h"

#include "core/exporters/tables/table.h"
#include "ui/export/snapshot.h"
#include "ui/export/table_text.h"
#include "ui/fonts.h"
#include "ui/notes.h"
#include "ui/text.h"
#include "ui/widgets/wrapped_text.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <memory>

namespace sunflop {

namespace {

constexpr double pointsPerMillimetre = 72 / 25.4;
/// Views are painted in pixels at this size of their font, and scaled as a whole.
constexpr int referencePixels = 13;
/// Free ground along the edges, so that no line is cut in half; a page has its own margins.
constexpr double margin = 2;
constexpr double captionGap = 8;
/// Height of a view that leaves it open.
constexpr double usualProportion = 0.62;

/// A session of its own, in its own colours.
struct ShownSession {
    explicit ShownSession(const Theme& colours) : theme(colours) { session.lens().setTheme(theme); }

    Theme theme;
    Session session;
};

} // namespace

Figure figureOf(const Session& session, const View& view)
{
    const auto content = [&session, &view](const Theme& theme, const FigureParts& parts) {
        const auto shown = std::make_shared<ShownSession>(theme);
        shown->session.lens().setFigureParts(parts);
        showSame(shown->session, session);
        PageContent page{.paint = [shown, &view](QPainter& painter, const QRectF& area) {
            view.paint(shown->session, painter, area);
        }};
        if (view.height != nullptr)
            page.height = [shown, &view](const QFont& font, double width) {
                return view.height(shown->session, font, width);
            };
        page.title = titleOf(view.title() + QStringLiteral(", ") + text::from(session.run().source.name),
                             session.run());
        page.caption = text::from(tableCaption(session.run()));
        return page;
    };
    Figure figure{.id = text::from(view.id), .title = view.title(), .content = content};
    figure.hasSunburst = view.place == View::Place::Chart;
    if (view.place == View::Place::Tree)
        figure.cells = [&session] { return tableCells(session); };
    return figure;
}

FigurePage::FigurePage(const Figure& figure, const FigureStyle& style)
    : m_style(style), m_theme(style.theme()),
      m_content(figure.content(m_theme, {.hasTitle = style.hasTitle,
                                         .hasLegend = style.hasLegend,
                                         .hasStraightLabels = style.hasStraightLabels}))
{}

QFont FigurePage::font() const
{
    QFont font = bundledFont(referencePixels);
    font.setFamilies({m_theme.fontFamily});
    return font;
}

double FigurePage::scale() const
{
    return m_style.points() / referencePixels;
}

double FigurePage::widthUnits() const
{
    return m_style.width() * pointsPerMillimetre / scale();
}

QSizeF FigurePage::millimetres() const
{
    if (m_style.height() > 0)
        return {m_style.width(), m_style.height()};
    const double width = widthUnits() - 2 * margin;
    const double content = m_content.height ? m_content.height(font(), width) : usualProportion * width;
    const double units = content + 2 * margin + captionHeight();
    return {m_style.width(), units * scale() / pointsPerMillimetre};
}

QString FigurePage::caption() const
{
    return QCoreApplication::translate("figurePage", "%1. Sunflop %2.")
        .arg(m_content.caption, QStringLiteral(SUNFLOP_VERSION));
}

QStringList FigurePage::captionLines() const
{
    return wrapped(caption(), font(), widthUnits() - 2 * margin);
}

double FigurePage::captionHeight() const
{
    if (!m_style.hasCaption)
        return 0;
    return captionGap +
           static_cast<double>(captionLines().size()) * std::ceil(QFontMetricsF(font()).height());
}

void FigurePage::paintCaption(QPainter& painter, const QRectF& area) const
{
    const double line = std::ceil(QFontMetricsF(font()).height());
    painter.setFont(font());
    painter.setPen(m_theme.dim);
    QRectF row(area.left(), area.top() + captionGap, area.width(), line);
    for (const QString& words : captionLines()) {
        painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, words);
        row.translate(0, line);
    }
}

void FigurePage::paint(QPainter& painter, const QRectF& area) const
{
    painter.save();
    painter.translate(area.topLeft());
    const double factor = area.width() / widthUnits();
    painter.scale(factor, factor);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    const QRectF content =
        QRectF(0, 0, widthUnits(), area.height() / factor).adjusted(margin, margin, -margin, -margin);
    const double caption = captionHeight();
    painter.setFont(font());
    m_content.paint(painter, content.adjusted(0, 0, 0, -caption));
    if (m_style.hasCaption)
        paintCaption(painter, content.adjusted(0, content.height() - caption, 0, 0));
    painter.restore();
}

} // namespace sunflop
