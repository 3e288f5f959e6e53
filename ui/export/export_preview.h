// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What will be exported, at true size.

#include <QImage>
#include <QScrollArea>
#include <QString>

class QLabel;

namespace sunflop {

/// A picture or the beginning of a text, to scroll in. Read out by its name.
class ExportPreview : public QScrollArea {
    Q_OBJECT
public:
    explicit ExportPreview(QWidget* parent = nullptr);

    /// `image` has the screen's resolution; `name` tells of its size.
    void showImage(const QImage& image, const QString& name);
    void showText(const QString& text);
    /// Dots to the inch at which an inch of paper is an inch here.
    double dotsPerInch() const;
    QImage image() const { return m_image; }

private:
    QLabel* m_label;
    QImage m_image;
};

} // namespace sunflop
