// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The sunburst of the window: follows the session's figures, focus, lens and search, and steers the focus.

#include "ui/session/session.h"
#include "ui/sunburst/sunburst_painter.h"

#include <QPixmap>
#include <QPointF>
#include <QStringList>
#include <QWidget>

#include <memory>
#include <vector>

class QMenu;
class QVariantAnimation;

namespace sunflop {

/// A click selects, and puts what has children into the middle; with Ctrl it only selects. The middle, the
/// middle button and Backspace go up, the wheel changes how many rings there are. Geometry is computed once
/// for all changes between two paints; slices at rest are kept as a picture, so that hovering is cheap.
class SunburstWidget : public QWidget {
    Q_OBJECT
public:
    explicit SunburstWidget(Session& session, QWidget* parent = nullptr);
    ~SunburstWidget() override;

    /// What is shown, up to date; null without a model.
    const SunburstPainter* picture();
    const QStringList& notes(); ///< why something is not drawn

    /// Slice that the arrow keys start from; -1: the middle.
    int current();
    int hovered() const { return m_hovered; }
    bool isZooming() const;

    /// What a click does, and one with Ctrl.
    void activate(int slice);
    void select(int slice);
    bool canGoUp() const;
    void goUp();
    /// How large the circle is: 1 fills the widget. Two side by side are to scale by it.
    void setRadiusShare(double share);
    /// Other colours for the branches than their order gives them.
    void setBranchColours(BranchColours branches);
    /// One ring more or less than are drawn.
    void changeRings(int step);
    /// The menu over a slice, -1: over the middle; it deletes itself when it closes.
    QMenu* menuFor(int slice);
    /// Smallest rectangle round a slice, in this widget.
    QRect rectOf(int slice);

    QSize sizeHint() const override { return {520, 520}; }
    QSize minimumSizeHint() const override { return {180, 180}; }

Q_SIGNALS:
    /// Another number of rings is drawn.
    void ringsChanged(int rings);

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void follow();
    void forget();  ///< other modules: slices and nodes are new
    void outdate(); ///< everything is computed again before the next paint
    void redraw();  ///< the same slices in other colours
    void rootChanged();
    void selectedChanged(std::int32_t node);
    void rebuild();
    std::unique_ptr<SunburstPainter> makePicture();
    QRectF pictureArea() const;
    void startZoom(std::unique_ptr<SunburstPainter> before);
    void stopZoom();

    void paintStill();
    void paintHover(QPainter& painter);
    void paintMarks(QPainter& painter);
    void paintZoom(QPainter& painter);
    void paintNotes(QPainter& painter);
    std::vector<bool> dimmedBySearch() const;
    bool isRelated(int slice) const;
    bool isSelected(int slice) const;
    /// Row of the table that a slice stands for, with the number that the focus wants.
    Instance rowOf(int slice) const;
    /// What is most of an Own slice; nothing of others.
    std::optional<OwnKey> ownOf(int slice) const;

    void setHovered(int slice);
    void pick(QPointF at, Qt::KeyboardModifiers modifiers);
    void moveTo(int slice);
    int neighbour(int step);
    int firstChild() const;
    bool hasChildren(std::int32_t node) const;

    Session& m_session;
    std::unique_ptr<SunburstPainter> m_picture;
    std::unique_ptr<SunburstPainter> m_before; ///< while zooming: the picture that it starts from
    QVariantAnimation* m_zoom;
    QPixmap m_still; ///< the picture with nothing hovered
    QStringList m_notes;
    QPointF m_pressedAt;
    QPointF m_pointer;
    int m_hovered = -1;
    int m_current = -1;
    int m_entered = -1; ///< slice that the user zooms to; the zoom starts from this one of a run
    int m_through = -1; ///< slice of the wider picture that fills the narrower one
    double m_radiusShare = 1;
    BranchColours m_branches;
    int m_wheel = 0; ///< eighths of a degree not yet used up
    bool m_zoomsIn = false;
    bool m_isOutdated = true;
    bool m_isStillValid = false;
};

} // namespace sunflop
