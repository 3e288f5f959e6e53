// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The module table as a figure for papers: three rules, no boxes, no colour.

#include "ui/session/session.h"

class QFont;
class QPainter;
class QRectF;

namespace sunflop {

/// Paints the rows that the session's outline shows, in the painter's font. What does not fit goes by the
/// least important column and the last rows; the figure says how many.
void paintTable(const Session& session, QPainter& painter, const QRectF& area);
/// The height that all rows need.
double tableHeight(const Session& session, const QFont& font, double width);

} // namespace sunflop
