// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The way from the model to the selected module.

#include <QWidget>

#include <cstdint>
#include <vector>

class QLabel;
class QMenu;
class QToolButton;

namespace sunflop {

class Session;

/// A click on a segment zooms to it. Where there is no room for all, those in the middle go into a menu, and
/// at last the model: the selected module is named in full as long as its name fits.
class Breadcrumb : public QWidget {
    Q_OBJECT
public:
    explicit Breadcrumb(Session& session, QWidget* parent = nullptr);

    /// Pixels in which the selected module is named in full, behind the menu of what leads to it.
    int selectedWidth() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    struct Segment {
        QToolButton* button;
        QLabel* separator; ///< behind it; null at the end
        QString name;
    };

    void rebuild();
    void arrange();
    /// With its name in full.
    int widthOf(const Segment& segment) const;
    /// Index of the first segment behind those in the menu; 1 if all are shown.
    std::size_t shownAgainFrom() const;
    bool hasRoomForModel(std::size_t shownFrom) const;
    /// Of the menu with its separator.
    int moreWidth() const;
    int roomFor(std::size_t segment, int x) const;
    QToolButton* makeButton(const QString& text, bool isLast);

    Session& m_session;
    QToolButton* m_more;
    QLabel* m_moreSeparator;
    QMenu* m_menu;
    std::vector<Segment> m_segments;
    std::vector<std::int32_t> m_nodes;
};

} // namespace sunflop
