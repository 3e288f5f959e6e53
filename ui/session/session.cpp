// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/session.h"

#include "core/model/setting.h"
#include "ui/text.h"

#include <QElapsedTimer>
#include <QStringList>
#include <QThreadPool>
#include <QTimer>
#include <QUndoCommand>

#include <algorithm>
#include <unordered_map>

namespace sunflop {

namespace {

constexpr double frameMilliseconds = 1000.0 / 60;
/// Operators of a trace that all views together can look at within a frame.
constexpr std::size_t operatorsPerFrame = 10'000;

bool sameModules(const Trace& a, const Trace& b)
{
    return std::ranges::equal(a.modules, b.modules, [](const Module& x, const Module& y) {
        return x.parent == y.parent && x.repeat == y.repeat && x.name == y.name && x.className == y.className;
    });
}

/// Node ids of `before` in `after`, by path; -1 where the path is gone.
std::vector<std::int32_t> newIds(const Trace& before, const Trace& after)
{
    std::unordered_map<std::string, std::int32_t> byPath;
    for (std::size_t i = 0; i < after.modules.size(); ++i)
        byPath.emplace(after.path(static_cast<std::int32_t>(i)), static_cast<std::int32_t>(i));
    std::vector<std::int32_t> ids;
    for (std::size_t i = 0; i < before.modules.size(); ++i) {
        const auto found = byPath.find(before.path(static_cast<std::int32_t>(i)));
        ids.push_back(found == byPath.end() ? -1 : found->second);
    }
    return ids;
}

/// Giving back the memory of a large run takes longer than a frame: whoever lets go of it last, a worker
/// does it.
std::shared_ptr<const Run> shared(Run run)
{
    return {new Run(std::move(run)), [](const Run* old) {
                if (old->trace.ops.size() <= operatorsPerFrame)
                    delete old;
                else
                    QThreadPool::globalInstance()->start([old] { delete old; });
            }};
}

} // namespace

/// Replaces the settings of one session, or of two that are linked; the steps of one drag merge into one
/// command. Whoever shows the model by then is meant.
class SetSettings : public QUndoCommand {
public:
    SetSettings(Session& session, std::vector<Session::Change> changes, const QString& inputs, int move)
        : m_session(session), m_changes(std::move(changes)), m_move(move)
    {
        setText(inputs);
    }

    int id() const override { return m_move > 0 ? 1 : -1; }
    bool mergeWith(const QUndoCommand* other) override
    {
        const auto* next = static_cast<const SetSettings*>(other);
        if (next->text() != text() || next->m_move != m_move ||
            !std::ranges::equal(next->m_changes, m_changes, {}, &Session::Change::model,
                                &Session::Change::model))
            return false;
        for (std::size_t i = 0; i < m_changes.size(); ++i)
            m_changes[i].after = next->m_changes[i].after;
        setObsolete(std::ranges::all_of(
            m_changes, [](const Session::Change& change) { return change.after == change.before; }));
        return true;
    }
    void undo() override { apply(&Session::Change::before); }
    void redo() override { apply(&Session::Change::after); }

private:
    void apply(Session::Settings Session::Change::*settings)
    {
        bool isMeant = false;
        for (const Session::Change& change : m_changes) {
            Session* const session = m_session.showing(change.model.get());
            if (session != nullptr)
                session->apply(change.*settings);
            isMeant = isMeant || session != nullptr;
        }
        setObsolete(!isMeant);
    }

