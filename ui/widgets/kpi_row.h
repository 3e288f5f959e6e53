// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The key figures of the run, above the views.

#include "core/base/count.h"

#include <QAbstractButton>

#include <vector>

namespace sunflop {

struct Measure;
class Session;

/// One figure with its change against the baseline. A card of a measure is checkable: it shows whether that
/// is the lens's. A double click copies every digit.
class KpiCard : public QAbstractButton {
    Q_OBJECT
public:
    KpiCard(const Session& session, const QString& title, QWidget* parent = nullptr);

    struct Figure {
        QString brief;
        QString exact;       ///< with its unit
        QString change;      ///< against the baseline; empty: none
        bool isMore = false; ///< than the baseline
    };
    /// `meaning` is a sentence that says what is counted, and lines that follow from it.
    void show(const Figure& figure, const QString& meaning);
    const Figure& figure() const { return m_figure; }

    /// Largest font in which figure and change stand side by side; the smallest one where none does.
    int fittingPixels() const;
    void setFigurePixels(int pixels);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;

private:
    int margin() const;
    int chipWidth() const;

    const Session& m_session;
    Figure m_figure;
    int m_figurePixels = 22;
};

/// Parameters, forward MACs and FLOPs, weights, KV cache and peak memory. A click on a card makes its measure
/// the lens's. Figures of all cards have one size.
class KpiRow : public QWidget {
    Q_OBJECT
public:
    explicit KpiRow(Session& session, QWidget* parent = nullptr);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void fit();
    void showFigures();
    void showMeasure();
    QString meaningOf(const Measure& measure) const;

    struct MeasureCard {
        const Measure* measure;
        KpiCard* card;
    };

    Session& m_session;
    std::vector<MeasureCard> m_cards;
};

} // namespace sunflop
