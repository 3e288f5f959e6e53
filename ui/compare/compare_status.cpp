// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/compare_status.h"

#include "ui/text.h"

#include <QHBoxLayout>
#include <QLabel>

namespace sunflop {

AlignmentTally tallyOf(const CompareSession& session)
{
    AlignmentTally tally;
    const auto& rows = session.comparison().rows;
    const auto moduleOf = [&](Side side, std::int32_t node) -> const Module& {
        return session.run(side).trace.modules[static_cast<std::size_t>(node)];
    };
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const ComparedRow& row = rows[i];
        const ComparedRow& above = rows[static_cast<std::size_t>(row.parent)];
        tally.onlyInA += !row.isInB && above.isInB ? 1 : 0;
        tally.onlyInB += !row.isInA && above.isInA ? 1 : 0;
        if (row.a < 0 || row.b < 0)
            continue;
        const Module& a = moduleOf(Side::A, row.a);
        const Module& b = moduleOf(Side::B, row.b);
        ++tally.aligned;
        tally.byHand += row.match == Match::Hand ? 1 : 0;
        tally.renamed += (a.repeat == 1 || b.repeat == 1) && a.name != b.name ? 1 : 0;
    }
    return tally;
}

CompareStatus::CompareStatus(CompareSession& session, QWidget* parent)
    : QFrame(parent), m_session(session), m_tally(new QLabel), m_legend(new QLabel)
{
    setObjectName(QStringLiteral("statusLine"));
    setFixedHeight(30);
    m_tally->setProperty("tone", QStringLiteral("faint"));
    m_tally->setAccessibleName(tr("How the modules are aligned"));
    m_legend->setTextFormat(Qt::RichText);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(14, 0, 14, 0);
    row->addWidget(m_tally);
    row->addStretch();
    row->addWidget(m_legend);
    connect(&session, &CompareSession::rowsChanged, this, &CompareStatus::showTally);
    connect(&session.lens(), &Lens::themeChanged, this, &CompareStatus::showLegend);
    showTally();
    showLegend();
}

void CompareStatus::showTally()
{
    if (!m_session.isAligned()) {
        m_tally->clear();
        return;
    }
    const AlignmentTally tally = tallyOf(m_session);
    QStringList parts{tr("%1 modules aligned by path and role").arg(text::exact(tally.aligned))};
    const auto add = [&](int count, const QString& words) {
        if (count > 0)
            parts << words.arg(text::exact(count));
    };
    add(tally.byHand, tr("%1 by hand"));
    add(tally.onlyInA, tr("%1 only in A"));
    add(tally.onlyInB, tr("%1 only in B"));
    add(tally.renamed, tr("%1 renamed"));
    m_tally->setText(parts.join(QStringLiteral(" · ")));
}

void CompareStatus::showLegend()
{
    const Theme& theme = m_session.lens().theme();
    const auto words = [](const QColor& ink, const QString& text) {
        return QStringLiteral("<span style='color:%1'>%2</span>").arg(ink.name(), text);
    };
    m_legend->setText(QStringList{words(theme.cheaperInk, tr("blue, −: B is cheaper")),
                                  words(theme.dearerInk, tr("orange, +: B is dearer")),
                                  words(theme.faint, tr("grey: under 0.05 % of the total"))}
                          .join(QStringLiteral(" &nbsp; ")));
}

} // namespace sunflop
