// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/reasons.h"

#include "core/cost/cost_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

namespace sunflop {

namespace {

/// Instances of every module: its own repeats times those of all ancestors.
std::vector<Count> instancesOf(const Trace& trace)
{
    std::vector<Count> instances;
    instances.reserve(trace.modules.size());
    for (const Module& module : trace.modules)
        instances.push_back(
            Count(module.repeat) *
            (module.parent < 0 ? Count(1) : instances[static_cast<std::size_t>(module.parent)]));
    return instances;
}

Rule ruleFor(const Op& op, bool isCounted, std::string_view (*words)(const Op&))
{
    return {words == nullptr ? std::string_view() : words(op.at(0)), isCounted};
}

/// A call without a bias, or with it as one piece.
Valuation valuation(const Trace& trace, const Op& op, Count instances, const Convention& convention)
{
    const auto work = workOf(trace, op, convention);
    return {work.value_or(Work{}) * instances, ruleFor(op, work.has_value(), convention.rule)};
}

/// A call with a bias apart from it, and the bias.
struct Split {
    Valuation rest;
    Valuation bias;
};

/// Nothing where the convention counts the call only with or only without its bias, or counts less with it.
std::optional<Split> split(const Trace& trace, const Op& op, Count instances, const Convention& convention)
{
    const Op plain = withoutBias(op);
    const Valuation whole = valuation(trace, op, instances, convention);
    const Valuation rest = valuation(trace, plain, instances, convention);
    const Work bias{whole.work.macs - rest.work.macs, whole.work.flops - rest.work.flops};
    const bool isSaturated = whole.work.macs.isSaturated() || whole.work.flops.isSaturated();
    if (whole.rule.isCounted != rest.rule.isCounted || bias.macs < Count(0) || bias.flops < Count(0) ||
        isSaturated)
        return std::nullopt;
    return Split{rest, {bias, ruleFor(op, whole.rule.isCounted, convention.biasRule)}};
}

std::string sideOf(const Convention& convention, const Rule& rule)
{
    const std::string_view fallback = rule.isCounted ? "counts these calls" : "has no rule for these calls";
    return fmt::format("{} {}{}", convention.id, rule.words.empty() ? fallback : rule.words,
                       rule.isCounted ? "" : " (not counted)");
}

/// Adds up calls of the same subject under the same two rules.
class Gatherer {
public:
    explicit Gatherer(const Trace& trace) : m_trace(trace), m_instances(instancesOf(trace)) {}

    void add(const Valued& part)
    {
        const Op& op = m_trace.ops[static_cast<std::size_t>(part.op)];
        const auto [known, isNew] =
            m_index.try_emplace({part.subject, part.a.rule, part.b.rule}, m_reasons.size());
        if (isNew)
            m_reasons.push_back(
                {.subject = part.subject, .module = op.module, .ruleA = part.a.rule, .ruleB = part.b.rule});
        Reason& reason = m_reasons[known->second];
        if (std::ranges::find(reason.operators, nameOf(op)) == reason.operators.end())
            reason.operators.push_back(nameOf(op));
        reason.calls += Count(m_trace.phases[static_cast<std::size_t>(op.phase)].steps) *
                        m_instances[static_cast<std::size_t>(op.module)];
        reason.a += part.a.work;
        reason.b += part.b.work;
    }

    std::vector<Reason> gathered() && { return std::move(m_reasons); }

private:
    const Trace& m_trace;
    std::vector<Count> m_instances;
    std::map<std::tuple<Subject, Rule, Rule>, std::size_t> m_index;
    std::vector<Reason> m_reasons;
};

Count distance(Count a, Count b)
{
    return std::max(a, b) - std::min(a, b);
}

/// The largest difference of FLOPs first, each with its sentence.
std::vector<Reason> sorted(std::vector<Reason> reasons, const Convention& a, const Convention& b)
{
    std::ranges::stable_sort(reasons, std::ranges::greater{}, [](const Reason& reason) {
        return std::pair(distance(reason.a.flops, reason.b.flops), distance(reason.a.macs, reason.b.macs));
    });
    for (Reason& reason : reasons)
        reason.why = whyTheyDiffer(a, b, reason);
    return reasons;
}

} // namespace

std::vector<Valued> valued(const Trace& trace, const Convention& a, const Convention& b)
{
    const std::vector<Count> instances = instancesOf(trace);
    const std::vector<Subject> subjects = subjectsOf(trace);
    std::vector<Valued> all;
    all.reserve(trace.ops.size());
    for (std::size_t i = 0; i < trace.ops.size(); ++i) {
        const Op& op = trace.ops[i];
        const auto index = static_cast<std::int32_t>(i);
        const Count times = instances[static_cast<std::size_t>(op.module)];
        if (biasOperand(op)) {
            const auto inA = split(trace, op, times, a);
            const auto inB = split(trace, op, times, b);
            if (inA && inB) {
                all.push_back({index, subjects[i], inA->rest, inB->rest});
                all.push_back({index, Subject::Biases, inA->bias, inB->bias});
                continue;
            }
        }
        all.push_back({index, subjects[i], valuation(trace, op, times, a), valuation(trace, op, times, b)});
    }
    return all;
}

std::vector<Reason> reasons(const Trace& trace, const Convention& a, const Convention& b)
{
    Gatherer gatherer(trace);
    for (const Valued& part : valued(trace, a, b))
        if (part.a.work != part.b.work)
            gatherer.add(part);
    return sorted(std::move(gatherer).gathered(), a, b);
}

std::vector<Reason> reasons(const Trace& traceA, const Convention& a, const Trace& traceB,
                            const Convention& b)
{
    std::vector<Reason> found = reasons(traceB, a, b);
    const Work inA = cost(traceA, a).root().total.forward;
    const Work inB = cost(traceB, a).root().total.forward;
    if (inA != inB)
        found.push_back({.subject = Subject::Inputs, .a = inA, .b = inB});
    return sorted(std::move(found), a, b);
}

std::string whyTheyDiffer(const Convention& a, const Convention& b, const Reason& reason)
{
    if (reason.subject == Subject::Inputs)
        return fmt::format("{} counts both runs; their inputs differ.", a.id);
    return fmt::format("{}; {}.", sideOf(a, reason.ruleA), sideOf(b, reason.ruleB));
}

} // namespace sunflop
