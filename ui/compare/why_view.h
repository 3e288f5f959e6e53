// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Why two conventions count one run differently: a table of operators with both rules.

#include "ui/compare/compare_session.h"

#include <QTreeWidget>

namespace sunflop {

/// Empty unless both sides are one model with one set of inputs. Made again when it is looked at.
class WhyView : public QTreeWidget {
    Q_OBJECT
public:
    explicit WhyView(CompareSession& session, QWidget* parent = nullptr);

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    enum Column { SubjectColumn, CallsColumn, AColumn, BColumn, DeltaColumn, WhyColumn };

    void refresh();

    CompareSession& m_session;
};

} // namespace sunflop
