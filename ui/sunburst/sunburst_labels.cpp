// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sunburst/sunburst_labels.h"

#include <QPainter>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sunflop {

namespace {

constexpr double radiansPerTurn = 2 * std::numbers::pi;
constexpr int fewestCharacters = 3;

QFontMetricsF metricsOf(const QFont& font, const QPaintDevice* device)
{
    return device == nullptr ? QFontMetricsF(font) : QFontMetricsF(font, device);
}

bool isLowerHalf(double turns)
{
    return turns > 0.27 && turns < 0.73;
}

} // namespace

QString Label::text() const
{
    QString text;
    for (const Piece& piece : pieces)
        text += piece.text;
    return text;
}

void Label::paint(QPainter& painter) const
{
    std::optional<TextOnCircle> hint;
    if (circle)
        hint.emplace(
            painter, [this] { return text(); }, *circle);
    const QTransform before = painter.transform();
    for (const Piece& piece : pieces) {
        painter.setTransform(QTransform().rotate(piece.degrees) *
                             QTransform::fromTranslate(piece.at.x(), piece.at.y()) * before);
        painter.drawText(QPointF(), piece.text);
    }
    painter.setTransform(before);
}

LabelPlacer::LabelPlacer(const QFont& font, const QPaintDevice* device, double unit)
    : m_metrics(metricsOf(font, device)), m_unit(unit)
{}

Label LabelPlacer::place(const QStringList& texts, const Arc& arc, QPointF centre)
{
    const double thickness = arc.outer - arc.inner;
    const double height = m_metrics.height();
    const bool fitsArc = thickness > 0.95 * height;
    const double arcRoom = fitsArc ? arc.middleLength() - 8 * m_unit : 0;
    const double radiusRoom = arc.middleLength() > 1.05 * height ? thickness - 7 * m_unit : 0;
    for (const QString& text : texts)
        if (width(text) <= arcRoom)
            return alongArc(text, arc, centre);
    for (const QString& text : texts)
        if (width(text) <= radiusRoom)
            return alongRadius(text, arc, centre);
    const QString text = elided(texts.back(), std::max(arcRoom, radiusRoom));
    if (text.size() < fewestCharacters)
        return {};
    return arcRoom > radiusRoom ? alongArc(text, arc, centre) : alongRadius(text, arc, centre);
}

double LabelPlacer::width(const QString& text)
{
    const auto known = m_widths.constFind(text);
    return known != m_widths.constEnd() ? *known : *m_widths.insert(text, m_metrics.horizontalAdvance(text));
}

QString LabelPlacer::elided(const QString& text, double room)
{
    return room <= 0 ? QString() : m_metrics.elidedText(text, Qt::ElideRight, room);
}

Label LabelPlacer::alongArc(const QString& text, const Arc& arc, QPointF centre)
{
    // A whole ring is labelled at its top.
    const double middle = arc.span > 0.99 ? 0 : arc.middleTurns();
    const bool isFlipped = isLowerHalf(middle);
    const double rise = m_metrics.capHeight() / 2;
    const double radius = arc.middleRadius() + (isFlipped ? rise : -rise);
    const double direction = isFlipped ? -1 : 1;
    Label label{.circle = CircleLine{centre, radius, middle, !isFlipped}};
    double at = -width(text) / 2;
    for (qsizetype i = 0; i < text.size();) {
        const qsizetype length = text[i].isHighSurrogate() && i + 1 < text.size() ? 2 : 1;
        const QString character = text.mid(i, length);
        const double turns = middle + direction * (at + width(character) / 2) / (radius * radiansPerTurn);
        const double degrees = 360 * turns + (isFlipped ? 180 : 0);
        // The base line touches the arc in the middle of the character.
        const double radians = degrees * radiansPerTurn / 360;
        const double half = width(character) / 2;
        const QPointF point = onCircle(centre, turns, radius);
        label.pieces.push_back(
            {point - QPointF(half * std::cos(radians), half * std::sin(radians)), degrees, character});
        at += width(character);
        i += length;
    }
    return label;
}

Label LabelPlacer::alongRadius(const QString& text, const Arc& arc, QPointF centre)
{
    const double turns = arc.middleTurns();
    const bool isFlipped = turns > 0.5;
    const double degrees = 360 * turns + (isFlipped ? 90 : -90);
    const double radians = degrees * radiansPerTurn / 360;
    const QPointF along(std::cos(radians), std::sin(radians));
    const QPointF down(-along.y(), along.x());
    const QPointF middle = onCircle(centre, turns, arc.middleRadius());
    Label label;
    label.pieces.push_back(
        {middle - along * (width(text) / 2) + down * (m_metrics.capHeight() / 2), degrees, text});
    return label;
}

QFont scaled(QFont font, double factor)
{
    if (font.pixelSize() > 0)
        font.setPixelSize(std::max(1, static_cast<int>(std::lround(font.pixelSize() * factor))));
    else
        font.setPointSizeF(font.pointSizeF() * factor);
    return font;
}

} // namespace sunflop
