// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Width and height of the images, in one box and one slider.

#include "core/model/input.h"
#include "ui/widgets/row_frame.h"

#include <QSize>

#include <optional>

class QAction;
class QLineEdit;
class QMenu;

namespace sunflop {

class ValueSlider;
struct Theme;

/// The box takes "448x672", "1344 × 896" or "448" for a square, and has a menu of common sizes; the slider
/// scales both sides and keeps the shape that was typed last.
class SizeRow : public RowFrame {
    Q_OBJECT
public:
    SizeRow(const Input& width, const Input& height, QWidget* parent = nullptr);

    /// Pixels; `idleReason` says why the size has no effect now, empty if it has.
    void show(QSize size, const QString& idleReason);
    /// Marks the row, until the next size is shown.
    void refuse(const QString& why);
    void colourIcon(const Theme& theme);

Q_SIGNALS:
    /// By the user. `isMoving` while the slider is held; moveEnded() follows.
    void changed(QSize size, bool isMoving);
    void moveEnded();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    std::optional<QSize> read(const QString& text, QString& why) const;
    void fillSizes(QMenu& menu);
    void showSizes();
    QSize scaled(qint64 longerSide) const;
    void commit();

    Input m_width;
    Input m_height;
    QSize m_shown;
    QSize m_shape; ///< whose aspect ratio the slider keeps
    QLineEdit* m_box;
    QAction* m_sizes;
    ValueSlider* m_slider;
};

} // namespace sunflop
