// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/icons.h"

#include <QFile>
#include <QIconEngine>
#include <QIconEnginePlugin>
#include <QPainter>
#include <QPixmap>
#include <QSvgRenderer>
#include <QtPlugin>

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

/// Requires that the file is there: all of them are compiled in.
QByteArray contents(const QString& path)
{
    QFile file(path);
    const bool isThere = file.open(QIODevice::ReadOnly);
    Q_ASSERT(isThere);
    return file.readAll();
}

} // namespace

/// Makes an icon of a file's name, as the style sheet does. Qt's own plugin for that is a package apart,
/// which a system with Qt's SVG library need not have.
class SvgIcons : public QIconEnginePlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "org.qt-project.Qt.QIconEngineFactoryInterface" FILE "icons.json")
public:
    QIconEngine* create(const QString& path) override
    {
        const QByteArray drawing = contents(path);
        return new LineIcon(drawing, drawing);
    }
};

QIcon icon(QLatin1String name, const QColor& ink, const Theme& theme)
{
    const QByteArray drawing = contents(QStringLiteral(":/icons/%1.svg").arg(name));
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

Q_IMPORT_PLUGIN(SvgIcons)

#include "icons.moc"
