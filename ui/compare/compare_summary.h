// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The two models in seven lines: what each has in all, and how B compares with A.

#include "ui/compare/compare_session.h"

#include <QFrame>

#include <vector>

class QGridLayout;
class QLabel;

namespace sunflop {

class CompareSummary : public QFrame {
    Q_OBJECT
public:
    explicit CompareSummary(CompareSession& session, QWidget* parent = nullptr);

    /// What both run with, and what the areas of the circles mean.
    QString sentence() const;
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
