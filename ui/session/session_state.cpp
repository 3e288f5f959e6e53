// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/session_state.h"

#include "core/base/registry.h"
#include "core/cost/own_parts.h"
#include "core/model/setting.h"
#include "ui/models/cost_tree_model.h"
#include "ui/session/session_file.h"
#include "ui/text.h"
#include "ui/views/view.h"

#include <QCoreApplication>

#include <algorithm>

namespace sunflop {

namespace {

QString tr(const char* words)
{
    return QCoreApplication::translate("session", words);
}

bool isIn(const std::vector<Assignment>& settings, std::string_view id)
{
    return std::ranges::find(settings, id, &Assignment::id) != settings.end();
}

/// Settings as a file keeps them: what the source opens with and is at its default here is set to it.
std::vector<Assignment> explicitInputs(const Model& model, const std::vector<Assignment>& settings)
{
    std::vector<Assignment> inputs;
    for (const Assignment& setting : settings)
        if (std::ranges::find(model.settings, setting) == model.settings.end())
            inputs.push_back(setting);
    for (const Assignment& opened : model.settings)
        if (const Input* const input = inputSetBy(model.inputs, opened.id);
            !isIn(settings, opened.id) && input != nullptr)
            inputs.push_back({opened.id, defaultOf(*input, opened.id)});
    std::ranges::sort(inputs, {}, &Assignment::id);
    return inputs;
}

/// What the source opens with, and `inputs` on top of it; values at their default are left out.
std::vector<Assignment> settingsWith(const Model& model, const std::vector<Assignment>& inputs)
{
    std::vector<Assignment> settings;
    for (const Input& input : model.inputs)
        for (const auto* from : {&inputs, &model.settings})
            if (isSetAmong(*from, {&input, 1}, input)) {
                for (const Assignment& setting : *from)
                    if (inputSetBy({&input, 1}, setting.id) != nullptr)
                        settings = withSetting(model.inputs, std::move(settings), setting);
                break;
            }
    return settings;
}

/// The inputs that the model takes; the others are told.
std::vector<Assignment> accepted(const Model& model, std::vector<Assignment> inputs, QStringList& lost)
{
    const auto drop = [&](std::vector<Assignment>::iterator input, const Error& error) {
        // The error lists all inputs that there are.
        const QString why =
            error.kind == ErrorKind::NotFound ? tr("the model has no such input") : text::from(error.detail);
        lost << tr("Input %1=%2 was left out: %3.").arg(text::from(input->id), text::from(input->value), why);
        return inputs.erase(input);
    };
    for (auto input = inputs.begin(); input != inputs.end();) {
        const auto alone = Workload::from(model.inputs, {&*input, 1});
        input = alone || alone.error().kind == ErrorKind::Conflict ? input + 1 : drop(input, alone.error());
    }
    for (auto all = Workload::from(model.inputs, settingsWith(model, inputs)); !all && !inputs.empty();
         all = Workload::from(model.inputs, settingsWith(model, inputs))) {
        const auto named = std::ranges::find(inputs, all.error().where, &Assignment::id);
        drop(named == inputs.end() ? inputs.end() - 1 : named, all.error());
    }
    return inputs;
}

/// Adds the open rows of one node: rows `first` up to `first + count` by one path if all are open, else
/// member by member of the outermost of their `labelled` runs.
void addOpenRows(const Session& session, Instance first, std::int32_t count, std::vector<std::int32_t> runs,
                 std::vector<std::string>& paths)
{
    const Outline& outline = session.outline();
    std::int32_t open = 0;
    for (std::int32_t i = 0; i < count; ++i)
        open += outline.isOpen({first.node, first.number + i}) ? 1 : 0;
    if (open == 0)
        return;
    if (open == count) {
        paths.push_back(
            pathAt(session.run().trace, outline.unfolding(), first, static_cast<int>(runs.size())));
        return;
    }
    const std::int32_t members = runs.back();
    runs.pop_back();
    for (std::int32_t i = 0; i < members; ++i)
        addOpenRows(session, {first.node, first.number + i * (count / members)}, count / members, runs,
                    paths);
}

std::vector<std::string> openPaths(const Session& session)
{
    const Unfolding& unfolding = session.outline().unfolding();
    const std::vector<CostNode>& nodes = session.run().costs.nodes;
    std::vector<std::string> paths;
    for (std::int32_t node = 0; node < static_cast<std::int32_t>(nodes.size()); ++node) {
        std::vector<std::int32_t> runs; // around the node, inner ones first
        for (std::int32_t at = node; at >= 0; at = nodes[static_cast<std::size_t>(at)].parent)
            if (unfolding.members(at) > 1)
                runs.push_back(unfolding.members(at));
        addOpenRows(session, node, unfolding.copies(node), runs, paths);
    }
    return paths;
}

Outline defaultOutline(const Session& session)
{
    Outline outline;
    outline.openCostliest(session.run().costs, Unfolding(session.run().costs, session.lens().foldsRepeats()));
    return outline;
}

bool hasSameRows(const Session& session, const Outline& a, const Outline& b)
{
    const Unfolding& unfolding = session.outline().unfolding();
    for (std::int32_t node = 0; node < static_cast<std::int32_t>(unfolding.nodes()); ++node)
        for (std::int32_t number = 0; number < unfolding.copies(node); ++number)
            if (a.isOpen({node, number}) != b.isOpen({node, number}))
                return false;
    return true;
}

/// The outline that a view state asks for.
Outline outlineOf(const Session& session, const ViewState& state, QStringList& lost)
{
    Outline outline = defaultOutline(session);
    if (state.sorting)
        for (int column = 0; column < CostTreeModel::columns; ++column)
            if (text::from(state.sorting->column) == CostTreeModel::columnId(column))
                outline.setSorting(Outline::Sorting{column, state.sorting->isDescending});
    if (state.sorting && !outline.sorting())
        lost << tr("There is no column %1 to sort by.").arg(text::from(state.sorting->column));
    if (!state.expanded)
        return outline;
    outline.closeBelow(session.run().costs, 0);
    constexpr int mostNamed = 10;
    int gone = 0;
    std::int64_t left = Unfolding::mostRows; // a file may name the same rows any number of times
    for (const std::string& path : *state.expanded) {
        const std::vector<Instance> rows = rowsAt(session.run().trace, outline.unfolding(), path);
        left -= static_cast<std::int64_t>(rows.size());
        if (left < 0) {
            lost << tr("More rows than the table has were to be open.");
            break;
        }
        for (const Instance& row : rows)
            outline.setOpen(row, true);
        if (rows.empty() && ++gone <= mostNamed)
            lost << tr("%1 is not part of the model, so it is not open.").arg(text::from(path));
    }
    if (gone > mostNamed)
        lost << tr("So are %1 others not.").arg(gone - mostNamed);
    return outline;
}

/// The row of a path; told and nothing if there is none.
std::optional<Instance> rowOf(const Session& session, const std::string& path, QStringList& lost)
{
    const auto row = rowAt(session.run().trace, session.outline().unfolding(), path);
    if (!row)
        lost << tr("%1 is not part of the model, so it is not selected.").arg(text::from(path));
    return row;
}

/// Selects a module, or a part of what it has itself.
void select(Session& session, const std::string& path, QStringList& lost)
{
    const SplitPath split = splitPath(path);
    const auto row = rowOf(session, std::string(split.module), lost);
    if (!row)
        return;
    const OwnPart* const own =
        split.own.empty() ? nullptr : ownNamed(session.run().costs, row->node, split.own);
    if (own == nullptr && !split.own.empty())
        lost << tr("%1 is not part of the model, so it is not selected.").arg(text::from(path));
    const bool isAny = split.module == session.run().trace.path(row->node);
    session.focus().select(row->node, isAny ? Focus::anyInstance : row->number,
                           own != nullptr ? std::optional(own->key()) : std::nullopt);
}

} // namespace

ModelState modelStateOf(const Session& session)
{
    const Model& model = session.model();
    ModelState state;
    if (model.source.place == "bundled")
        state.source.bundled = model.source.name;
    else
        state.source.path = model.source.place;
    state.source.fingerprint = model.fingerprint;
    state.inputs = explicitInputs(model, session.settings());
    state.convention = session.convention().id;
    if (session.baselineInputs() != model.settings)
        state.baseline = explicitInputs(model, session.baselineInputs());
    return state;
}

ViewState viewStateOf(const Session& session)
{
    const Lens& lens = session.lens();
    const Focus& focus = session.focus();
    const Outline& outline = session.outline();
    const Trace& trace = session.run().trace;
    ViewState state;
    state.measure = lens.measure().id;
    state.colour = sliceColours[static_cast<std::size_t>(lens.colourBy())];
    state.rings = lens.rings();
    state.foldsRepeats = lens.foldsRepeats();
    state.showsLabels = lens.showsLabels();
    state.root = trace.path(focus.root());
    state.selected = focus.selectedInstance() == Focus::anyInstance
                         ? trace.path(focus.selected())
                         : pathAt(trace, outline.unfolding(), {focus.selected(), focus.selectedInstance()});
    if (focus.selectedOwn())
        state.selected += std::string(ownMark) + focus.selectedOwn()->name;
    state.search = session.finder().text().toStdString();
    state.sweptInput = lens.sweptInput().toStdString();
    if (const auto& sorting = outline.sorting())
        state.sorting =
            ViewState::Sorting{CostTreeModel::columnId(sorting->column).data(), sorting->isDescending};
    if (!hasSameRows(session, outline, defaultOutline(session)))
        state.expanded = openPaths(session);
    return state;
}

QStringList apply(Session& session, const ModelState& state)
{
    QStringList lost;
    const Model& model = session.model();
    const auto inputs = settingsWith(model, accepted(model, state.inputs, lost));
    const auto baseline =
        settingsWith(model, accepted(model, state.baseline.value_or(std::vector<Assignment>{}), lost));
    session.restore(**conventionNamed(state.convention), inputs, baseline);
    if (session.settings() != inputs)
        if (const auto run = runOf(model, inputs, session.convention()); !run)
            lost << tr("The inputs were left out: %1.").arg(text::from(run.error().text()));
    return lost;
}

QStringList apply(Session& session, const ViewState& state)
{
    QStringList lost;
    Lens& lens = session.lens();
    lens.setMeasure(measureNamed(state.measure));
    lens.setColourBy(static_cast<ColourBy>(std::ranges::find(sliceColours, state.colour) - sliceColours));
    lens.setRings(static_cast<int>(state.rings));
    lens.setFoldsRepeats(state.foldsRepeats);
    lens.setShowsLabels(state.showsLabels);
    lens.setSweptInput(text::from(state.sweptInput));
    const View* const tab = entryNamed(views(), state.tab);
    const bool isOfTwoModels = state.tab == "why"; // on the Compare page
    if (!state.tab.empty() && !isOfTwoModels && (tab == nullptr || tab->place != View::Place::Tab))
        lost << tr("There is no tab %1.").arg(text::from(state.tab));
    session.finder().search(text::from(state.search), &session.run());
    session.setOutline(outlineOf(session, state, lost));
    if (const auto root = rowOf(session, state.root, lost))
        session.focus().zoom(root->node);
    select(session, state.selected, lost);
    return lost;
}

std::vector<Assignment> mergedInputs(const Model& model, const std::vector<Assignment>& kept,
                                     const std::vector<Assignment>& newest, QStringList& lost)
{
    std::vector<Assignment> older = accepted(model, kept, lost);
    std::erase_if(older, [&](const Assignment& old) {
        return std::ranges::any_of(
            newest, [&](const Assignment& input) { return replaces(model.inputs, input, old); });
    });
    const auto with = [&](const std::vector<Assignment>& inputs) {
        std::vector<Assignment> all = inputs;
        all.insert(all.end(), newest.begin(), newest.end());
        return all;
    };
    const auto problem = [&](const std::vector<Assignment>& inputs) {
        const auto workload = Workload::from(model.inputs, settingsWith(model, with(inputs)));
        return workload ? std::nullopt : std::optional(workload.error());
    };
    for (auto conflict = problem(older); conflict && conflict->kind == ErrorKind::Conflict;
         conflict = problem(older)) {
        // The error names one side of a conflict; the other may be any.
        const auto excludes = [&](const Assignment& input) {
            std::vector<Assignment> rest = older;
            std::erase(rest, input);
            return input.id == conflict->where || !problem(rest);
        };
        const auto other = std::ranges::find_if(older, excludes);
        if (other == older.end())
            break;
        older.erase(other);
    }
    return with(older);
}

QString inputsText(const std::vector<Assignment>& inputs)
{
    QStringList texts;
    for (const Assignment& input : inputs)
        texts << text::from(input.id) + QLatin1Char('=') + text::from(input.value);
    return texts.join(QStringLiteral(", "));
}

} // namespace sunflop
