// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/formula.h"

#include "core/cost/cost_tree.h"

#include <algorithm>

namespace sunflop {

namespace {

/// The forms in which conventions count products of `macs`: two or one per multiply-accumulate, two and one
/// of the `extras`.
std::vector<Equation> productForms(const Equation& macs, const std::vector<Equation>& extras)
{
    const Factor product{"MACs", valueOf(macs)};
    std::vector<Equation> forms{{{{"", 2}, product}}, {{product}}};
    for (const Equation& extra : extras) {
        forms.push_back({{{"", 2}, product}});
        forms.back().insert(forms.back().end(), extra.begin(), extra.end());
    }
    return forms;
}

/// The first of several equations that comes to `count`; empty if none does.
Equation fitting(const std::vector<Equation>& candidates, Count count)
{
    if (count == Count(0) || count.isSaturated())
        return {};
    const auto found = std::ranges::find(candidates, count, valueOf);
    return found == candidates.end() ? Equation{} : *found;
}

void explain(StepFormula& step, const Candidates& candidates)
{
    step.macs = fitting(candidates.macs, step.work.macs);
    step.flops = fitting(step.macs.empty() ? candidates.flops : productForms(step.macs, candidates.extras),
                         step.work.flops);
}

/// Requires constant extents and a convention with a rule.
StepFormula atStep(const Op& op, const Convention& convention)
{
    StepFormula step{.work = convention.count(op).value_or(Work{})};
    for (const Candidates& candidates : candidatesOf(op)) {
        explain(step, candidates);
        if (step.macs.empty())
            continue;
        step.pairs = candidates.pairs;
        break;
    }
    return step;
}

} // namespace

Formula formulaOf(const Trace& trace, const Op& op, const Convention& convention)
{
    Formula formula{.steps = trace.phases[static_cast<std::size_t>(op.phase)].steps};
    const auto total = workOf(trace, op, convention);
    if (!total)
        return formula;
    formula.isCounted = true;
    formula.total = *total;
    formula.first = atStep(op.at(0), convention);
    if (op.grows() && formula.steps > 1)
        formula.last = atStep(op.at(formula.steps - 1), convention);
    return formula;
}

} // namespace sunflop
