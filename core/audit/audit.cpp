// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/audit/audit.h"

#include "core/cost/reasons.h"
#include "core/sunflop.h"

#include <algorithm>
#include <cstdlib>

namespace sunflop {

namespace {

const Module& owner(const Trace& trace, const Op& op)
{
    return trace.modules[static_cast<std::size_t>(op.module)];
}

Cause causeOf(Subject subject, OpKind kind)
{
    if (subject == Subject::Norms)
        return kind == OpKind::LayerNorm ? Cause::LayerNorm : Cause::NormPairedFromLeft;
    if (subject == Subject::Biases)
        return Cause::LinearBias;
    switch (kind) {
    case OpKind::ScaledDotProductAttention: return Cause::FusedAttention;
    case OpKind::Softmax: return Cause::Softmax;
    case OpKind::SiLU:
    case OpKind::GeLU:
    case OpKind::GeLUTanh:
    case OpKind::ReLU: return Cause::Activation;
    case OpKind::Neg: return Cause::Negation;
    case OpKind::Cos:
    case OpKind::Sin: return Cause::Trigonometry;
    case OpKind::Sub:
    case OpKind::RSub: return Cause::Subtraction;
    case OpKind::Interpolate: return Cause::Interpolation;
    case OpKind::Add:
    case OpKind::Mul:
    case OpKind::Div: return Cause::ProductPairedFromLeft;
    default: return Cause::OtherOperator;
    }
}

/// What a finding is named after: one bias is like another, everything else goes by the class that calls it.
std::string subjectOf(const Trace& trace, const Op& op, Cause cause)
{
    switch (cause) {
    case Cause::LinearBias: return "Linear";
    case Cause::OtherOperator: return std::string(nameOf(op));
    default: return owner(trace, op).className;
    }
}

/// Differences between the report's convention and the exact one, gathered by cause and subject.
class Gatherer {
public:
    explicit Gatherer(const Run& run) : m_run(run) {}

    std::vector<Finding> gather(const Convention& exact)
    {
        for (const Valued& part : valued(m_run.trace, *m_run.convention, exact))
            if (!movesData(m_run.trace.ops[static_cast<std::size_t>(part.op)].kind))
                add(part);
        return std::move(m_findings);
    }

private:
    void add(const Valued& part)
    {
        const Op& op = m_run.trace.ops[static_cast<std::size_t>(part.op)];
        const Cause cause = causeOf(part.subject, op.kind);
        // Within a norm everything is shown together; elsewhere only what the two counts disagree on.
        if (part.a.work == part.b.work && cause != Cause::NormPairedFromLeft)
            return;
        const std::string subject = subjectOf(m_run.trace, op, cause);
        auto known = std::ranges::find_if(
            m_findings, [&](const Finding& f) { return f.cause == cause && f.subject == subject; });
        if (known == m_findings.end()) {
            m_findings.push_back({.cause = cause, .subject = subject, .path = m_run.trace.path(op.module)});
            m_counted.emplace_back();
            known = std::prev(m_findings.end());
        }
        known->printed += part.a.work;
        known->exact += part.b.work;
        std::vector<std::int32_t>& modules = m_counted[static_cast<std::size_t>(known - m_findings.begin())];
        if (std::ranges::find(modules, op.module) == modules.end()) {
            modules.push_back(op.module);
            known->modules += m_run.costs.nodes[static_cast<std::size_t>(op.module)].instances;
        }
    }

