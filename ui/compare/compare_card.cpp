// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/compare_card.h"

#include "ui/compare/compare_badge.h"
#include "ui/compare/comparison_text.h"
#include "ui/sunburst/sunburst_widget.h"
#include "ui/text.h"
#include "ui/widgets/convention_box.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace sunflop {

namespace {

/// In a narrower card the name needs the room of the size.
constexpr int roomyWidth = 430;

double shownTotal(const CompareSession& session, Side side)
{
    const Session& shown = session.session(side);
    const auto root = static_cast<std::size_t>(shown.focus().root());
    return static_cast<double>(shown.lens().measure().of(shown.run().costs.nodes[root].total).value());
}

} // namespace

RadiusShare radiusShare(const CompareSession& session, Side side)
{
    if (!session.isAligned() || !session.hasSameScale())
        return {};
    const double own = shownTotal(session, side);
    const double other = shownTotal(session, side == Side::A ? Side::B : Side::A);
    if (own >= other || other <= 0)
        return {};
    const double share = std::sqrt(std::max(0.0, own / other));
    return {std::max(RadiusShare::least, share), share >= RadiusShare::least};
}

BranchColours branchColours(const CompareSession& session, Side side)
{
    BranchColours colours;
    if (side == Side::A || !session.isAligned())
        return colours;
    const std::vector<CostNode>& nodesOfA = session.run(Side::A).costs.nodes;
    const std::vector<CostNode>& nodesOfB = session.run(Side::B).costs.nodes;
    const auto at = [](const std::vector<CostNode>& nodes, std::int32_t node) -> const CostNode& {
        return nodes[static_cast<std::size_t>(node)];
    };
    int unused = 0;
    for (std::int32_t child = 1; child < at(nodesOfA, 0).end; child = at(nodesOfA, child).end)
        ++unused;
    for (std::int32_t child = 1; child < at(nodesOfB, 0).end; child = at(nodesOfB, child).end) {
        std::int32_t partner = session.node(Side::A, session.rowOf(Side::B, child));
        while (partner > 0 && at(nodesOfA, partner).parent > 0)
            partner = at(nodesOfA, partner).parent;
        colours.push_back(partner > 0 ? at(nodesOfA, partner).row : unused++);
    }
    return colours;
}

CompareCard::CompareCard(CompareSession& session, Side side, QWidget* parent)
    : QFrame(parent), m_session(session), m_side(side), m_name(new QLabel), m_size(new QLabel),
      m_convention(new ConventionBox(session.session(side))),
      m_sunburst(new SunburstWidget(session.session(side)))
{
    setObjectName(QStringLiteral("card"));
    m_name->setProperty("tone", QStringLiteral("heading"));
    m_name->setMinimumWidth(0);
    m_name->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_size->setProperty("tone", QStringLiteral("note"));
    m_sunburst->setAccessibleName(side == Side::A ? tr("Sunburst of A") : tr("Sunburst of B"));
    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(new CompareBadge(session, side));
    head->addWidget(m_name, 1);
    head->addWidget(m_size);
    head->addWidget(m_convention);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 8, 12, 8);
    column->setSpacing(2);
    column->addLayout(head);
    column->addWidget(m_sunburst, 1);

    connect(&session, &CompareSession::rowsChanged, this, &CompareCard::showModel);
    connect(&session, &CompareSession::figuresChanged, this, &CompareCard::showModel);
    connect(&session, &CompareSession::scaleChanged, this, &CompareCard::fit);
    connect(&session.focus(), &Focus::rootChanged, this, &CompareCard::fit);
    connect(&session.lens(), &Lens::measureChanged, this, &CompareCard::fit);
    showModel();
}

void CompareCard::showModel()
{
    if (!m_session.isAligned())
        return;
    const QString name = text::from(m_session.session(m_side).model().source.name);
    m_name->setToolTip(name);
    m_name->setText(name);
    m_size->setText(text::sizeLine(m_session.run(m_side)));
    m_sunburst->setBranchColours(branchColours(m_session, m_side));
    fit();
}

void CompareCard::fit()
{
    m_sunburst->setRadiusShare(radiusShare(m_session, m_side).share);
    m_size->setVisible(width() >= roomyWidth);
}

void CompareCard::resizeEvent(QResizeEvent* event)
{
    QFrame::resizeEvent(event);
    fit();
}

} // namespace sunflop
