// SPDX-License-Identifier: GPL-3.0-or-later
// How long the engine takes for what a user waits for: opening a model, and the figures after a knob moved.

#include "core/exporters/exporter.h"
#include "core/sunflop.h"
#include "core/timing/timing.h"

#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

namespace {

using namespace sunflop;

/// A bundled model and the run of it that is timed.
struct Case {
    std::string model;
    std::vector<Assignment> inputs;
};

const std::array cases{
    Case{"ovis2-4b", {{"tiles", "9"}, {"text_tokens", "2000"}, {"new_tokens", "512"}}},
    Case{"internvl2-1b",
         {{"tiles", "9"}, {"text_tokens", "176"}, {"new_tokens", "58"}, {"attention", "eager"}}},
    Case{"qwen2.5-72b", {{"text_tokens", "2000"}, {"new_tokens", "512"}}},
};

const Case training{"ovis2-4b", {{"tiles", "9"}, {"text_tokens", "2000"}, {"mode", "training"}}};

/// What open() and Workload::from() make of a case, or the benchmark's error.
template<typename T>
std::optional<T> orSkip(benchmark::State& state, Result<T> result)
{
    if (result)
        return *std::move(result);
    state.SkipWithError(result.error().text().c_str());
    return std::nullopt;
}

/// The case's run, and the same with one text token more.
Result<std::array<Workload, 2>> neighbours(const Source& source, const Case& timed)
{
    const auto offered = inputsOf(source);
    if (!offered)
        return failure(offered.error());
    auto workload = Workload::from(*offered, timed.inputs);
    if (!workload)
        return failure(workload.error());
    std::array<Workload, 2> both{*workload, *workload};
    ++both[1].textTokens;
    return both;
}

/// Trace, exact counts, memory and times after a knob moved: it moves to and fro, so that no result can be
/// kept.
void recompute(benchmark::State& state, const Case& timed)
{
    const auto source = orSkip(state, open(timed.model));
    if (!source)
        return;
    const auto workloads = orSkip(state, neighbours(*source, timed));
    if (!workloads)
        return;
    const Convention& exact = conventions().front();
    std::size_t turn = 0;
    for (auto _ : state) {
        const auto traced = trace(*source, (*workloads)[turn ^= 1]);
        benchmark::DoNotOptimize(cost(*traced, exact));
        benchmark::DoNotOptimize(memoryOf(*traced, (*workloads)[turn]));
        benchmark::DoNotOptimize(timingOf(*traced, (*workloads)[turn]));
    }
}

/// Times of a traced run on a device, as eager PyTorch runs it.
void scheduleRun(benchmark::State& state, const Case& timed)
{
    const auto source = orSkip(state, open(timed.model));
    if (!source)
        return;
    const auto workloads = orSkip(state, neighbours(*source, timed));
    const auto device = orSkip(state, deviceNamed("h200-sxm"));
    if (!workloads || !device)
        return;
    const auto traced = orSkip(state, trace(*source, workloads->front()));
    if (!traced)
        return;
    for (auto _ : state)
        benchmark::DoNotOptimize(schedule(*traced, *device));
}

/// From the bundled config's text to the list of knobs.
void openModel(benchmark::State& state, const Case& timed)
{
    if (!orSkip(state, open(timed.model)))
        return;
    for (auto _ : state) {
        const auto source = open(timed.model);
        benchmark::DoNotOptimize(inputsOf(*source));
    }
}

/// The JSON report of a run that is already counted.
void writeJson(benchmark::State& state, const Case& timed)
{
    auto source = orSkip(state, open(timed.model));
    if (!source)
        return;
    const auto counted = orSkip(state, run(*std::move(source), timed.inputs, conventions().front()));
    if (!counted)
        return;
    const Exporter& json = **exporterNamed("json");
    for (auto _ : state)
        benchmark::DoNotOptimize(json.write(*counted, {}));
}

void define(const std::string& name, void (*timing)(benchmark::State&, const Case&), const Case& timed)
{
    benchmark::RegisterBenchmark(name.c_str(), timing, timed)->Unit(benchmark::kMicrosecond);
}

} // namespace

int main(int argc, char** argv)
{
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    for (const Case& timed : cases)
        define("recompute/" + timed.model, recompute, timed);
    for (const Case& timed : cases)
        define("schedule/" + timed.model, scheduleRun, timed);
    define("recompute/ovis2-4b-training", recompute, training);
    for (const Case& timed : cases)
        define("open/" + timed.model, openModel, timed);
    define("report/json", writeJson, cases.front());
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
