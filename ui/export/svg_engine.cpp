// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/svg_engine.h"

#include "ui/export/document.h"
#include "ui/export/svg_clip.h"
#include "ui/export/svg_text.h"

#include <QBuffer>
#include <QImage>
#include <QPainter>
#include <QPixmap>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

namespace sunflop {

namespace {

/// Pens without a width are one pixel of a screen.
constexpr double thinnestPoints = 0.75;
constexpr double degreesPerRadian = 180 / std::numbers::pi;

/// What QPainter need not draw as a picture first.
constexpr QPaintEngine::PaintEngineFeatures features =
    QPaintEngine::PrimitiveTransform | QPaintEngine::PixmapTransform | QPaintEngine::LinearGradientFill |
    QPaintEngine::AlphaBlend | QPaintEngine::PainterPaths | QPaintEngine::Antialiasing |
    QPaintEngine::BrushStroke | QPaintEngine::ConstantOpacity;

QString s(const char* name)
{
    return QString::fromLatin1(name);
}

/// By how much a transform that keeps shapes enlarges them; nothing: it does not keep them, or mirrors.
std::optional<double> scaleOf(const QTransform& t)
{
    const double x = std::hypot(t.m11(), t.m12());
    const double y = std::hypot(t.m21(), t.m22());
    const double skew = t.m11() * t.m21() + t.m12() * t.m22();
    constexpr double tolerance = 1e-3;
    if (std::abs(x - y) > tolerance * x || std::abs(skew) > tolerance * x * x || t.determinant() <= 0)
        return std::nullopt;
    return std::sqrt(t.determinant());
}

QPainterPath outlineOf(const QRectF& rectangle)
{
    QPainterPath path;
    path.addRect(rectangle);
    return path;
}

} // namespace

SvgEngine::SvgEngine(const QSizeF& points, const QString& title)
    : QPaintEngine(features), m_page({}, points), m_xml(&m_bytes), m_clip(m_page)
{
    const auto millimetres = [](double length) { return svgNumber(millimetresOf(length)) + s("mm"); };
    m_xml.setAutoFormatting(true);
    m_xml.setAutoFormattingIndent(1);
    m_xml.writeStartDocument();
    m_xml.writeStartElement(s("svg"));
    m_xml.writeAttribute(s("xmlns"), s("http://www.w3.org/2000/svg"));
    m_xml.writeAttribute(s("xmlns:xlink"), s("http://www.w3.org/1999/xlink"));
    m_xml.writeAttribute(s("version"), s("1.1"));
    m_xml.writeAttribute(s("width"), millimetres(points.width()));
    m_xml.writeAttribute(s("height"), millimetres(points.height()));
    m_xml.writeAttribute(s("viewBox"), s("0 0 ") + svgNumber(points.width()) + QLatin1Char(' ') +
                                           svgNumber(points.height()));
    if (!title.isEmpty())
        m_xml.writeTextElement(s("title"), xmlText(title));
}

QByteArray SvgEngine::finish()
{
    m_xml.writeEndDocument();
    return m_bytes;
}

QString SvgEngine::nextId()
{
    return QStringLiteral("s%1").arg(++m_ids);
}

void SvgEngine::openPart(const QString& title)
{
    m_xml.writeStartElement(s("g"));
    m_xml.writeTextElement(s("title"), xmlText(title));
}

void SvgEngine::openTextOnCircle(const QPainter& painter, const QString& text, const CircleLine& line)
{
    const QTransform toPage = painter.transform();
    const double scale = scaleOf(toPage).value_or(1);
    const QString id = nextId();
    m_xml.writeStartElement(s("defs"));
    m_xml.writeStartElement(s("path"));
    m_xml.writeAttribute(s("id"), id);
    m_xml.writeAttribute(s("d"), svgCircle(line, toPage, scale));
    m_xml.writeEndElement();
    m_xml.writeEndElement();
    // A reader that does not claim all of SVG's text, as librsvg, takes the letters that follow.
    m_xml.writeStartElement(s("switch"));
    m_xml.writeStartElement(s("text"));
    m_xml.writeAttribute(s("requiredFeatures"), s("http://www.w3.org/TR/SVG11/feature#Text"));
    m_xml.writeAttribute(s("text-anchor"), s("middle"));
    writeFont(painter.font(), scale, painter.pen());
    m_xml.writeStartElement(s("textPath"));
    m_xml.writeAttribute(s("xlink:href"), QLatin1Char('#') + id);
    m_xml.writeAttribute(s("startOffset"), s("50%"));
    m_xml.writeCharacters(xmlText(text));
    m_xml.writeEndElement();
    m_xml.writeEndElement();
    m_xml.writeStartElement(s("g"));
}

void SvgEngine::closeTextOnCircle()
{
    m_xml.writeEndElement();
    m_xml.writeEndElement();
}

void SvgEngine::updateState(const QPaintEngineState& changed)
{
    // QPainter::restore() takes all clips back and sets those of before again.
    if (changed.state() & DirtyClipPath)
        clip(changed.clipPath(), changed.transform(), changed.clipOperation());
    if (changed.state() & DirtyClipRegion) {
        QPainterPath path;
        path.addRegion(changed.clipRegion());
        clip(path, changed.transform(), changed.clipOperation());
    }
}

void SvgEngine::clip(const QPainterPath& path, const QTransform& transform, Qt::ClipOperation operation)
{
    if (operation != Qt::IntersectClip) {
        m_clip = m_page;
        m_clipShapes.clear();
    }
    if (operation == Qt::NoClip)
        return;
    const QPainterPath shape = transform.map(path);
    const QRectF bounds = shape.boundingRect();
    // A path is the rectangle around it where it fills all of it.
    QPainterPath rest = outlineOf(bounds);
    const bool isRectangle = shape.elementCount() == 5 && transform.type() <= QTransform::TxScale &&
                             rest.toFillPolygon() == shape.toFillPolygon();
    if (isRectangle || bounds.isEmpty())
        m_clip = m_clip.intersected(bounds);
    else
        m_clipShapes.push_back(svgPath(shape));
}

QRectF SvgEngine::clipRectangle() const
{
    return state->isClipEnabled() ? m_clip : m_page;
}

QString SvgEngine::clipFor(const QRectF& extent)
{
    QString id;
    if (!state->isClipEnabled())
        return id;
    if (m_clip != m_page && !m_clip.contains(extent))
        id = clipId(svgPath(outlineOf(m_clip)), id);
    for (const QString& shape : m_clipShapes)
        id = clipId(shape, id);
    return id;
}

QString SvgEngine::clipId(const QString& outline, const QString& outside)
{
    QString& id = m_clipIds[outline + QLatin1Char('#') + outside];
    if (!id.isEmpty())
        return id;
    id = nextId();
    m_xml.writeStartElement(s("clipPath"));
    m_xml.writeAttribute(s("id"), id);
    writeClip(outside);
    m_xml.writeStartElement(s("path"));
    m_xml.writeAttribute(s("d"), outline);
    m_xml.writeEndElement();
    m_xml.writeEndElement();
    return id;
}

void SvgEngine::writeClip(const QString& id)
{
    if (!id.isEmpty())
        m_xml.writeAttribute(s("clip-path"), QStringLiteral("url(#%1)").arg(id));
}

void SvgEngine::writeOpacity(const QString& attribute, double opacity)
{
    if (opacity < 1)
        m_xml.writeAttribute(attribute, svgNumber(opacity));
}

void SvgEngine::drawPath(const QPainterPath& path)
{
    fill(state->transform().map(path), state->brush());
    stroke(path);
}

void SvgEngine::drawPolygon(const QPointF* points, int count, PolygonDrawMode mode)
{
    QPainterPath path;
    path.addPolygon(QPolygonF(QList<QPointF>(points, points + count)));
    path.setFillRule(mode == WindingMode ? Qt::WindingFill : Qt::OddEvenFill);
    if (mode != PolylineMode) {
        path.closeSubpath();
        fill(state->transform().map(path), state->brush());
    }
    stroke(path);
}

void SvgEngine::fill(const QPainterPath& onPage, const QBrush& brush)
{
    const QRectF room = clipRectangle();
    const bool isSeen = brush.style() != Qt::NoBrush && (brush.gradient() || brush.color().alpha() > 0);
    if (!isSeen || !room.intersects(onPage.controlPointRect()))
        return;
    const QPainterPath shape = room.contains(onPage.controlPointRect()) ? onPage : clippedArea(onPage, room);
    if (shape.isEmpty())
        return;
    const QString colour = brush.gradient() ? gradient(brush) : svgColour(brush.color());
    const QString clip = clipFor(shape.boundingRect());
    m_xml.writeStartElement(s("path"));
    m_xml.writeAttribute(s("d"), svgPath(shape));
    m_xml.writeAttribute(s("fill"), colour);
    writeOpacity(s("fill-opacity"),
                 brush.gradient() ? state->opacity() : brush.color().alphaF() * state->opacity());
    if (shape.fillRule() == Qt::OddEvenFill && shape.elementCount() > 5)
        m_xml.writeAttribute(s("fill-rule"), s("evenodd"));
    writeClip(clip);
    m_xml.writeEndElement();
}

QString SvgEngine::gradient(const QBrush& brush)
{
    const auto& linear = static_cast<const QLinearGradient&>(*brush.gradient());
    const QTransform toPage = brush.transform() * state->transform();
    const QPointF start = toPage.map(linear.start());
    const QPointF stop = toPage.map(linear.finalStop());
    const QString id = nextId();
    m_xml.writeStartElement(s("linearGradient"));
    m_xml.writeAttribute(s("id"), id);
    m_xml.writeAttribute(s("gradientUnits"), s("userSpaceOnUse"));
    for (const auto& [name, value] : {std::pair{"x1", start.x()}, std::pair{"y1", start.y()},
                                      std::pair{"x2", stop.x()}, std::pair{"y2", stop.y()}})
        m_xml.writeAttribute(s(name), svgNumber(value));
    for (const auto& [offset, colour] : linear.stops()) {
        m_xml.writeStartElement(s("stop"));
        m_xml.writeAttribute(s("offset"), svgNumber(offset));
        m_xml.writeAttribute(s("stop-color"), svgColour(colour));
        writeOpacity(s("stop-opacity"), colour.alphaF());
        m_xml.writeEndElement();
    }
    m_xml.writeEndElement();
    return QStringLiteral("url(#%1)").arg(id);
}

void SvgEngine::stroke(const QPainterPath& path)
{
    const QPen pen = state->pen();
    if (pen.style() == Qt::NoPen)
        return;
    const QTransform toPage = state->transform();
    const auto scale = scaleOf(toPage);
    if (!scale && !pen.isCosmetic()) {
        fill(toPage.map(QPainterPathStroker(pen).createStroke(path)), pen.brush());
        return;
    }
    const double width =
        pen.isCosmetic() ? std::max(1.0, pen.widthF()) * thinnestPoints : pen.widthF() * *scale;
    const QPainterPath onPage = toPage.map(path);
    const QRectF line = onPage.controlPointRect();
    const QRectF extent = line.adjusted(-width / 2, -width / 2, width / 2, width / 2);
    const QRectF room = clipRectangle();
    if (!room.intersects(extent))
        return;
    const QPainterPath shape = room.contains(line) ? onPage : clippedLine(onPage, room);
    if (shape.isEmpty())
        return;
    const QString clip = clipFor(extent);
    m_xml.writeStartElement(s("path"));
    m_xml.writeAttribute(s("d"), svgPath(shape));
    m_xml.writeAttribute(s("fill"), s("none"));
    writeStroke(pen, width);
    writeClip(clip);
    m_xml.writeEndElement();
}

void SvgEngine::writeStroke(const QPen& pen, double width)
{
    m_xml.writeAttribute(s("stroke"), svgColour(pen.color()));
    writeOpacity(s("stroke-opacity"), pen.color().alphaF() * state->opacity());
    m_xml.writeAttribute(s("stroke-width"), svgNumber(width));
    if (pen.capStyle() != Qt::FlatCap)
        m_xml.writeAttribute(s("stroke-linecap"), svgCap(pen.capStyle()));
    m_xml.writeAttribute(s("stroke-linejoin"), svgJoin(pen.joinStyle()));
    if (pen.style() == Qt::SolidLine)
        return;
    QStringList dashes;
    for (const double length : pen.dashPattern())
        dashes += svgNumber(length * width);
    m_xml.writeAttribute(s("stroke-dasharray"), dashes.join(QLatin1Char(',')));
    if (pen.dashOffset() != 0)
        m_xml.writeAttribute(s("stroke-dashoffset"), svgNumber(pen.dashOffset() * width));
}

void SvgEngine::writeFont(const QFont& font, double scale, const QPen& pen)
{
    const double pixels =
        font.pixelSize() > 0 ? font.pixelSize() : font.pointSizeF() * paintDevice()->logicalDpiY() / 72;
    m_xml.writeAttribute(s("font-family"), svgFamilies(font));
    m_xml.writeAttribute(s("font-size"), svgNumber(pixels * scale));
    if (font.weight() != QFont::Normal)
        m_xml.writeAttribute(s("font-weight"), QString::number(font.weight()));
    if (font.italic())
        m_xml.writeAttribute(s("font-style"), s("italic"));
    m_xml.writeAttribute(s("fill"), svgColour(pen.color()));
    writeOpacity(s("fill-opacity"), pen.color().alphaF() * state->opacity());
}

void SvgEngine::drawTextItem(const QPointF& at, const QTextItem& item)
{
    const QString text = xmlText(item.text());
    const QTransform toPage = state->transform();
    const QRectF box(at.x(), at.y() - item.ascent(), item.width(), item.ascent() + item.descent());
    const QRectF extent = toPage.mapRect(box);
    if (text.trimmed().isEmpty() || !clipRectangle().intersects(extent))
        return;
    const QString clip = clipFor(extent);
    if (!clip.isEmpty()) {
        m_xml.writeStartElement(s("g"));
        writeClip(clip);
    }
    const auto scale = scaleOf(toPage);
    const QPointF anchor = m_keepsRightEnds ? at + QPointF(item.width(), 0) : at;
    const QPointF place = scale ? toPage.map(anchor) : anchor;
    const double degrees = std::atan2(toPage.m12(), toPage.m11()) * degreesPerRadian;
    m_xml.writeStartElement(s("text"));
    m_xml.writeAttribute(s("x"), svgNumber(place.x()));
    m_xml.writeAttribute(s("y"), svgNumber(place.y()));
    if (m_keepsRightEnds)
        m_xml.writeAttribute(s("text-anchor"), s("end"));
    if (!scale)
        m_xml.writeAttribute(s("transform"), svgMatrix(toPage));
    else if (std::abs(degrees) > 1e-3)
        m_xml.writeAttribute(s("transform"),
                             QStringLiteral("rotate(%1 %2)").arg(svgNumber(degrees), svgPoint(place)));
    writeFont(item.font(), scale.value_or(1), state->pen());
    if (text.size() > 1) {
        m_xml.writeAttribute(s("textLength"), svgNumber(item.width() * scale.value_or(1)));
        m_xml.writeAttribute(s("lengthAdjust"), s("spacingAndGlyphs"));
    }
    if (text.simplified() != text)
        m_xml.writeAttribute(s("xml:space"), s("preserve"));
    m_xml.writeCharacters(text);
    m_xml.writeEndElement();
    if (!clip.isEmpty())
        m_xml.writeEndElement();
}

void SvgEngine::drawPixmap(const QRectF& area, const QPixmap& pixmap, const QRectF& source)
{
    drawImage(area, pixmap.toImage(), source, Qt::AutoColor);
}

void SvgEngine::drawImage(const QRectF& area, const QImage& image, const QRectF& source,
                          Qt::ImageConversionFlags)
{
    QBuffer png;
    png.open(QIODevice::WriteOnly);
    image.copy(source.toAlignedRect()).save(&png, "PNG");
    const QString clip = clipFor(state->transform().mapRect(area));
    m_xml.writeStartElement(s("g"));
    writeClip(clip);
    m_xml.writeStartElement(s("image"));
    for (const auto& [name, value] : {std::pair{"x", area.x()}, std::pair{"y", area.y()},
                                      std::pair{"width", area.width()}, std::pair{"height", area.height()}})
        m_xml.writeAttribute(s(name), svgNumber(value));
    m_xml.writeAttribute(s("preserveAspectRatio"), s("none"));
    m_xml.writeAttribute(s("transform"), svgMatrix(state->transform()));
    writeOpacity(s("opacity"), state->opacity());
    m_xml.writeAttribute(s("xlink:href"),
                         s("data:image/png;base64,") + QString::fromLatin1(png.data().toBase64()));
    m_xml.writeEndElement();
    m_xml.writeEndElement();
}

} // namespace sunflop
