// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One view as a page: what it shows, in a style, with a caption.

#include "ui/export/figure_style.h"
#include "ui/session/session.h"
#include "ui/views/view.h"

#include <QFont>
#include <QRectF>
#include <QSizeF>
#include <QString>

class QPainter;

namespace sunflop {

/// A figure with a session of its own, so that whoever looks at the original sees nothing of it.
class FigurePage {
public:
    /// Shows what `shown` shows now; it requires a model. The view has a painter.
    FigurePage(const Session& shown, const View& view, const FigureStyle& style);
    FigurePage(const FigurePage&) = delete;
    FigurePage& operator=(const FigurePage&) = delete;

    /// Of the page; the height follows from the content where the style leaves it open.
    QSizeF millimetres() const;
    /// Fills `area`, which has the page's proportions, whatever its unit.
    void paint(QPainter& painter, const QRectF& area) const;
    /// Model, convention, inputs that are set, and version.
    QString caption() const;
    const Theme& theme() const { return m_theme; }

private:
    QFont font() const;
    double scale() const; ///< points to one pixel at the reference font
    double widthUnits() const;
    QStringList captionLines() const;
    double captionHeight() const;
    void paintCaption(QPainter& painter, const QRectF& area) const;

    const View& m_view;
    FigureStyle m_style;
    Theme m_theme;
    Session m_session;
};

} // namespace sunflop
