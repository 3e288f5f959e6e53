// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/svg_text.h"

#include <QColor>
#include <QFontInfo>
#include <QTransform>

#include <cmath>
#include <numbers>

namespace sunflop {

QString svgNumber(double value)
{
    QString digits = QString::number(value, 'f', 3);
    while (digits.endsWith(QLatin1Char('0')))
        digits.chop(1);
    if (digits.endsWith(QLatin1Char('.')))
        digits.chop(1);
    return digits == QLatin1String("-0") ? QStringLiteral("0") : digits;
}

QString svgPoint(QPointF point)
{
    return svgNumber(point.x()) + QLatin1Char(',') + svgNumber(point.y());
}

QString svgPath(const QPainterPath& path)
{
    QString data;
    QPointF start;
    const auto add = [&data](char command, QPointF point) {
        if (command != ' ' && !data.isEmpty())
            data += QLatin1Char(' ');
        data += QLatin1Char(command) + svgPoint(point);
    };
    for (int i = 0; i < path.elementCount(); ++i) {
        const QPainterPath::Element element = path.elementAt(i);
        const bool isLast = i + 1 == path.elementCount() || path.elementAt(i + 1).isMoveTo();
        switch (element.type) {
        case QPainterPath::MoveToElement:
            start = element;
            add('M', element);
            break;
        case QPainterPath::LineToElement:
            if (!isLast || element != start)
                add('L', element);
            break;
        case QPainterPath::CurveToElement: add('C', element); break;
        case QPainterPath::CurveToDataElement: add(' ', element); break;
        }
        if (isLast && !element.isMoveTo() && element == start)
            data += QStringLiteral(" Z");
    }
    return data;
}

QString svgMatrix(const QTransform& t)
{
    QStringList numbers;
    for (const double number : {t.m11(), t.m12(), t.m21(), t.m22(), t.dx(), t.dy()})
        numbers += QString::number(number, 'g', 9);
    return QStringLiteral("matrix(%1)").arg(numbers.join(QLatin1Char(' ')));
}

QString svgCap(Qt::PenCapStyle cap)
{
    return cap == Qt::RoundCap    ? QStringLiteral("round")
           : cap == Qt::SquareCap ? QStringLiteral("square")
                                  : QStringLiteral("butt");
}

QString svgJoin(Qt::PenJoinStyle join)
{
    return join == Qt::RoundJoin   ? QStringLiteral("round")
           : join == Qt::BevelJoin ? QStringLiteral("bevel")
                                   : QStringLiteral("miter");
}

QString svgCircle(const CircleLine& line, const QTransform& toPage, double scale)
{
    const QPointF centre = toPage.map(line.centre);
    const double radius = line.radius * scale;
    const double direction = line.isClockwise ? 1 : -1;
    const double turned = std::atan2(toPage.m12(), toPage.m11());
    const auto at = [&](double turns) {
        const double angle = 2 * std::numbers::pi * (line.middleTurns + direction * turns) + turned;
        return svgPoint(centre + radius * QPointF(std::sin(angle), -std::cos(angle)));
    };
    const QString arc = QStringLiteral(" A%1 0 0,%2 ")
                            .arg(svgPoint({radius, radius}), QLatin1String(line.isClockwise ? "1" : "0"));
    return QLatin1Char('M') + at(-0.49) + arc + at(0) + arc + at(0.49);
}

QString svgColour(const QColor& colour)
{
    return colour.name(QColor::HexRgb);
}

QString xmlText(const QString& text)
{
    QString clean;
    clean.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text[i];
        if (c.isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate()) {
            clean += c;
            clean += text[++i];
        } else if (c.isSurrogate() || c.unicode() >= 0xFFFE) {
            clean += QChar::ReplacementCharacter;
        } else if (c == QLatin1Char('\t') || c == QLatin1Char('\n') || c == QLatin1Char('\r')) {
            clean += QLatin1Char(' ');
        } else {
            clean += c.unicode() < 0x20 ? QChar(QChar::ReplacementCharacter) : c;
        }
    }
    return clean;
}

QString svgFamilies(const QFont& font)
{
    const QString family = font.family();
    if (family == QLatin1String("Sunflop Sans"))
        return QStringLiteral("'Sunflop Sans', Inter, 'Noto Sans', 'Liberation Sans', Arial, 'DejaVu Sans', "
                              "sans-serif");
    if (family == QLatin1String("Sunflop Mono"))
        return QStringLiteral("'Sunflop Mono', 'Noto Sans Mono', 'DejaVu Sans Mono', monospace");
    const QFontInfo info(font);
    const char* generic = info.fixedPitch()                  ? "monospace"
                          : font.styleHint() == QFont::Serif ? "serif"
                          : info.styleHint() == QFont::Serif ? "serif"
                                                             : "sans-serif";
    QString name = xmlText(family);
    name.remove(QLatin1Char('\''));
    return QLatin1Char('\'') + name + QStringLiteral("', ") + QLatin1String(generic);
}

} // namespace sunflop
