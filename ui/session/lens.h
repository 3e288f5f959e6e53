// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How the user looks at the figures: which measure, which colours, how many rings, light or dark.

#include "core/cost/measure.h"
#include "ui/theme.h"

#include <QObject>
#include <QString>

namespace sunflop {

/// What the colour of a slice tells.
enum class ColourBy { Role, Branch, Depth, Intensity };

/// What a view paints besides its picture. A figure may leave out what its caption tells.
struct FigureParts {
    bool hasTitle = true;
    bool hasLegend = true;
    bool hasStraightLabels = false; ///< no text along arcs: every label is one piece that can be selected
};

/// Display state of one window. Nothing here changes a figure.
class Lens : public QObject {
    Q_OBJECT
public:
    explicit Lens(QObject* parent = nullptr);

    const Measure& measure() const { return *m_measure; }
    void setMeasure(const Measure& measure); ///< an entry of measures()

    ColourBy colourBy() const { return m_colourBy; }
    void setColourBy(ColourBy by);
    /// Equal layers as one row and one slice.
    bool foldsRepeats() const { return m_foldsRepeats; }
    void setFoldsRepeats(bool folds);
    bool showsLabels() const { return m_showsLabels; }
    void setShowsLabels(bool shows);
    static constexpr int mostRings = 8;
    int rings() const { return m_rings; } ///< 1..mostRings
    void setRings(int rings);
    /// Whether changes of the picture are shown as movement.
    bool animates() const { return m_animates; }
    void setAnimates(bool animates) { m_animates = animates; }
    /// Whether it is told how long a count took. Not in pictures, which must be the same every time.
    bool tellsTime() const { return m_tellsTime; }
    void setTellsTime(bool tells) { m_tellsTime = tells; }

    /// Id of the input on the x axis of the sweep; empty: the one that matters most for the model.
    const QString& sweptInput() const { return m_sweptInput; }
    void setSweptInput(const QString& input);

    const Theme& theme() const { return *m_theme; }
    void setTheme(const Theme& theme); ///< outlives the lens
    const FigureParts& figureParts() const { return m_figureParts; }
    void setFigureParts(const FigureParts& parts) { m_figureParts = parts; }

Q_SIGNALS:
    void measureChanged();
    void foldingChanged(); ///< before pictureChanged(), which tells of it too
    void pictureChanged(); ///< colours, folding, labels or rings
    void sweptInputChanged();
    void themeChanged();

private:
    const Measure* m_measure;
    const Theme* m_theme;
    QString m_sweptInput;
    FigureParts m_figureParts;
    ColourBy m_colourBy = ColourBy::Role;
    int m_rings = mostRings;
    bool m_foldsRepeats = true;
    bool m_showsLabels = true;
    bool m_animates = true;
    bool m_tellsTime = true;
};

} // namespace sunflop
