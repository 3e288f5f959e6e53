// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/why_view.h"

#include "core/cost/reasons.h"
#include "ui/compare/comparison_text.h"
#include "ui/reasons_text.h"
#include "ui/text.h"

#include <QHeaderView>

#include <algorithm>

namespace sunflop {

namespace {

/// What one convention makes of the calls: a count, or that it has no rule.
QString cell(const Rule& rule, Count figure, const Measure& measure)
{
    return rule.isCounted ? text::brief(figure, measure) : WhyView::tr("no rule");
}

} // namespace

WhyView::WhyView(CompareSession& session, QWidget* parent) : QTreeWidget(parent), m_session(session)
{
    setAccessibleName(tr("Why the two conventions differ"));
    setRootIsDecorated(false);
    setUniformRowHeights(true);
    setFrameShape(NoFrame);
    setSelectionMode(SingleSelection);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setHeaderLabels({tr("What"), tr("Calls"), QStringLiteral("A"), QStringLiteral("B"),
                     QStringLiteral("Δ  B − A"), tr("Why")});
    for (int column = CallsColumn; column <= DeltaColumn; ++column)
        headerItem()->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
    header()->setStretchLastSection(true);
    connect(&session, &CompareSession::rowsChanged, this, &WhyView::refresh);
    connect(&session, &CompareSession::figuresChanged, this, &WhyView::refresh);
    connect(&session.lens(), &Lens::measureChanged, this, &WhyView::refresh);
    connect(&session.lens(), &Lens::themeChanged, this, &WhyView::refresh);
}

void WhyView::refresh()
{
    if (!isVisible())
        return;
    clear();
    if (!m_session.isOneTrace())
        return;
    const Run& a = m_session.run(Side::A);
    const Run& b = m_session.run(Side::B);
    const bool inMacs = m_session.lens().measure().id == "macs";
    const Measure& measure = measureNamed(inMacs ? "macs" : "flops");
    const Theme& theme = m_session.lens().theme();
    headerItem()->setText(AColumn, QStringLiteral("A  ") + text::from(a.convention->id));
    headerItem()->setText(BColumn, QStringLiteral("B  ") + text::from(b.convention->id));
    for (const Reason& reason : reasons(a.trace, *a.convention, *b.convention)) {
        const auto of = [&](const Work& work) { return inMacs ? work.macs : work.flops; };
        const ComparedFigure figure{of(reason.a), of(reason.b)};
        if (figure.a == figure.b)
            continue;
        const QString why = whySentence(*a.convention, *b.convention, reason);
        auto* item = new QTreeWidgetItem(this, {subjectTitle(reason.subject), text::exact(reason.calls),
                                                cell(reason.ruleA, figure.a, measure),
                                                cell(reason.ruleB, figure.b, measure),
                                                text::delta(figure, measure), why});
        item->setToolTip(SubjectColumn, operatorsText(reason));
        item->setToolTip(WhyColumn, why);
        item->setToolTip(DeltaColumn, text::exactDelta(figure, measure));
        item->setForeground(DeltaColumn, figure.b > figure.a ? theme.dearerInk : theme.cheaperInk);
        for (int column = CallsColumn; column <= DeltaColumn; ++column)
            item->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
    }
}

void WhyView::showEvent(QShowEvent* event)
{
    QTreeWidget::showEvent(event);
    refresh();
}

void WhyView::resizeEvent(QResizeEvent* event)
{
    QTreeWidget::resizeEvent(event);
    header()->resizeSection(SubjectColumn, 150);
    for (int column = CallsColumn; column <= DeltaColumn; ++column)
        header()->resizeSection(column, column == CallsColumn ? 80 : 110);
}

} // namespace sunflop
