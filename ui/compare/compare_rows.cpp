// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of a comparison: made again when modules change, their figures when they are asked for.

#include "ui/compare/compare_session.h"

#include "core/model/setting.h"
#include "ui/text.h"

#include <QUndoCommand>

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

ComparisonSide sideOf(const Run& run)
{
    return {run.trace, run.costs};
}

void widen(ComparedFigures& figures, const std::vector<ComparedFigure>& added)
{
    for (const ComparedFigure& figure : added) {
        const auto change = difference(figure);
        if (!change || change->isSaturated())
            continue;
        figures.least = std::min(figures.least, static_cast<double>(change->value()));
        figures.most = std::max(figures.most, static_cast<double>(change->value()));
    }
}

PathPair flipped(const PathPair& pair)
{
    return {pair.b, pair.a};
}

} // namespace

/// Replaces all pairs. A and B may have changed places when it is undone.
class SetPairs : public QUndoCommand {
public:
    SetPairs(CompareSession& session, std::vector<PathPair> after, const QString& words)
        : QUndoCommand(words), m_session(session), m_before(session.m_pairs), m_after(std::move(after)),
          m_swaps(session.m_swaps)
    {}

    void undo() override { set(m_before); }
    void redo() override { set(m_after); }

private:
    void set(std::vector<PathPair> pairs)
    {
        if ((m_session.m_swaps - m_swaps) % 2 != 0)
            std::ranges::transform(pairs, pairs.begin(), flipped);
        m_session.setPairs(std::move(pairs));
    }

    CompareSession& m_session;
    std::vector<PathPair> m_before;
    std::vector<PathPair> m_after;
    int m_swaps;
};

void CompareSession::align()
{
    if (m_isExchanging)
        return;
    const bool wasAligned = isAligned();
    m_figures.clear();
    m_runA.reset();
    m_runB.reset();
    m_comparison = {};
    m_parts.clear();
    m_focus->remap({});
    if (m_isOpen && m_a.hasModel() && m_b.hasModel()) {
        m_runA = m_a.sharedRun();
        m_runB = m_b.sharedRun();
        m_comparison = compare(sideOf(*m_runA), sideOf(*m_runB), m_pairs);
        alignParts();
        m_focus->zoom(rowOf(Side::A, m_a.focus().root()));
        m_focus->select(rowOf(Side::A, m_a.focus().selected()), Focus::anyInstance,
                        m_a.focus().selectedOwn());
    }
    if (wasAligned || isAligned())
        Q_EMIT rowsChanged();
}

void CompareSession::alignParts()
{
    m_parts = comparedParts(m_comparison, sideOf(*m_runA), sideOf(*m_runB));
}

void CompareSession::countsChanged()
{
    if (!isAligned())
        return;
    m_runA = m_a.sharedRun();
    m_runB = m_b.sharedRun();
    alignParts();
    m_figures.clear();
    Q_EMIT figuresChanged();
}

const ComparedFigures& CompareSession::figures(const Measure& measure) const
{
    const auto known = m_figures.find(&measure);
    if (known != m_figures.end())
        return known->second;
    const ComparisonSide a = sideOf(*m_runA);
    const ComparisonSide b = sideOf(*m_runB);
    ComparedFigures figures{.rows = compared(m_comparison, a, b, measure)};
    figures.parts = compared(m_parts, m_comparison, a, b, measure, figures.rows);
    widen(figures, figures.rows);
    widen(figures, figures.parts);
    return m_figures.emplace(&measure, std::move(figures)).first->second;
}

std::int32_t CompareSession::node(Side side, std::int32_t row) const
{
    return side == Side::A ? this->row(row).a : this->row(row).b;
}

std::int32_t CompareSession::nearestNode(Side side, std::int32_t row) const
{
    while (node(side, row) < 0)
        row = this->row(row).parent;
    return node(side, row);
}

std::int32_t CompareSession::rowOf(Side side, std::int32_t node) const
{
    const auto& rows = side == Side::A ? m_comparison.rowOfA : m_comparison.rowOfB;
    return rows[static_cast<std::size_t>(node)];
}

std::string CompareSession::pathOf(Side side, std::int32_t row) const
{
    return run(side).trace.path(node(side, row));
}

void CompareSession::setPairs(std::vector<PathPair> pairs)
{
    if (std::exchange(m_pairs, std::move(pairs)) == m_pairs)
        return;
    align();
    Q_EMIT pairsChanged();
}

bool CompareSession::canPair(std::int32_t row, std::int32_t other) const
{
    if (row <= 0 || other <= 0)
        return false;
    const ComparedRow& x = this->row(row);
    const ComparedRow& y = this->row(other);
    return (x.b < 0 && y.a < 0 && x.a >= 0 && y.b >= 0) || (x.a < 0 && y.b < 0 && x.b >= 0 && y.a >= 0);
}

