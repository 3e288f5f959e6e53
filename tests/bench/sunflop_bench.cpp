// SPDX-License-Identifier: GPL-3.0-or-later
// How long the engine takes for what a user waits for: opening a model, and the figures after a knob moved.

#include "core/cost/comparison.h"
#include "core/exporters/exporter.h"
#include "core/model/tracer.h"
#include "core/sunflop.h"
#include "core/timing/timing.h"

#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
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
        benchmark::DoNotOptimize(exportedText(json, *counted));
}

/// A mixture of experts in which nothing is folded, 59,975 modules: 58 layers of 256 experts, each with
/// three linear layers, and 10 modules around them.
Trace expertTrace(std::string_view decoder)
{
    constexpr int layers = 58;
    constexpr int experts = 256;
    Tracer t({DType::BF16, DType::BF16});
    const auto leaf = [&](std::string_view name, std::int64_t params) {
        const auto scope = t.module(name, "Linear");
        t.parameter("weight", {params});
    };
    const auto fill = [&](int number) {
        const auto layer = t.module(std::to_string(number), "ExpertsDecoderLayer");
        for (const char* name : {"q_proj", "k_proj", "v_proj", "o_proj", "q_norm", "k_norm", "gate", "norm1"})
            leaf(name, 2048);
        const auto list = t.module("experts", "ModuleList", {.isContainer = true});
        for (int i = 0; i < experts; ++i) {
            const auto expert = t.module(std::to_string(i), "ExpertsMLP", {.role = Role::Mlp});
            for (const char* name : {"gate_proj", "up_proj", "down_proj"})
                leaf(name, 2048 * 768);
        }
    };
    {
        const auto root = t.module("", "ExpertsForCausalLM");
        const auto model = t.module(decoder, "ExpertsModel");
        const auto list = t.module("layers", "ModuleList", {.isContainer = true});
        for (int i = 0; i < layers; ++i)
            fill(i);
    }
    return *t.finish();
}

/// Two such models whose decoders are called otherwise: every module finds its partner below an alias.
struct ExpertPair {
    Trace traceA = expertTrace("model");
    Trace traceB = expertTrace("transformer");
    CostTree costsA = cost(traceA, conventions().front());
    CostTree costsB = cost(traceB, conventions().front());

    ComparisonSide a() const { return {traceA, costsA}; }
    ComparisonSide b() const { return {traceB, costsB}; }
};

void align(benchmark::State& state)
{
    const ExpertPair pair;
    for (auto _ : state)
        benchmark::DoNotOptimize(compare(pair.a(), pair.b()));
    state.counters["modules"] = static_cast<double>(pair.traceA.modules.size());
}

/// One measure of every row.
void figures(benchmark::State& state)
{
    const ExpertPair pair;
    const Comparison both = compare(pair.a(), pair.b());
    for (auto _ : state)
        benchmark::DoNotOptimize(compared(both, pair.a(), pair.b(), measures().front()));
    state.counters["rows"] = static_cast<double>(both.rows.size());
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
    benchmark::RegisterBenchmark("compare/align-60k", align)->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("compare/figures-60k", figures)->Unit(benchmark::kMillisecond);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
