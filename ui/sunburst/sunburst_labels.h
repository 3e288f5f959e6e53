// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Text in slices: where it goes, and how much of it.

#include "ui/export/svg_hints.h"
#include "ui/sunburst/sunburst_layout.h"

#include <QFont>
#include <QFontMetricsF>
#include <QHash>
#include <QString>
#include <QStringList>

#include <optional>
#include <vector>

class QPaintDevice;
class QPainter;

namespace sunflop {

/// A text ready to be painted: upright pieces, each turned about the left end of its base line. Along an
/// arc a piece is one character.
struct Label {
    struct Piece {
        QPointF at;
        double degrees = 0; ///< clockwise
        QString text;
    };
    std::optional<CircleLine> circle; ///< the base line of all pieces together
    std::vector<Piece> pieces;
    Arc space; ///< where in the slice the text stands

    bool isEmpty() const { return pieces.empty(); }
    QString text() const;
    void paint(QPainter& painter) const;
};

/// Places labels of one font. Along the arc where a text fits, upright in the lower half; else along the
/// radius or the arc, whichever shows more, elided to three characters or more; else none. Straight labels
/// are level or upright where they fit (readers of documents take such text whole), else across the middle of
/// the slice, else along the radius.
class LabelPlacer {
public:
    LabelPlacer(const QFont& font, const QPaintDevice* device, double unit, bool isStraight = false);

    /// `texts` from the best to the shortest.
    Label place(const QStringList& texts, const Arc& arc, QPointF centre);

private:
    double width(const QString& text);
    QString elided(const QString& text, double room);
    Label alongArc(const QString& text, const Arc& arc, QPointF centre);
    Label alongRadius(const QString& text, const Arc& arc, QPointF centre);
    Label placeStraight(const QStringList& texts, const Arc& arc, QPointF centre);
    std::optional<Label> across(const QString& text, const Arc& arc, double turns, QPointF centre);
    std::optional<Label> upright(const QString& text, const Arc& arc, QPointF centre);
    std::optional<Label> level(const QString& text, const Arc& arc, QPointF centre);

    QFontMetricsF m_metrics;
    QHash<QString, double> m_widths; ///< of texts and single characters; measuring is the dearest part
    double m_unit;
    bool m_isStraight;
};

/// The font in another size, whether it is given in points or pixels.
QFont scaled(QFont font, double factor);

} // namespace sunflop
