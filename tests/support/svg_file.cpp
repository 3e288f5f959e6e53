// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/svg_file.h"

#include <QRegularExpression>
#include <QXmlStreamReader>

namespace sunflop::test {

namespace {

QRectF boundsOf(const QString& data)
{
    static const QRegularExpression point(QStringLiteral("(-?[0-9.]+),(-?[0-9.]+)"));
    QRectF bounds;
    bool isFirst = true;
    for (auto match = point.globalMatch(data); match.hasNext();) {
        const auto pair = match.next();
        const QPointF p(pair.captured(1).toDouble(), pair.captured(2).toDouble());
        if (std::exchange(isFirst, false))
            bounds = QRectF(p, p);
        bounds.setLeft(std::min(bounds.left(), p.x()));
        bounds.setRight(std::max(bounds.right(), p.x()));
        bounds.setTop(std::min(bounds.top(), p.y()));
        bounds.setBottom(std::max(bounds.bottom(), p.y()));
    }
    return bounds;
}

SvgAttributes attributesOf(const QXmlStreamReader& xml)
{
    SvgAttributes attributes;
    for (const QXmlStreamAttribute& attribute : xml.attributes())
        attributes.insert(attribute.qualifiedName().toString(), attribute.value().toString());
    return attributes;
}

SvgPath pathOf(const SvgAttributes& attributes)
{
    const QString data = attributes.value(QStringLiteral("d"));
    QString clip = attributes.value(QStringLiteral("clip-path"));
    clip = clip.mid(5, clip.size() - 6); // "url(#" and ")"
    return {data, attributes.value(QStringLiteral("fill")), attributes.value(QStringLiteral("stroke")), clip,
            boundsOf(data)};
}

} // namespace

SvgFile::SvgFile(const QByteArray& bytes)
{
    QXmlStreamReader xml(bytes);
    QStringList open;
    while (!xml.atEnd()) {
        const auto token = xml.readNext();
        if (token == QXmlStreamReader::EndElement)
            open.removeLast();
        if (token != QXmlStreamReader::StartElement)
            continue;
        const QString name = xml.name().toString();
        const SvgAttributes attributes = attributesOf(xml);
        const bool isAside = open.contains(QStringLiteral("switch"));
        const bool isPainted =
            !open.contains(QStringLiteral("defs")) && !open.contains(QStringLiteral("clipPath"));
        open += name;
        const auto read = [&] {
            open.removeLast();
            return xml.readElementText();
        };
        if (name == QLatin1String("svg"))
            root = attributes;
        else if (name == QLatin1String("title"))
            titles += read();
        else if (name == QLatin1String("textPath"))
            textPaths += read();
        else if (name == QLatin1String("text") && !isAside) {
            textAttributes += attributes;
            texts += read();
        } else if (name == QLatin1String("path") && isPainted)
            paths += pathOf(attributes);
        else if (name == QLatin1String("clipPath"))
            clips += attributes.value(QStringLiteral("id"));
        else if (name == QLatin1String("image"))
            ++images;
    }
    error = xml.errorString();
}

} // namespace sunflop::test
