// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The two models in seven lines: what each has in all, and how B compares with A.

#include "ui/compare/compare_session.h"

#include <QFrame>

#include <array>
#include <string_view>
#include <vector>

class QGridLayout;
class QLabel;

namespace sunflop {

/// Ids of the measures that sum two models up.
inline constexpr std::array<std::string_view, 6> summaryMeasures{
    "params", "macs", "flops", "weight_bytes", "kv_cache_bytes", "peak_bytes"};

/// What both sides run with, and what the areas of the circles mean. Requires rows.
QString summarySentence(const CompareSession& session);

class CompareSummary : public QFrame {
    Q_OBJECT
public:
    explicit CompareSummary(CompareSession& session, QWidget* parent = nullptr);

    QSize sizeHint() const override { return {330, 400}; }

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Line {
        const Measure* measure; ///< null: FLOPs of a token
        QLabel* title;
        QLabel* a;
        QLabel* b;
        QLabel* ratio;
    };

    void addLine(QGridLayout& grid, const Measure* measure);
    void showFigures();
    void showSentence();

    CompareSession& m_session;
    std::vector<Line> m_lines;
    QLabel* m_title;
    QGridLayout* m_grid;
    QLabel* m_sentence;
};

} // namespace sunflop
