// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Paints a sunburst, the same on screen, into an image and into a document.

#include "ui/sunburst/sunburst_colours.h"
#include "ui/sunburst/sunburst_labels.h"
#include "ui/sunburst/sunburst_layout.h"
#include "ui/sunburst/sunburst_text.h"

#include <QFont>

#include <memory>
#include <vector>

class QPaintDevice;
class QPainter;

namespace sunflop {

/// How a sunburst looks. Everything scales with the font.
struct SunburstStyle {
    const Theme* theme = nullptr; ///< never null when used
    QFont font;                   ///< of the middle; labels are a little smaller
    ColourBy colourBy = ColourBy::Role;
    bool showsLabels = true;
    bool hasStraightLabels = false;
    const QPaintDevice* device = nullptr; ///< whose resolution the font is meant for; null: the screen
};

/// One picture of one run: geometry, colours and labels are found once, and painted as often as needed.
class SunburstPainter {
public:
    /// What is shown. The measure is an entry of measures().
    struct Subject {
        std::shared_ptr<const Run> run; ///< never null when used
        const Measure* measure = nullptr;
        std::int32_t root = 0;
        int rings = 8;
        bool foldsRepeats = true;
        BranchColours branches{};
    };

    SunburstPainter(Subject subject, SunburstStyle style, const QRectF& area);
    SunburstPainter(const SunburstPainter&) = delete;
    SunburstPainter& operator=(const SunburstPainter&) = delete;

    const Subject& subject() const { return m_subject; }
    const SunburstStyle& style() const { return m_style; }
    const SunburstLayout& layout() const { return m_layout; }
    const SunburstText& text() const { return m_text; }
    const Label& label(int slice) const { return m_labels[static_cast<std::size_t>(slice)]; }
    QColor fill(int slice) const { return m_fills[static_cast<std::size_t>(slice)]; }

    /// Slices and middle; dimmed ones recede into the ground. `dimmed` is empty or has one entry a slice.
    void paint(QPainter& painter, const std::vector<bool>& dimmed = {}) const;
    void paintSlice(QPainter& painter, int slice, bool isDimmed) const;
    void paintCentre(QPainter& painter) const;
    /// A line round a slice, inside it.
    void paintOutline(QPainter& painter, int slice, const QColor& colour, double width) const;

    /// How much a dimmed slice is ground.
    static constexpr double dimming = 0.42;

private:
    /// Of the value in the middle.
    struct CentreFont {
        QFont font;
        double height = 0;
        bool hasLines = true; ///< there is room for one above and one below
    };
    /// The largest in which the value fits.
    CentreFont centreFont(const QString& value, double room) const;
    void placeLabels();
    void paintHatch(QPainter& painter, int slice, const QColor& fill) const;
    void paintTicks(QPainter& painter, int slice, const QColor& fill) const;
    QColor ground() const { return m_style.theme->panel; }

    Subject m_subject;
    SunburstStyle m_style;
    QFont m_labelFont;
    SunburstLayout m_layout;
    SunburstText m_text;
    std::vector<QColor> m_fills;
    std::vector<Hatch> m_hatches;
    std::vector<Label> m_labels;
};

/// Pixels of `device` to one pixel at the reference size of 13 pixels.
double unitOf(const QFont& font, const QPaintDevice* device);

} // namespace sunflop
