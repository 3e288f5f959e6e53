// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What every row of the inputs panel has in common.

#include <QWidget>

#include <cstdint>

class QAction;
class QComboBox;
class QGridLayout;
class QHBoxLayout;
class QLabel;
class QToolButton;

namespace sunflop {

class ElidedLabel;

/// Which end of the values that fit a device is worth asking for: of devices the smallest.
enum class FitEnd : std::uint8_t { Largest, Smallest };

/// A label with a dot while the input is not at its default, an editor to its right, room for a slider below,
/// and a line for the reason why a value was refused. A double click on the label asks for the default; the
/// context menu also copies and sweeps.
class RowFrame : public QWidget {
    Q_OBJECT
public:
    explicit RowFrame(const QString& title, QWidget* parent = nullptr);

    QString title() const;
    bool isAtDefault() const;
    /// Shows the reason, until it is called with an empty one.
    void refuse(const QString& why);
    const QString& refusal() const { return m_refusal; }
    /// Adds a button that asks for the largest value that fits the device, or the smallest.
    void offerFit(FitEnd end);
    /// While that is searched for, the button waits.
    void setFitting(bool isFitting);

Q_SIGNALS:
    void resetRequested();
    void sweepRequested();
    void fitRequested();

protected:
    /// Puts the editor into the row; it gets the row's name. It is `width` wide, or as wide as its widest
    /// usual value, whichever is more: the label gives way, never a digit.
    void setEditor(QWidget* editor, int width);
    /// Room for this text in the editor, besides what it shows.
    void setWidestText(const QString& text);
    /// To be called where the editor shows another text.
    void fitEditor();
    void setSlider(QWidget* slider);
    void setAtDefault(bool isAtDefault);
    void setCopiedText(const QString& text) { m_copiedText = text; }
    void setResetText(const QString& text);
    /// For a combo in a scrolled panel: the wheel changes it only while it has the focus.
    void keepWheel(QComboBox* combo);

    bool event(QEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QGridLayout* m_grid;
    QHBoxLayout* m_line; ///< slider and what belongs to it
    ElidedLabel* m_label;
    QWidget* m_dot;
    QLabel* m_refusalLine;
    QAction* m_reset;
    QToolButton* m_fit = nullptr;
    QWidget* m_editor = nullptr;
    int m_editorWidth = 0;
    QString m_widestText;
    QString m_copiedText;
    QString m_refusal;
};

} // namespace sunflop
