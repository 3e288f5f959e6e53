// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/memory_question.h"

#include "core/memory/optimizer.h"
#include "core/run/run.h"
#include "ui/text.h"

#include <QCoreApplication>

#include <algorithm>

namespace sunflop {

namespace {

constexpr std::int64_t servingBatch = 32;

QString tr(const char* text)
{
    return QCoreApplication::translate("memory", text);
}

/// The workload of a scenario; settings that exclude it give way.
Result<Workload> workloadOf(const MemoryQuestion& question, Scenario scenario)
{
    std::vector<Assignment> settings = question.settings;
    const auto set = [&](std::string_view id, std::string value) {
        std::erase_if(settings, [&](const Assignment& old) { return old.id == id; });
        settings.push_back({std::string(id), std::move(value)});
    };
    set("mode", scenario == Scenario::Training ? "training" : "inference");
    if (scenario == Scenario::Serving)
        set("batch", std::to_string(servingBatch));
    auto workload = Workload::from(question.model->inputs, settings);
    while (!workload && workload.error().kind == ErrorKind::Conflict) {
        const auto excluded = std::ranges::find_if(settings, [&](const Assignment& a) {
            std::vector<Assignment> without = settings;
            std::erase(without, a);
            return a.id != "mode" && Workload::from(question.model->inputs, without).has_value();
        });
        if (excluded == settings.end())
            break;
        settings.erase(excluded);
        workload = Workload::from(question.model->inputs, settings);
    }
    return workload;
}

QString titleOf(Scenario scenario, const Workload& workload)
{
    switch (scenario) {
    case Scenario::Inference:
        return workload.batch == 1 ? tr("Inference")
                                   : tr("Inference, batch %1").arg(text::exact(workload.batch));
    case Scenario::Serving: return tr("Serving, batch %1").arg(text::exact(workload.batch));
    case Scenario::Training: {
        const auto optimizer = optimizerNamed(workload.optimizer);
        return tr("Training, %1").arg(optimizer ? text::from((*optimizer)->title) : QString());
    }
    }
    return {};
}

QString plainTitle(Scenario scenario)
{
    return scenario == Scenario::Training  ? tr("Training")
           : scenario == Scenario::Serving ? tr("Serving")
                                           : tr("Inference");
}

Scenario scenarioOf(const Run& run)
{
    return run.workload.mode == Mode::Training ? Scenario::Training : Scenario::Inference;
}

} // namespace

MemoryBar liveBar(const Run& run)
{
    const Scenario scenario = scenarioOf(run);
    return {scenario, titleOf(scenario, run.workload), run.memory.parts, true, {}};
}

MemoryQuestion memoryQuestion(const Session& session)
{
    return {session.sharedModel(), session.settings(), scenarioOf(session.run())};
}

std::vector<MemoryBar> otherBars(const MemoryQuestion& question)
{
    std::vector<MemoryBar> bars;
    for (const Scenario scenario : scenarios) {
        if (scenario == question.live)
            continue;
        MemoryBar bar{.scenario = scenario, .title = plainTitle(scenario)};
        const auto workload = workloadOf(question, scenario);
        const auto traced = workload ? question.model->family->trace(question.model->source, *workload)
                                     : Result<Trace>(tl::unexpect, workload.error());
        if (traced) {
            bar.title = titleOf(scenario, *workload);
            bar.parts = memoryOf(*traced, *workload).parts;
        } else {
            bar.refusal = text::from(traced.error().detail);
        }
        bars.push_back(std::move(bar));
    }
    return bars;
}

std::vector<MemoryBar> allBars(const Run& run, std::vector<MemoryBar> others)
{
    MemoryBar live = liveBar(run);
    std::erase_if(others, [&](const MemoryBar& bar) { return bar.scenario == live.scenario; });
    others.push_back(std::move(live));
    std::ranges::sort(others, {}, &MemoryBar::scenario);
    return others;
}

} // namespace sunflop
