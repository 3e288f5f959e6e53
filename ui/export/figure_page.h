// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A figure as a page: what it shows, in a style, with a caption.

#include "ui/export/figure_style.h"
#include "ui/session/session.h"
#include "ui/views/view.h"

#include <QFont>
#include <QRectF>
#include <QSizeF>
#include <QString>

#include <functional>

class QPainter;

namespace sunflop {

/// What fills a page. It lives on values of its own: whoever looks at the original sees nothing of it.
struct PageContent {
    /// Fills an area, in the painter's font.
    std::function<void(QPainter& painter, const QRectF& area)> paint;
    /// The height that a width needs, so that nothing is cut; null: 0.62 of the width.
    std::function<double(const QFont& font, double width)> height;
    QString title;   ///< of the file
    QString caption; ///< models, conventions and inputs that are set
};

/// Something that can be put on a page. The sessions that it is of outlive it.
struct Figure {
    QString id;
    QString title;
    /// What the sessions show now, in colours and with parts; requires their models.
    std::function<PageContent(const Theme& theme, const FigureParts& parts)> content;
    /// What it says as text, cell by cell, heads first; null: it is no table.
    std::function<QList<QStringList>()> cells;
    bool hasSunburst = false; ///< so that straight labels and hatches mean something
};

/// A view with a painter.
Figure figureOf(const Session& session, const View& view);

class FigurePage {
public:
    FigurePage(const Figure& figure, const FigureStyle& style);

    /// Of the page; the height follows from the content where the style leaves it open.
    QSizeF millimetres() const;
    /// Fills `area`, which has the page's proportions, whatever its unit.
    void paint(QPainter& painter, const QRectF& area) const;
    /// What the content says of itself, and the version.
    QString caption() const;
    const QString& title() const { return m_content.title; }
    const Theme& theme() const { return m_theme; }

private:
    QFont font() const;
    double scale() const; ///< points to one pixel at the reference font
    double widthUnits() const;
    QStringList captionLines() const;
    double captionHeight() const;
    void paintCaption(QPainter& painter, const QRectF& area) const;

    FigureStyle m_style;
    Theme m_theme;
    PageContent m_content;
};

} // namespace sunflop
