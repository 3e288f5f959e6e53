// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/compare_session.h"

#include "core/cost/own_parts.h"
#include "core/model/setting.h"
#include "ui/text.h"

#include <QScopedValueRollback>

#include <algorithm>
#include <array>
#include <utility>

namespace sunflop {

namespace {

/// Inputs that two models have in common if anything is to be compared.
constexpr std::array<std::string_view, 9> sizes{"batch",         "text_tokens",   "images",
                                                "image_width",   "image_height",  "frames",
                                                "audio_seconds", "cached_tokens", "new_tokens"};

bool hasChildren(const Run& run, std::int32_t node)
{
    return run.costs.nodes[static_cast<std::size_t>(node)].end > node + 1;
}

} // namespace

std::vector<Assignment> sharedInputs(const Session& a, const Model& b)
{
    const auto offers = [](const Model& model, std::string_view id) {
        return inputSetBy(model.inputs, id) != nullptr;
    };
    std::vector<Assignment> values;
    const Workload& workload = a.run().workload;
    for (const std::string_view id : sizes) {
        const bool isSide = id == "image_width" || id == "image_height";
        if (offers(a.model(), id) && offers(b, id) && !workload.isAutomatic(id) &&
            !(isSide && a.isSet("tiles")))
            values.push_back({std::string(id), workload.text(id)});
    }
    for (const Assignment& setting : a.settings())
        if (std::ranges::find(values, setting.id, &Assignment::id) == values.end() && offers(b, setting.id))
            values.push_back(setting);
    return values;
}

CompareSession::CompareSession(Session& a, Opener& openerOfA, QObject* parent)
    : QObject(parent), m_a(a), m_openerOfA(openerOfA), m_openerOfB(m_b), m_focus(new Focus(this))
{
    m_a.join(m_b);
    m_b.setConvention(m_a.convention());
    m_sharedConvention = &m_a.convention();
    m_b.lens().setAnimates(m_a.lens().animates());
    followLens(m_a.lens(), m_b.lens());
    followLens(m_b.lens(), m_a.lens());
    followSide(Side::A);
    followSide(Side::B);
    connect(&m_openerOfA, &Opener::opened, this, &CompareSession::modelOpened);
    connect(&m_openerOfB, &Opener::opened, this, &CompareSession::modelOpened);
    connect(&m_a.finder(), &Finder::changed, this,
            [this] { m_b.finder().search(m_a.finder().text(), m_b.hasModel() ? &m_b.run() : nullptr); });
    connect(m_focus, &Focus::hoveredChanged, this, &CompareSession::hoverSides);
    connect(m_focus, &Focus::selectedChanged, this, &CompareSession::selectSides);
    connect(m_focus, &Focus::rootChanged, this, &CompareSession::zoomSides);
}

void CompareSession::followLens(Lens& leader, Lens& follower)
{
    const auto copy = [&leader, &follower] {
        follower.setMeasure(leader.measure());
        follower.setTheme(leader.theme());
        follower.setColourBy(leader.colourBy());
        follower.setFoldsRepeats(leader.foldsRepeats());
        follower.setShowsLabels(leader.showsLabels());
        follower.setRings(leader.rings());
        follower.setSweptInput(leader.sweptInput());
    };
    for (const auto signal :
         {&Lens::measureChanged, &Lens::pictureChanged, &Lens::themeChanged, &Lens::sweptInputChanged})
        connect(&leader, signal, this, copy);
    if (&leader == &m_a.lens())
        copy();
}

void CompareSession::followSide(Side side)
{
    Session& session = this->session(side);
    Focus& focus = session.focus();
    connect(&session, &Session::modelChanged, this, &CompareSession::align);
    connect(&session, &Session::figuresChanged, this, &CompareSession::countsChanged);
    connect(&session, &Session::conventionChanged, this, [this, side] { followConvention(side); });
    connect(&focus, &Focus::hoveredChanged, this, [this, side](std::int32_t node) { hoverFrom(side, node); });
    connect(&focus, &Focus::rootChanged, this, [this, side](std::int32_t node) { zoomFrom(side, node); });
    connect(&focus, &Focus::selectedChanged, this,
            [this, side](std::int32_t node) { selectFrom(side, node); });
}

/// Linked sides that are counted alike stay so.
void CompareSession::followConvention(Side side)
{
    const Convention& chosen = session(side).convention();
    if (m_isExchanging)
        return;
    Session& other = session(side == Side::A ? Side::B : Side::A);
    if (m_isOpen && m_linksInputs && m_sharedConvention != nullptr && m_sharedConvention != &chosen) {
        m_sharedConvention = &chosen;
        other.setConvention(chosen);
    }
    m_sharedConvention = &other.convention() == &chosen ? &chosen : nullptr;
}

/// A side that the user points at keeps what it has: it may mean one of several instances.
template<typename Step>
void CompareSession::follow(Side side, Step step)
{
    if (m_isFollowing || !isAligned())
        return;
    m_source = side;
    step();
    m_source.reset();
}

void CompareSession::hoverFrom(Side side, std::int32_t node)
{
    follow(side, [&] {
        m_focus->hover(node < 0 ? -1 : rowOf(side, node), Focus::anyInstance, focusOf(side).hoveredOwn());
    });
}

void CompareSession::selectFrom(Side side, std::int32_t node)
{
    follow(side,
           [&] { m_focus->select(rowOf(side, node), Focus::anyInstance, focusOf(side).selectedOwn()); });
}

void CompareSession::zoomFrom(Side side, std::int32_t node)
{
    follow(side, [&] { m_focus->zoom(rowOf(side, node)); });
}

void CompareSession::hoverSides(std::int32_t row)
{
    const QScopedValueRollback following(m_isFollowing, true);
    for (const Side side : {Side::A, Side::B})
        if (side != m_source)
            session(side).focus().hover(row < 0 ? -1 : node(side, row), Focus::anyInstance,
                                        ownOf(side, row, m_focus->hoveredOwn()));
}

/// A part of what the modules of a row have themselves, if this side has it.
std::optional<OwnKey> CompareSession::ownOf(Side side, std::int32_t row,
                                            const std::optional<OwnKey>& own) const
{
    const bool isThere =
        own && row >= 0 && node(side, row) >= 0 && ownAt(run(side).costs, node(side, row), *own) != nullptr;
    return isThere ? own : std::nullopt;
}

void CompareSession::selectSides(std::int32_t row)
{
    const QScopedValueRollback following(m_isFollowing, true);
    for (const Side side : {Side::A, Side::B})
        if (side != m_source)
            session(side).focus().select(nearestNode(side, row), Focus::anyInstance,
                                         ownOf(side, row, m_focus->selectedOwn()));
}

void CompareSession::zoomSides(std::int32_t row)
{
    const QScopedValueRollback following(m_isFollowing, true);
    for (const Side side : {Side::A, Side::B}) {
        if (side == m_source)
            continue;
        std::int32_t middle = row;
        while (middle > 0 && (node(side, middle) < 0 || !hasChildren(run(side), node(side, middle))))
            middle = this->row(middle).parent;
        session(side).focus().zoom(nearestNode(side, middle));
    }
}

} // namespace sunflop