    Session& m_session;
    std::vector<Session::Change> m_changes;
    int m_move; ///< 0: not part of a drag
};

Session::Session(QObject* parent)
    : QObject(parent), m_focus(new Focus(this)), m_lens(new Lens(this)), m_finder(new Finder(this)),
      m_undoStack(new QUndoStack(this)), m_convention(&conventions().front()),
      m_counting([this](Counted counted) { take(std::move(counted)); }), m_frame(new QTimer(this))
{
    m_frame->setSingleShot(true);
    m_frame->setTimerType(Qt::PreciseTimer);
    connect(m_frame, &QTimer::timeout, this, &Session::count);
    // Before any view hears of it: the outline is what they all show.
    connect(m_lens, &Lens::foldingChanged, this, [this] {
        if (hasModel())
            m_outline.setUnfolding(unfolding());
    });
}

Unfolding Session::unfolding() const
{
    return Unfolding(m_run->costs, m_lens->foldsRepeats());
}

bool Session::isSet(std::string_view input) const
{
    const Input* const offered = m_model ? inputSetBy(m_model->inputs, input) : nullptr;
    return offered != nullptr && isSetAmong(m_settings, m_model->inputs, *offered);
}

Result<void> Session::show(Model model)
{
    const bool keeps = shows(model) && Workload::from(model.inputs, m_settings);
    QElapsedTimer timer;
    timer.start();
    Attempt made = attempt(model, keeps ? m_settings : model.settings, *m_convention);
    if (!made.run)
        return failure(*std::move(made.problem));
    show(std::move(model), *std::move(made.run), static_cast<double>(timer.nsecsElapsed()) / 1e6,
         std::move(made.problem));
    return {};
}

void Session::show(Model model, Run run, double elapsedMilliseconds, std::optional<Error> problem)
{
    m_counting.cancel();
    m_frame->stop();
    forgetSteps();
    const bool isReload = shows(model);
    m_model = std::make_shared<const Model>(std::move(model));
    m_elapsedMilliseconds = elapsedMilliseconds;
    m_settings = m_countedSettings = settingsOf(run);
    const auto before = std::exchange(m_run, shared(std::move(run)));
    m_baseline = m_structure = m_run;
    m_baselineSettings = m_settings;
    const auto ids = isReload ? newIds(before->trace, m_run->trace) : std::vector<std::int32_t>{};
    m_focus->remap(ids);
    if (isReload)
        m_outline.remap(ids, unfolding());
    else
        m_outline.openCostliest(m_run->costs, unfolding());
    m_finder->search(m_finder->text(), m_run.get());
    Q_EMIT modelChanged();
    Q_EMIT inputsChanged();
    Q_EMIT baselineChanged();
    setProblem(std::move(problem));
    if (m_run->convention != m_convention)
        requestCount();
}

bool Session::shows(const Model& model) const
{
    return m_model && m_model->source.place == model.source.place &&
           m_model->source.name == model.source.name;
}

void Session::close()
{
    m_counting.cancel();
    m_frame->stop();
    forgetSteps();
    m_model.reset();
    m_run.reset();
    m_baseline.reset();
    m_structure.reset();
    m_settings.clear();
    m_focus->remap({});
    m_finder->search({}, nullptr);
    Q_EMIT modelChanged();
    setProblem({});
}

void Session::setConvention(const Convention& convention)
{
    if (std::exchange(m_convention, &convention) == &convention)
        return;
    if (hasModel())
        requestCount();
    Q_EMIT conventionChanged();
}

void Session::zoomUp()
{
    if (const auto parent = m_run->costs.nodes[static_cast<std::size_t>(m_focus->root())].parent; parent >= 0)
        m_focus->zoom(parent);
}

Session::Settings Session::without(const Settings& settings, std::string_view input) const
{
    Settings rest;
    std::ranges::copy_if(settings, std::back_inserter(rest),
                         [&](const Assignment& a) { return a.id != input; });
    return rest;
}

void Session::setInput(const QString& input, const QString& value, bool isMoving)
{
    setInputs({{input.toStdString(), value.toStdString()}}, isMoving);
}

Result<Session::Settings> Session::with(const std::vector<Assignment>& values) const
{
    Settings settings = m_settings;
    for (const Assignment& value : values) {
        if (inputSetBy(m_model->inputs, value.id) != nullptr)
            settings = withSetting(m_model->inputs, std::move(settings), value);
    }
    const auto isOlder = [&](const Assignment& a) {
        return std::ranges::none_of(
            values, [&](const Assignment& value) { return replaces(m_model->inputs, value, a); });
    };
    auto workload = Workload::from(m_model->inputs, settings);
    while (!workload && workload.error().kind == ErrorKind::Conflict) {
        // The newest values stand. The error names one side of the conflict; the other side may be any.
        const auto excludes = [&](const Assignment& a) {
            return isOlder(a) && (a.id == workload.error().where ||
                                  Workload::from(m_model->inputs, without(settings, a.id)).has_value());
        };
        const auto other = std::ranges::find_if(settings, excludes);
        if (other == settings.end())
            break;
        settings.erase(other);
        workload = Workload::from(m_model->inputs, settings);
    }
    if (!workload)
        return failure(workload.error());
    return settings;
}

void Session::setInputs(const std::vector<Assignment>& values, bool isMoving)
{
    auto settings = with(values);
    if (!settings) {
        m_isMoving = isMoving;
        Q_EMIT refused(settings.error());
        return;
    }
    std::vector<Change> changes{{m_model, m_settings, *std::move(settings)}};
    if (m_isLinked && m_joined->hasModel()) {
        m_joined->m_isMoving = isMoving;
        if (auto there = m_joined->with(values))
            changes.push_back({m_joined->m_model, m_joined->m_settings, *std::move(there)});
        else
            Q_EMIT m_joined->refused(there.error());
    }
    push(std::move(changes), titlesOf(values), isMoving);
}

void Session::push(std::vector<Change> changes, const QString& inputs, bool isMoving)
{
    m_isMoving = isMoving;
    std::erase_if(changes, [](const Change& change) { return change.after == change.before; });
    if (!changes.empty())
        m_undoStack->push(new SetSettings(*this, std::move(changes), inputs, isMoving ? m_move + 1 : 0));
}

void Session::endMove()
{
    ++m_move;
    m_isMoving = false;
    Q_EMIT moveEnded();
    if (m_isLinked && m_joined->m_isMoving)
        m_joined->endMove();
}

bool Session::isLarge() const
{
    return m_run->trace.ops.size() > operatorsPerFrame;
}

void Session::reset()
{
    if (!hasModel())
        return;
    std::vector<Change> changes{{m_model, m_settings, m_model->settings}};
    if (m_isLinked && m_joined->hasModel())
        changes.push_back({m_joined->m_model, m_joined->m_settings, m_joined->m_model->settings});
    push(std::move(changes), {}, false);
}

void Session::pinBaseline()
{
    settle();
    m_baseline = m_run;
    m_baselineSettings = m_settings;
    Q_EMIT baselineChanged();
}

void Session::apply(const Settings& settings)
{
    m_settings = settings;
    Q_EMIT inputsChanged();
    requestCount();
}

void Session::requestCount()
{
    if (!m_frame->isActive())
        m_frame->start(static_cast<int>(frameMilliseconds));
}

void Session::count()
{
    const auto job = [model = m_model, settings = m_settings, convention = m_convention,
                      old = m_baseline->convention == m_convention ? nullptr : m_baseline,
                      oldSettings = m_baselineSettings, structure = m_structure] {
        QElapsedTimer timer;
        timer.start();
        Counted counted{
            .settings = settings, .attempt = attempt(*model, settings, *convention), .structure = structure};
        const auto& run = counted.attempt.run;
        counted.hasSameModules = run && sameModules(structure->trace, run->trace);
        if (old)
            if (auto again = attempt(*model, oldSettings, *convention).run)
                counted.baseline = shared(*std::move(again));
        counted.elapsedMilliseconds = static_cast<double>(timer.nsecsElapsed()) / 1e6;
        return counted;
    };
    // A program takes as long as it likes.
    const bool isQuick = m_elapsedMilliseconds < frameMilliseconds / 2 && m_model->source.program == nullptr;
    if (isQuick && !m_counting.isBusy()) {
        take(job());
        return;
    }
    m_counting.request(job);
    Q_EMIT countingChanged();
}

void Session::settle()
{
    if (m_frame->isActive()) {
        m_frame->stop();
        count();
    }
    m_counting.wait();
}

void Session::selectMatch(bool backwards)
{
    if (!hasModel())
        return;
    const Finder::Found here{m_focus->selected(), m_focus->selectedOwn()};
    const Finder::Found found = m_finder->next(run(), m_lens->measure(), here, backwards);
    if (found.node >= 0)
        m_focus->select(found.node, Focus::anyInstance, found.own);
}

void Session::take(Counted counted)
{
    if (!counted.attempt.run) {
        returnToCounted();
        Q_EMIT refused(*counted.attempt.problem);
        return;
    }
    m_elapsedMilliseconds = counted.elapsedMilliseconds;
    m_countedSettings = std::move(counted.settings);
    const auto before = std::exchange(m_run, shared(*std::move(counted.attempt.run)));
    if (counted.baseline)
        m_baseline = std::move(counted.baseline);
    // Comparing a large model takes a while and is done with the counting, unless a count that came between
    // has changed the modules.
    const bool hasSameModules = counted.structure == m_structure
                                    ? counted.hasSameModules
                                    : sameModules(m_structure->trace, m_run->trace);
    if (hasSameModules) {
        Q_EMIT figuresChanged();
    } else {
        m_structure = m_run;
        const auto ids = newIds(before->trace, m_run->trace);
        m_focus->remap(ids);
        m_outline.remap(ids, unfolding());
        m_finder->search(m_finder->text(), m_run.get());
        Q_EMIT modelChanged();
    }
    setProblem(std::move(counted.attempt.problem));
    if (!m_counting.isBusy())
        Q_EMIT countingChanged();
}

} // namespace sunflop
