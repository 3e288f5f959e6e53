// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the Compare page shows: a second session beside the window's own, and how the two are aligned.

#include "core/cost/compared_parts.h"
#include "core/cost/comparison.h"
#include "core/session/session_state.h"
#include "ui/session/opener.h"
#include "ui/session/session.h"

#include <QObject>

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sunflop {

/// The letters of the page. A is the session of the window.
enum class Side : std::uint8_t { A, B };

/// Figures of all rows by one measure, and what tables need to know of them together.
struct ComparedFigures {
    std::vector<ComparedFigure> rows;
    std::vector<ComparedFigure> parts; ///< of CompareSession::parts()
    double least = 0; ///< smallest difference of a row, at most 0; what is not known left out
    double most = 0;  ///< largest one, at least 0
};

/// Nothing is aligned while the page is not open, or a side has no model. Rows are made again when the
/// modules of a side or the pairs change, figures when they are asked for after a count. Selection, hover and
/// middle of both sessions are those of one focus on rows.
class CompareSession : public QObject {
    Q_OBJECT
public:
    CompareSession(Session& a, Opener& openerOfA, QObject* parent = nullptr);

    Session& session(Side side) { return side == Side::A ? m_a : m_b; }
    const Session& session(Side side) const { return side == Side::A ? m_a : m_b; }
    Opener& opener(Side side) { return side == Side::A ? m_openerOfA : m_openerOfB; }
    const Lens& lens() const { return m_a.lens(); }

    bool isOpen() const { return m_isOpen; }
    void setOpen(bool isOpen);
    /// Both sides have a model and the page is open: there are rows.
    bool isAligned() const { return m_runA != nullptr; }

    /// Rows are those of what both sessions show now.
    bool isUpToDate() const { return isAligned() && m_runA == m_a.sharedRun() && m_runB == m_b.sharedRun(); }

    /// These require isAligned().
    const Comparison& comparison() const { return m_comparison; }
    const ComparedRow& row(std::int32_t row) const
    {
        return m_comparison.rows[static_cast<std::size_t>(row)];
    }
    /// What the modules in rows have themselves; made again after every count.
    const std::vector<ComparedPart>& parts() const { return m_parts; }
    const Run& run(Side side) const { return side == Side::A ? *m_runA : *m_runB; }
    const ComparedFigures& figures(const Measure& measure) const;
    const ComparedFigures& figures() const { return figures(lens().measure()); } ///< of the lens's measure
    /// Module of a row on one side, -1 for none; and of it or the nearest row above that has one.
    std::int32_t node(Side side, std::int32_t row) const;
    std::int32_t nearestNode(Side side, std::int32_t row) const;
    std::int32_t rowOf(Side side, std::int32_t node) const;

    /// Rows as ids: selection, hover and middle of both sunbursts.
    Focus& focus() { return *m_focus; }
    const Focus& focus() const { return *m_focus; }

    /// Pairs made by hand, by paths of A and B.
    const std::vector<PathPair>& pairs() const { return m_pairs; }
    void setPairs(std::vector<PathPair> pairs);
    /// Whether one row stands only in A and the other only in B.
    bool canPair(std::int32_t row, std::int32_t other) const;
    void pair(std::int32_t row, std::int32_t other); ///< undoable, as the next one
    void unpair(std::int32_t row);                   ///< of a row paired by hand

    /// Whether a change of an input goes to both sides.
    bool linksInputs() const { return m_linksInputs; }
    void setLinksInputs(bool links);
    /// Inputs set in A that B does not offer, as titles.
    QStringList notOffered() const;
    bool hasSameScale() const { return m_hasSameScale; }
    void setSameScale(bool isSame);
    /// The same model under the same inputs: only how it is counted differs.
    bool isOneTrace() const;

    /// What B shows. These open the page.
    void compareWith(const QString& place);
    void compareWith(Model model, std::vector<Assignment> settings, const Convention& convention);
    void compareWithItself();
    void compareWithBaseline();
    void compareWithConvention(const Convention& convention);
    /// B as a session kept it, read again from `place`, and how it was laid beside A, which must be in its
    /// own state already. There is nothing to undo. Tells what could not be brought back, a sentence each.
    QStringList restore(const QString& place, Model model, const ModelState& state,
                        const ComparisonState& comparison);
    /// How the sides are laid beside each other now; `focus` is the page's to tell.
    ComparisonState comparisonState() const;
    /// The other order: A becomes B.
    void swap();
    /// Counts what is pending on both sides.
    void settle();

Q_SIGNALS:
    void openChanged();
    void rowsChanged();  ///< other rows, or none
    void pairsChanged(); ///< those made by hand; rows follow
    void swapped();
    void figuresChanged(); ///< of the same rows
    void linksChanged();
    void scaleChanged();

private:
    friend class SetPairs;
    void followSide(Side side);
    void followLens(Lens& leader, Lens& follower);
    void followConvention(Side side);
    template<typename Step>
    void follow(Side side, Step step);
    void hoverFrom(Side side, std::int32_t node);
    void selectFrom(Side side, std::int32_t node);
    void zoomFrom(Side side, std::int32_t node);
    void hoverSides(std::int32_t row);
    void selectSides(std::int32_t row);
    void zoomSides(std::int32_t row);
    void modelOpened();
    const Focus& focusOf(Side side) const { return session(side).focus(); }
    std::optional<OwnKey> ownOf(Side side, std::int32_t row, const std::optional<OwnKey>& own) const;
    void align();
    void alignParts();
    void countsChanged();
    std::string pathOf(Side side, std::int32_t row) const;
    void pushPairs(std::vector<PathPair> pairs, const QString& words);

    Session& m_a;
    Opener& m_openerOfA;
    Session m_b;
    Opener m_openerOfB;
    Focus* m_focus;
    std::shared_ptr<const Run> m_runA; ///< what the rows are of; null while there are none
    std::shared_ptr<const Run> m_runB;
    Comparison m_comparison;
    std::vector<ComparedPart> m_parts;
    mutable std::map<const Measure*, ComparedFigures> m_figures; ///< those that were asked for
    std::vector<PathPair> m_pairs;
    const Convention* m_sharedConvention = nullptr; ///< that both had; null while they differ
    std::optional<Side> m_source;                   ///< whose own doing a change of the focus is
    int m_swaps = 0;
    bool m_isOpen = false;
    bool m_linksInputs = true;
    bool m_hasSameScale = true;
    bool m_isFollowing = false; ///< the focus of a side is set from here
    bool m_isExchanging = false;
};

/// Inputs of a run of `a` that a run of `b` is to have, too: sizes of the prompt, and whatever is set.
std::vector<Assignment> sharedInputs(const Session& a, const Model& b);

} // namespace sunflop
