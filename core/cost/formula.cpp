// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/formula.h"

#include "core/cost/cost_tree.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace sunflop {

namespace {

/// Sizes of all dimensions but the last `inner`, under the names that people use for them.
Term leading(const Shape& shape, std::size_t inner)
{
    static constexpr std::array<std::array<std::string_view, 3>, 4> names{
        {{}, {"rows"}, {"batch", "rows"}, {"batch", "heads", "rows"}}};
    const std::size_t outer = shape.rank() > inner ? shape.rank() - inner : 0;
    Term term;
    if (outer < names.size()) {
        for (std::size_t i = 0; i < outer; ++i)
            term.push_back({names[outer][i], shape[i]});
        return term;
    }
    Count rows = 1;
    for (std::size_t i = 0; i < outer; ++i)
        rows *= shape[i];
    return {{"rows", rows}};
}

Term times(Term term, std::initializer_list<Factor> more)
{
    term.insert(term.end(), more);
    return term;
}

/// The forms in which conventions count products of `macs`: two or one per multiply-accumulate, two and
/// `extra`.
std::vector<Equation> productForms(const Equation& macs, const Term& extra)
{
    const Factor product{"MACs", valueOf(macs)};
    std::vector<Equation> forms{{{{"", 2}, product}}, {{product}}};
    if (!extra.empty())
        forms.push_back({{{"", 2}, product}, extra});
    return forms;
}

/// What an operator may cost: alternatives, of which a convention follows one.
struct Candidates {
    std::vector<Equation> macs;
    Term extra;                  ///< FLOPs beside the multiply-accumulates
    std::vector<Equation> flops; ///< where there are no multiply-accumulates
};

Candidates ofLinear(const Op& op)
{
    const Shape& weight = op.inputs[1].shape;
    const Term rows = leading(op.inputs[0].shape, 1);
    const Factor in{"in", weight[1]};
    const Factor out{"out", weight[0]};
    const bool hasBias = op.inputs.size() > 2;
    return {{{times(rows, {in, out})}}, hasBias ? times(rows, {out}) : Term{}, {}};
}

Candidates ofConvolution(const Op& op)
{
    const Shape& weight = op.inputs[1].shape;
    const Shape& out = op.output.shape;
    const Term elements{{"batch", out[0]}, {"out channels", out[1]}, {"height", out[2]}, {"width", out[3]}};
    const Term macs =
        times(elements, {{"channels", weight[1]}, {"kernel height", weight[2]}, {"kernel width", weight[3]}});
    return {{{macs}}, op.inputs.size() > 2 ? elements : Term{}, {}};
}

Candidates ofMatMul(const Op& op)
{
    const Shape& left = op.inputs[0].shape;
    const Factor inner{"inner", left.fromEnd(0).size};
    const Factor columns{"columns", op.inputs[1].shape.fromEnd(0).size};
    Candidates candidates;
    for (const Shape& shape : {op.output.shape, left})
        candidates.macs.push_back({times(leading(shape, 1), {inner, columns})});
    return candidates;
}

Pairs visible(const Op& op)
{
    const auto* attention = std::get_if<AttentionAttributes>(&op.attributes);
    const std::int64_t queries = op.inputs[0].shape[2];
    const std::int64_t keys = op.inputs[1].shape[2];
    if (attention == nullptr || !attention->causal)
        return {Pairs::Rule::All, queries, keys, 0, densePairs(op)};
    const bool isBand = attention->window > 0 && attention->window < keys;
    const auto rule = isBand || queries > keys ? Pairs::Rule::Visible
                      : queries == 1           ? Pairs::Rule::All
                      : queries == keys        ? Pairs::Rule::Triangle
                                               : Pairs::Rule::Trapezoid;
    return {rule, queries, keys, isBand ? attention->window : 0, visiblePairs(op)};
}

Candidates ofAttention(const Op& op, const Pairs& pairs)
{
    const Shape& query = op.inputs[0].shape;
    const std::int64_t values = op.inputs[2].shape[3];
    const Factor batch{"batch", query[0]};
    const Factor heads{"heads", query[1]};
    const Factor scored{"pairs", pairs.count};
    const Equation macs = query[3] == values
                              ? Equation{times({{"", 2}}, {batch, heads, scored, {"head size", values}})}
                              : Equation{{batch, heads, scored, {"key size", query[3]}},
                                         {batch, heads, scored, {"value size", values}}};
    return {{macs}, {{"", 6}, batch, heads, scored}, {}};
}

/// Axes paired from the left, the larger size of each pair.
Term leftPaired(const Shape& a, const Shape& b)
{
    static constexpr std::array<std::string_view, Shape::maxRank> names{
        "axis 1", "axis 2", "axis 3", "axis 4", "axis 5", "axis 6", "axis 7", "axis 8"};
    Term term;
    for (std::size_t i = 0; i < std::max(a.rank(), b.rank()); ++i)
        term.push_back({names[i], std::max(i < a.rank() ? a[i] : 1, i < b.rank() ? b[i] : 1)});
    return term;
}

/// Operations per element that a convention may see in one kind of operator.
std::vector<std::int64_t> perElement(OpKind kind)
{
    switch (kind) {
    case OpKind::Softmax: return {5, 1};
    case OpKind::LayerNorm: return {5};
    case OpKind::SiLU: return {4, 1};
    case OpKind::GeLU: return {5, 1};
    case OpKind::GeLUTanh: return {9, 1};
    default: return {1};
    }
}

Candidates ofElements(const Op& op)
{
    const Shape& in = op.inputs.front().shape;
    Candidates candidates;
    for (const Shape& shape : {op.output.shape, in})
        for (const std::int64_t each : perElement(op.kind)) {
            const Factor elements{"elements", shape.elements()};
            candidates.flops.push_back({each == 1 ? Term{elements} : Term{{"", each}, elements}});
        }
    if (op.kind == OpKind::LayerNorm && in.rank() > 0 && in.fromEnd(0).size > 0) {
        const std::int64_t rows = in.elements().value() / in.fromEnd(0).size;
        candidates.flops.push_back({{{"", 7}, {"elements", in.elements()}}, {{"", 2}, {"rows", rows}}});
    }
    if (op.kind == OpKind::Interpolate && op.output.shape.rank() == 4)
        candidates.flops.push_back({{{"height", op.output.shape[2]}, {"width", op.output.shape[3]}}});
    if (op.inputs.size() == 2)
        candidates.flops.push_back({leftPaired(in, op.inputs[1].shape)});
    return candidates;
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
    step.flops = fitting(step.macs.empty() ? candidates.flops : productForms(step.macs, candidates.extra),
                         step.work.flops);
}

void explainAttention(StepFormula& step, const Op& op)
{
    for (const Pairs& pairs : {visible(op), Pairs{Pairs::Rule::All, op.inputs[0].shape[2],
                                                  op.inputs[1].shape[2], 0, densePairs(op)}}) {
        explain(step, ofAttention(op, pairs));
        if (!step.macs.empty()) {
            step.pairs = pairs;
            return;
        }
    }
}

/// Requires constant extents and a convention with a rule.
StepFormula atStep(const Op& op, const Convention& convention)
{
    StepFormula step{.work = convention.count(op).value_or(Work{})};
    switch (op.kind) {
    case OpKind::Linear: explain(step, ofLinear(op)); break;
    case OpKind::Conv2d: explain(step, ofConvolution(op)); break;
    case OpKind::MatMul: explain(step, ofMatMul(op)); break;
    case OpKind::ScaledDotProductAttention: explainAttention(step, op); break;
    default: explain(step, ofElements(op)); break;
    }
    return step;
}

} // namespace

Count valueOf(const Equation& equation)
{
    Count sum;
    for (const Term& term : equation) {
        Count product = 1;
        for (const Factor& factor : term)
            product *= factor.value;
        sum += product;
    }
    return sum;
}

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