    const Run& m_run;
    std::vector<Finding> m_findings;
    std::vector<std::vector<std::int32_t>> m_counted; ///< modules behind each finding
};

/// The inferred run with some inputs changed, counted exactly.
Result<Run> variant(const Inference& inference, std::vector<Assignment> changes)
{
    std::vector<Assignment> settings;
    for (const Assignment& setting : inference.settings)
        if (std::ranges::find(changes, setting.id, &Assignment::id) == changes.end())
            settings.push_back(setting);
    std::erase_if(changes, [](const Assignment& change) { return change.value.empty(); });
    settings.insert(settings.end(), changes.begin(), changes.end());
    return run(inference.run.source, settings, exactConvention());
}

/// Parts that did not run, each with what one image tile would cost it.
void addDormantParts(const Inference& inference, std::vector<Finding>& findings)
{
    const Trace& trace = inference.run.trace;
    const bool offersTiles =
        std::ranges::any_of(inference.run.inputs, [](const Input& i) { return i.id == "tiles"; });
    if (!offersTiles || trace.run.images)
        return;
    const auto image = variant(inference, {{"images", ""}, {"tiles", "1"}});
    if (!image)
        return;
    // Below the model itself: parts that cost something with an image and nothing without.
    for (std::int32_t c = 1; c < trace.modules.front().end;
         c = trace.modules[static_cast<std::size_t>(c)].end) {
        const auto index = static_cast<std::size_t>(c);
        const Work work = image->costs.nodes[index].total.forward;
        if (inference.run.costs.nodes[index].total.forward == Work{} && work.macs > Count(0))
            findings.push_back({.cause = Cause::TowerNotRun,
                                .subject = trace.modules[index].className,
                                .path = trace.path(c),
                                .modules = 1,
                                .exact = work});
    }
}

/// Matrix products of causal attention in the prefill of a run, all layers.
Finding prefillAttention(const Run& run)
{
    Finding sum{.cause = Cause::DenseAttention};
    for (const Op& op : run.trace.ops) {
        const Module& module = owner(run.trace, op);
        const bool isPrefill =
            run.trace.phases[static_cast<std::size_t>(op.phase)].kind == Phase::Kind::Prefill;
        const OpGroup group = groupOf(op.kind);
        const bool isProduct = group == OpGroup::Product || group == OpGroup::Attention;
        // Causal attention is the one that keeps a cache.
        const bool isCausal =
            std::ranges::find(run.trace.caches, op.module, &CacheEntry::module) != run.trace.caches.end();
        if (!isPrefill || !isProduct || !isCausal || module.role != Role::Attention)
            continue;
        const Count instances = run.costs.nodes[static_cast<std::size_t>(op.module)].instances;
        const Count macs = workOf(run.trace, op, *run.convention).value_or(Work{}).macs * instances;
        sum.exact += {macs, macs * 2};
        sum.modules = instances;
        sum.subject = module.className;
        sum.path = run.trace.path(op.module);
    }
    return sum;
}

/// Fused attention if it were counted over the full square, as conventions without a causal half do.
void addDenseCount(const Inference& inference, std::vector<Finding>& findings)
{
    const Convention& exact = exactConvention();
    Finding dense{.cause = Cause::FusedIfDense};
    const Trace& trace = inference.run.trace;
    for (const Op& op : trace.ops) {
        const auto* attention = std::get_if<AttentionAttributes>(&op.attributes);
        if (attention == nullptr || !attention->causal)
            continue;
        Op square = op;
        square.attributes = AttentionAttributes{};
        const Count instances = inference.run.costs.nodes[static_cast<std::size_t>(op.module)].instances;
        dense.exact += workOf(trace, square, exact).value_or(Work{}) * instances;
        dense.modules = instances;
        dense.subject = owner(trace, op).className;
        dense.path = trace.path(op.module);
    }
    if (dense.modules > Count(0))
        findings.push_back(std::move(dense));
}

/// Work that the kernel or the release does and that generating would not need. Not the counter's mistake.
void addObservations(const Inference& inference, std::vector<Finding>& findings)
{
    const Workload& workload = inference.run.workload;
    if (workload.attention == AttentionKernel::Eager) {
        const auto eager = variant(inference, {});
        const auto fused = variant(inference, {{"attention", "flash"}});
        if (eager && fused) {
            Finding finding = prefillAttention(*eager);
            finding.printed = finding.exact;
            finding.exact = prefillAttention(*fused).exact;
            findings.push_back(std::move(finding));
        }
    }
    if (workload.isGeneration() && workload.keptLogits() == Logits::All) {
        const auto last = variant(inference, {{"logits", "last"}});
        for (std::size_t i = 0; last && i < inference.run.trace.modules.size(); ++i) {
            const Module& module = inference.run.trace.modules[i];
            if (module.role == Role::Head && module.name == "lm_head")
                findings.push_back({.cause = Cause::AllLogits,
                                    .subject = module.className,
                                    .path = inference.run.trace.path(static_cast<std::int32_t>(i)),
                                    .modules = 1,
                                    .printed = inference.run.costs.nodes[i].total.forward,
                                    .exact = last->costs.nodes[i].total.forward});
        }
    }
}

Count distance(const Finding& finding)
{
    return std::abs((finding.printed.flops - finding.exact.flops).value());
}

} // namespace

bool isObservation(Cause cause)
{
    return cause == Cause::TowerNotRun || cause == Cause::FusedIfDense || cause == Cause::DenseAttention ||
           cause == Cause::AllLogits;
}

Result<Audit> audit(const Source& source)
{
    auto inference = infer(source);
    if (!inference)
        return failure(inference.error());
    Audit audit{.inference = *std::move(inference)};
    const Run& run = audit.inference.run;
    const Convention& exact = exactConvention();
    const Costs exactCosts = cost(run.trace, exact).root().total;
    audit.printedTotal = run.costs.root().total.forward;
    audit.exactTotal = exactCosts.forward;
    audit.findings = Gatherer(run).gather(exact);
    const Work printedTraining = audit.printedTotal + run.costs.root().total.backward;
    audit.findings.push_back({.cause = Cause::TrainingLines,
                              .subject = "fwd+bwd",
                              .path = "",
                              .modules = 1,
                              .printed = printedTraining,
                              .exact = exactCosts.forward + exactCosts.backward});
    addDormantParts(audit.inference, audit.findings);
    addDenseCount(audit.inference, audit.findings);
    addObservations(audit.inference, audit.findings);
    std::ranges::stable_sort(audit.findings, [](const Finding& a, const Finding& b) {
        return isObservation(a.cause) != isObservation(b.cause) ? isObservation(b.cause)
                                                                : distance(a) > distance(b);
    });
    return audit;
}

} // namespace sunflop
