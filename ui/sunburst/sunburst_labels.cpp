// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sunburst/sunburst_labels.h"

#include <QPainter>

#include <algorithm>
#include <array>
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

/// The arc of a text of this size: `along` it and `across`, in pixels.
Arc spaceOf(double turns, double radius, double along, double across)
{
    const double span = along / (radiansPerTurn * radius);
    return {radius - across / 2, radius + across / 2, turns - span / 2, span};
}

/// Angle of a point seen from the origin, in turns from `start` on.
double turnsFrom(double start, QPointF point)
{
    const double turns = std::atan2(point.x(), -point.y()) / radiansPerTurn - start;
    return turns - std::floor(turns);
}

std::array<QPointF, 4> cornersOf(const QRectF& box)
{
    return {box.topLeft(), box.topRight(), box.bottomLeft(), box.bottomRight()};
}

/// Distance of the nearest point of a box from the origin.
double nearest(const QRectF& box)
{
    return std::hypot(std::clamp(0.0, box.left(), box.right()), std::clamp(0.0, box.top(), box.bottom()));
}

/// Whether a box lies in an arc around the origin, `margin` from its edges.
bool isInside(const QRectF& box, const Arc& arc, double margin)
{
    if (nearest(box) < arc.inner + margin)
        return false;
    for (const QPointF corner : cornersOf(box)) {
        const double radius = std::hypot(corner.x(), corner.y());
        const double edge = margin / (radiansPerTurn * radius);
        const double turns = turnsFrom(arc.start, corner);
        const bool isBetween = arc.isWholeRing() || (turns > edge && turns < arc.span - edge);
        if (radius > arc.outer - margin || !isBetween)
            return false;
    }
    return true;
}

/// The part of an arc that a box inside it touches.
Arc arcAround(const QRectF& box, const Arc& arc)
{
    Arc around{nearest(box), 0, 1, 0};
    double last = 0;
    for (const QPointF corner : cornersOf(box)) {
        around.outer = std::max(around.outer, std::hypot(corner.x(), corner.y()));
        around.start = std::min(around.start, turnsFrom(arc.start, corner));
        last = std::max(last, turnsFrom(arc.start, corner));
    }
    around.span = last - around.start;
    around.start += arc.start;
    return around;
}

/// Where a label stands first: furthest from both ends. A whole ring has none, and is labelled at its top.
double middleOf(const Arc& arc)
{
    return arc.isWholeRing() ? 0 : arc.middleTurns();
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

LabelPlacer::LabelPlacer(const QFont& font, const QPaintDevice* device, double unit, bool isStraight)
    : m_metrics(metricsOf(font, device)), m_unit(unit), m_isStraight(isStraight)
{}

Label LabelPlacer::place(const QStringList& texts, const Arc& arc, QPointF centre)
{
    if (m_isStraight)
        return placeStraight(texts, arc, centre);
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
    const double middle = middleOf(arc);
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
    label.space = spaceOf(middle, arc.middleRadius(), width(text), m_metrics.height());
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
    label.space = spaceOf(turns, arc.middleRadius(), m_metrics.height(), width(text));
    return label;
}

Label LabelPlacer::placeStraight(const QStringList& texts, const Arc& arc, QPointF centre)
{
    const double radiusRoom =
        arc.middleLength() > 1.05 * m_metrics.height() ? arc.outer - arc.inner - 7 * m_unit : 0;
    for (const QString& text : texts) {
        if (const auto label = level(text, arc, centre))
            return *label;
        if (const auto label = upright(text, arc, centre))
            return *label;
        if (const auto label = across(text, arc, middleOf(arc), centre))
            return *label;
        if (width(text) <= radiusRoom)
            return alongRadius(text, arc, centre);
    }
    // What a straight line through the middle of the slice has before it leaves the ring.
    const double top = arc.middleRadius() + m_metrics.capHeight() / 2 + 2 * m_unit;
    const double edge = arc.outer - 3.5 * m_unit;
    const double acrossRoom = edge > top ? 2 * std::sqrt(edge * edge - top * top) : 0;
    if (const QString text = elided(texts.back(), acrossRoom);
        acrossRoom > radiusRoom && text.size() >= fewestCharacters)
        if (const auto label = across(text, arc, middleOf(arc), centre))
            return *label;
    const QString text = elided(texts.back(), radiusRoom);
    return text.size() < fewestCharacters ? Label{} : alongRadius(text, arc, centre);
}

std::optional<Label> LabelPlacer::upright(const QString& text, const Arc& arc, QPointF centre)
{
    for (const double turns : {0.25, 0.75})
        if (const auto label = across(text, arc, turns, centre))
            return label;
    return std::nullopt;
}

std::optional<Label> LabelPlacer::across(const QString& text, const Arc& arc, double turns, QPointF centre)
{
    const bool isFlipped = isLowerHalf(turns);
    // The same slice turned so that the text is level at 12 o'clock.
    const Arc level{arc.inner, arc.outer, arc.start - turns, arc.span};
    QRectF box(0, 0, width(text), m_metrics.capHeight() + 4 * m_unit);
    box.moveCenter({0, -arc.middleRadius()});
    if (!isInside(box, level, 3 * m_unit))
        return std::nullopt;
    const double degrees = 360 * turns + (isFlipped ? 180 : 0);
    const QPointF along = onCircle(QPointF(), degrees / 360 + 0.25, 1);
    const QPointF down = onCircle(QPointF(), degrees / 360 + 0.5, 1);
    const QPointF middle = onCircle(centre, turns, arc.middleRadius());
    Label label{
        .pieces = {{middle - along * (width(text) / 2) + down * (m_metrics.capHeight() / 2), degrees, text}}};
    label.space = arcAround(box, level);
    label.space.start += turns;
    return label;
}

std::optional<Label> LabelPlacer::level(const QString& text, const Arc& arc, QPointF centre)
{
    // From the middle of the slice outwards, to both sides.
    for (const double offset : {0.0, -0.1, 0.1, -0.2, 0.2, -0.3, 0.3, -0.38, 0.38}) {
        const double turns = middleOf(arc) + offset * arc.span;
        const QSizeF size(width(text), m_metrics.capHeight() + 4 * m_unit);
        QRectF box(QPointF(), size);
        box.moveCenter(onCircle(QPointF(), turns, arc.middleRadius()));
        if (!isInside(box, arc, 3 * m_unit))
            continue;
        const QPointF corner = centre + box.bottomLeft() - QPointF(0, 2 * m_unit);
        Label label{.pieces = {{corner, 0, text}}};
        label.space = arcAround(box, arc);
        return label;
    }
    return std::nullopt;
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
