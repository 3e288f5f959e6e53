// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A table as papers print it: three rules, no boxes, no colour.

#include <QString>
#include <QStringList>

#include <vector>

class QFont;
class QPainter;
class QRectF;

namespace sunflop {

struct Theme;

/// Text in columns. The first column is names, aligned left; the others are figures, aligned right.
struct Booktabs {
    struct Line {
        QStringList cells;      ///< one per head; of a section only the first
        int depth = 0;          ///< by which the name is indented
        QStringList notes;      ///< behind the name, as many as there is room for
        bool isQuiet = false;   ///< no module: the name is slanted
        bool isSection = false; ///< a heading of the lines below it, with a rule above
    };

    QStringList heads;
    std::vector<Line> lines;
    QList<int> dispensable; ///< columns that go where names have no room, the first one first
};

/// Paints it in the painter's font. Names that do not fit are elided in the middle. Where lines do not fit,
/// the last one that does says how many are missing.
void paintBooktabs(const Booktabs& table, const Theme& theme, QPainter& painter, const QRectF& area);
/// The height that all lines need.
double booktabsHeight(const Booktabs& table, const QFont& font);
/// The height of one of them.
double booktabsLine(const QFont& font);

} // namespace sunflop
