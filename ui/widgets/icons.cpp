// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/icons.h"

#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPixmap>
#include <QSvgRenderer>

namespace sunflop {

namespace {

/// Draws one of two coloured versions of a file at whatever size is asked for.
class LineIcon : public QIconEngine {
public:
    LineIcon(const QByteArray& enabled, const QByteArray& disabled) : m_enabled(enabled), m_disabled(disabled)
    {}

    QIconEngine* clone() const override { return new LineIcon(m_enabled, m_disabled); }

    void paint(QPainter* painter, const QRect& area, QIcon::Mode mode, QIcon::State) override
    {
        QSvgRenderer renderer(mode == QIcon::Disabled ? m_disabled : m_enabled);
        renderer.setAspectRatioMode(Qt::KeepAspectRatio);
        renderer.render(painter, area);
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return pixmap;
    }

private:
    QByteArray m_enabled;
    QByteArray m_disabled;
};

} // namespace

QIcon icon(QLatin1String name, const QColor& ink, const Theme& theme)
{
    QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
    const bool isThere = file.open(QIODevice::ReadOnly);
    Q_ASSERT(isThere);
    const QByteArray drawing = file.readAll();
    // The one colour that the files are drawn in.
    const auto drawnIn = [&](const QColor& colour) {
        return QByteArray(drawing).replace("#808a98", colour.name().toLatin1());
    };
    return QIcon(new LineIcon(drawnIn(ink), drawnIn(mix(theme.faint, theme.panel, 0.5))));
}

QIcon icon(QLatin1String name, const Theme& theme)
{
    return icon(name, theme.text, theme);
}

} // namespace sunflop
