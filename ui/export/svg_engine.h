// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The painting side of SvgDevice: every call of a QPainter becomes elements of the file.

#include "ui/export/svg_hints.h"

#include <QHash>
#include <QPaintEngine>
#include <QPainterPath>
#include <QXmlStreamWriter>

#include <vector>

namespace sunflop {

/// Writes in page coordinates, so that transforms are seen only on turned text. A clip that is a rectangle
/// cuts outlines themselves; <clipPath> cuts what is left of pens, and clips of other shapes.
class SvgEngine : public QPaintEngine {
public:
    SvgEngine(const QSizeF& points, const QString& title);

    QByteArray finish();
    void openPart(const QString& title);
    void openTextOnCircle(const QPainter& painter, const QString& text, const CircleLine& line);
    void closePart() { m_xml.writeEndElement(); }
    void closeTextOnCircle();
    void keepRightEnds(bool keeps) { m_keepsRightEnds = keeps; }

    bool begin(QPaintDevice*) override { return true; }
    bool end() override { return true; }
    Type type() const override { return User; }
    void updateState(const QPaintEngineState& state) override;
    void drawPath(const QPainterPath& path) override;
    void drawPolygon(const QPointF* points, int count, PolygonDrawMode mode) override;
    void drawTextItem(const QPointF& at, const QTextItem& item) override;
    void drawPixmap(const QRectF& area, const QPixmap& pixmap, const QRectF& source) override;
    void drawImage(const QRectF& area, const QImage& image, const QRectF& source,
                   Qt::ImageConversionFlags flags) override;
    using QPaintEngine::drawPolygon;

private:
    void clip(const QPainterPath& path, const QTransform& transform, Qt::ClipOperation operation);
    QRectF clipRectangle() const;
    /// The id of what clips something of this extent; empty: nothing does.
    QString clipFor(const QRectF& extent);
    QString clipId(const QString& outline, const QString& outside);
    void writeClip(const QString& id);
    QString gradient(const QBrush& brush);
    void fill(const QPainterPath& onPage, const QBrush& brush);
    void stroke(const QPainterPath& path);
    void writeStroke(const QPen& pen, double width);
    void writeFont(const QFont& font, double scale, const QPen& pen);
    void writeOpacity(const QString& attribute, double opacity);
    QString nextId();

    QRectF m_page;
    QByteArray m_bytes;
    QXmlStreamWriter m_xml;
    QRectF m_clip;                     ///< on the page, which clips everything
    std::vector<QString> m_clipShapes; ///< outlines on the page of other clips, all of which hold
    QHash<QString, QString> m_clipIds; ///< by outline and the clip that it is cut by itself
    int m_ids = 0;
    bool m_keepsRightEnds = false;
};

} // namespace sunflop