void CompareSession::pair(std::int32_t row, std::int32_t other)
{
    if (!canPair(row, other))
        return;
    if (this->row(row).a < 0)
        std::swap(row, other);
    PathPair made{pathOf(Side::A, row), pathOf(Side::B, other)};
    std::vector<PathPair> pairs = m_pairs;
    std::erase_if(pairs, [&](const PathPair& old) { return old.a == made.a || old.b == made.b; });
    pairs.push_back(std::move(made));
    m_a.undoStack().push(new SetPairs(*this, std::move(pairs), tr("Pair modules")));
}

void CompareSession::unpair(std::int32_t row)
{
    if (this->row(row).match != Match::Hand)
        return;
    std::vector<PathPair> pairs = m_pairs;
    std::erase(pairs, PathPair{pathOf(Side::A, row), pathOf(Side::B, row)});
    m_a.undoStack().push(new SetPairs(*this, std::move(pairs), tr("Unpair modules")));
}

void CompareSession::setOpen(bool isOpen)
{
    if (std::exchange(m_isOpen, isOpen) == isOpen)
        return;
    m_a.setLinked(m_isOpen && m_linksInputs);
    align();
    Q_EMIT openChanged();
}

void CompareSession::setLinksInputs(bool links)
{
    if (std::exchange(m_linksInputs, links) == links)
        return;
    m_a.setLinked(m_isOpen && m_linksInputs);
    m_sharedConvention = &m_a.convention() == &m_b.convention() ? &m_a.convention() : nullptr;
    Q_EMIT linksChanged();
}

void CompareSession::setSameScale(bool isSame)
{
    if (std::exchange(m_hasSameScale, isSame) != isSame)
        Q_EMIT scaleChanged();
}

QStringList CompareSession::notOffered() const
{
    QStringList titles;
    if (!m_a.hasModel() || !m_b.hasModel())
        return titles;
    const auto& offered = m_b.model().inputs;
    for (const Assignment& setting : m_a.settings())
        if (inputSetBy(offered, setting.id) == nullptr)
            titles << text::from(inputSetBy(m_a.model().inputs, setting.id)->title);
    return titles;
}

bool CompareSession::isOneTrace() const
{
    if (!isAligned())
        return false;
    const Source& a = m_a.model().source;
    const Source& b = m_b.model().source;
    return a.place == b.place && a.name == b.name && settingsOf(*m_runA) == settingsOf(*m_runB);
}

/// A second model runs with what the first one runs with.
void CompareSession::modelOpened()
{
    if (m_isOpen && m_linksInputs && m_a.hasModel() && m_b.hasModel())
        m_b.adopt(sharedInputs(m_a, m_b.model()));
}

void CompareSession::compareWith(const QString& place)
{
    if (!m_isOpen) {
        setLinksInputs(true);
        m_b.setConvention(m_a.convention());
    }
    setOpen(true);
    m_openerOfB.open(place);
}

void CompareSession::compareWith(Model model, std::vector<Assignment> settings, const Convention& convention)
{
    m_openerOfB.cancel();
    setLinksInputs(settings == m_a.settings());
    m_sharedConvention = nullptr; // A stays as it is counted
    m_b.setConvention(convention);
    model.settings = std::move(settings);
    if (const auto shown = m_b.show(std::move(model)); !shown)
        Q_EMIT m_openerOfB.refused({}, shown.error());
    m_sharedConvention = &m_a.convention() == &convention ? &convention : nullptr;
    setOpen(true);
}

void CompareSession::compareWithItself()
{
    compareWith(m_a.model(), m_a.settings(), m_a.convention());
    setLinksInputs(false);
}

void CompareSession::compareWithBaseline()
{
    compareWith(m_a.model(), settingsOf(m_a.baseline()), m_a.convention());
    setLinksInputs(false);
}

void CompareSession::compareWithConvention(const Convention& convention)
{
    compareWith(m_a.model(), m_a.settings(), convention);
}

void CompareSession::swap()
{
    if (!m_a.hasModel() || !m_b.hasModel())
        return;
    ++m_swaps;
    m_isExchanging = true; // until both sides have changed, rows are of the runs that they were made for
    m_openerOfA.exchange(m_openerOfB);
    m_isExchanging = false;
    std::ranges::transform(m_pairs, m_pairs.begin(), flipped);
    align();
    Q_EMIT swapped();
}

void CompareSession::settle()
{
    m_a.settle();
    m_b.settle();
}

} // namespace sunflop
