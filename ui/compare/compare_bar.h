// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The bar of the Compare page: which two models, how their inputs and circles go together, what is measured.

#include "ui/compare/compare_session.h"

#include <QFrame>

class QBoxLayout;
class QCheckBox;
class QComboBox;
class QPushButton;
class QToolButton;

namespace sunflop {

class CompareBar : public QFrame {
    Q_OBJECT
public:
    explicit CompareBar(CompareSession& session, QWidget* parent = nullptr);

Q_SIGNALS:
    void leaveRequested();
    void inputsRequested();
    void browseRequested(Side side); ///< a file for one side
    void exportRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void addModels(QBoxLayout& row);
    QComboBox* modelBox(Side side);
    void fillModels(Side side);
    void pick(Side side, int index);
    void follow();
    void showModels();
    void showChoices();
    void colourIcons();

    CompareSession& m_session;
    QToolButton* m_leave;
    QToolButton* m_inputs;
    QToolButton* m_swap;
    QComboBox* m_models[2] = {nullptr, nullptr};
    QCheckBox* m_links;
    QCheckBox* m_scale;
    QWidget* m_measures;
    QPushButton* m_export;
};

} // namespace sunflop
