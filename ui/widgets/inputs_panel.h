// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The left side of the window: the open model and its knobs.

#include "core/base/result.h"
#include "ui/widgets/row_frame.h"

#include <QFrame>

#include <memory>
#include <string_view>
#include <vector>

class QLabel;
class QPushButton;
class QScrollArea;
class QToolButton;
class QVBoxLayout;

namespace sunflop {

struct Input;
struct Model;
class FitGauge;
class Fitting;
class InputRow;
class Session;
class SizeRow;

/// Built from the inputs that the model offers; follows undo, and shows a refusal in the row that caused it.
class InputsPanel : public QFrame {
    Q_OBJECT
public:
    explicit InputsPanel(Session& session, QWidget* parent = nullptr);

    /// The row that sets an input; width and height of an image share one. Null if the model has no such
    /// input.
    RowFrame* row(std::string_view input) const;

    /// Returns when no largest value is searched for any more.
    void settle();

Q_SIGNALS:
    void sweepRequested(const QString& input);

protected:
    void changeEvent(QEvent* event) override;

private:
    void fitWidth();
    QWidget* makeHeader();
    QWidget* makeFooter();
    void showModel();
    void showSource();
    void rebuild();
    void addSection(QVBoxLayout* layout, const QString& title, const std::vector<const Input*>& inputs);
    QWidget* makeHeading(const QString& title);
    QWidget* makeFold(const QString& title);
    void showRows();
    void offerFit(RowFrame& row, const QString& input, FitEnd end = FitEnd::Largest);
    void addShapeRows(QVBoxLayout* layout, const Input& shape);
    RowFrame* addRow(const Input& input);
    RowFrame* addSizeRow(const Input& width, const Input& height);
    void showInputs();
    void showFigures();
    void refuse(const Error& error);
    void colourIcons();
    /// The setting, or the default, as text.
    QString setting(const Input& input) const;
    /// What an automatic input came to in the present run; empty if it says nothing.
    QString derived(const Input& input) const;
    QString sizeIsIdle() const;
    QString tokensLine() const;

    Session& m_session;
    Fitting* m_fitting;
    std::shared_ptr<const Model> m_model; ///< that the rows were built for
    QLabel* m_title;
    QLabel* m_kind;
    QPushButton* m_place;
    QScrollArea* m_scroll;
    QLabel* m_tokens = nullptr;
    FitGauge* m_gauge = nullptr;
    QToolButton* m_fold = nullptr;
    QPushButton* m_reset;
    QPushButton* m_pin;
    std::vector<InputRow*> m_rows;
    SizeRow* m_sizeRow = nullptr;
};

} // namespace sunflop
