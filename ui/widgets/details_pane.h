// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The card below the sunburst: everything that is known of the selected module.

#include "ui/session/session.h"

#include <QScrollArea>

#include <vector>

class QLabel;
class QLineEdit;
class QTableView;
class QVBoxLayout;

namespace sunflop {

class OperatorModel;

/// Its labels are made once and only change their texts, so that it keeps up with a slider.
class DetailsPane : public QScrollArea {
    Q_OBJECT
public:
    DetailsPane(Session& session, QWidget* parent);

    QSize minimumSizeHint() const override { return {260, 120}; }

protected:
    void showEvent(QShowEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    /// One measure: title, every digit, share of the model.
    struct FigureRow {
        const Measure* measure;
        QLabel* title;
        QLabel* figure;
        QLabel* share;
    };

    QLabel* addLabel(QVBoxLayout* layout, const QString& objectName, const char* tone);
    void addHeader(QVBoxLayout* layout);
    void addFigures(QVBoxLayout* layout);
    void addTable(QVBoxLayout* layout);
    void refresh();
    void refreshFigures(const Run& run, std::int32_t node);
    void refreshOperators(const Run& run, std::int32_t node);
    void refreshTable(std::int32_t node);

    Session& m_session;
    QLineEdit* m_path;
    QLabel* m_intensity;
    QLabel* m_device;
    QLabel* m_class;
    std::vector<FigureRow> m_figures;
    QLabel* m_attributes;
    QLabel* m_each;
    QLabel* m_children;
    QLabel* m_formula;
    QLabel* m_remarks;
    QLabel* m_tensors;
    QLabel* m_operatorsTitle;
    OperatorModel* m_operators;
    QTableView* m_table;
};

} // namespace sunflop
