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

/// What an operator may cost: alternatives, of which a convention follows one.
struct Candidates {
    std::vector<Equation> macs;
    std::vector<Equation> extras; ///< FLOPs beside the multiply-accumulates
    std::vector<Equation> flops;  ///< where there are no multiply-accumulates
};

Candidates ofLinear(const Op& op)
{
    const Shape& weight = op.inputs[1].shape;
    const Term rows = leading(op.inputs[0].shape, 1);
    const Factor in{"in", weight[1]};
    const Factor out{"out", weight[0]};
    Candidates candidates{.macs = {{times(rows, {in, out})}}, .extras = {}, .flops = {}};
    if (biasOperand(op))
        candidates.extras.push_back({times(rows, {out})});
    return candidates;
}

/// Sizes over which a convolution runs, under `names` for one, two or three dimensions.
Term spatial(const Shape& shape, std::size_t dimensions,
             const std::array<std::array<std::string_view, 3>, 3>& names)
{
    Term term;
    for (std::size_t i = 0; i < dimensions; ++i)
        term.push_back({names[dimensions - 1][i], shape[shape.rank() - dimensions + i]});
    return term;
}

Term positions(const Shape& shape, std::size_t dimensions)
{
    return spatial(shape, dimensions, {{{"length"}, {"height", "width"}, {"depth", "height", "width"}}});
}

/// Elements of an image: its batch, if it has one, channels and positions.
Term imageElements(const Shape& shape, std::size_t dimensions, std::string_view channels)
{
    Term term;
    if (shape.rank() > dimensions + 1)
        term.push_back({"batch", shape[0]});
    term.push_back({channels, shape[shape.rank() - dimensions - 1]});
    const Term rest = positions(shape, dimensions);
    term.insert(term.end(), rest.begin(), rest.end());
    return term;
}

Candidates ofConvolution(const Op& op)
{
    const Shape& weight = op.inputs[1].shape;
    const std::size_t dimensions = weight.rank() - 2;
    const Term elements = imageElements(op.output.shape, dimensions, "out channels");
    Term macs =
        isTransposed(op.kind) ? imageElements(op.inputs[0].shape, dimensions, "in channels") : elements;
    macs.push_back({isTransposed(op.kind) ? "out channels" : "channels", weight[1]});
    const Term kernel = spatial(weight, dimensions,
                                {{{"kernel length"},
                                  {"kernel height", "kernel width"},
                                  {"kernel depth", "kernel height", "kernel width"}}});
    macs.insert(macs.end(), kernel.begin(), kernel.end());
    Candidates candidates{.macs = {{macs}}, .extras = {}, .flops = {}};
    if (biasOperand(op))
        candidates.extras.push_back({elements});
    return candidates;
}

/// Products of matrices, of vectors, and such to which something is added.
Candidates ofMatMul(const Op& op)
{
    const Shape& left = leftOf(op);
    const bool hasColumns = rightOf(op).rank() > 1;
    const Factor inner{"inner", left.fromEnd(0).size};
    const Factor columns{"columns", rightOf(op).fromEnd(0).size};
    Candidates candidates;
    for (const Term& rows : {leading(op.output.shape, hasColumns ? 1 : 0), leading(left, 1)})
        candidates.macs.push_back({hasColumns ? times(rows, {inner, columns}) : times(rows, {inner})});
    if (const auto added = biasOperand(op)) {
        candidates.extras.push_back({times(leading(op.output.shape, 1), {columns})});
        candidates.extras.push_back({{{"added elements", op.inputs[*added].shape.elements()}}});
    }
    return candidates;
}

/// Every matrix of the first layer and of all others, for each position.
Candidates ofRecurrence(const Op& op)
{
    const Recurrence layers = recurrenceOf(op);
    const auto& attributes = std::get<RecurrentAttributes>(op.attributes);
    const std::int64_t directions = attributes.isBidirectional ? 2 : 1;
    const Factor steps{"positions", layers.positions};
    const Factor gates{"gate units", op.inputs[1].shape[0]};
    const Factor first{"in", op.inputs[1].shape.fromEnd(0).size};
    const Factor state{"state", op.inputs[2].shape.fromEnd(0).size};
    const Factor further{"further layers", attributes.layers - 1};
    const Factor ways{"directions", directions};
    Equation macs{{ways, steps, gates, first}, {ways, steps, gates, state}};
    if (attributes.layers > 1) {
        macs.push_back({further, ways, steps, gates, {"in of these", state.value * directions}});
        macs.push_back({further, ways, steps, gates, state});
    }
    const std::int64_t perUnit = op.kind == OpKind::Lstm ? 22 : op.kind == OpKind::Gru ? 17 : 2;
    Term cells{{"", perUnit}, steps, {"units", layers.cells}};
    Candidates candidates{.macs = {macs, {{steps, {"weights", layers.weights}}}}, .extras = {}, .flops = {}};
    if (layers.biases > Count(0))
        candidates.extras.push_back({{steps, {"biases", layers.biases}}, cells});
    candidates.extras.push_back({cells});
    return candidates;
}

Pairs visible(const Op& op)
{
    const auto* attention = std::get_if<AttentionAttributes>(&op.attributes);
    const std::int64_t queries = op.inputs[0].shape[2];
    const std::int64_t keys = op.inputs[1].shape[2];
    if (attention == nullptr || !attention->causal)
        return {Pairs::Rule::All,
                queries,
                keys,
                0,
                densePairs(op),
                attention != nullptr ? attention->mask : MaskReason::None};
    if (attention->alignment == AttentionAttributes::Alignment::First)
        return {queries <= keys ? Pairs::Rule::Triangle : Pairs::Rule::Visible, queries, keys, 0,
                visiblePairs(op)};
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
    return {.macs = {macs}, .extras = {{{{"", 6}, batch, heads, scored}}}, .flops = {}};
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
    case OpKind::Softmax:
    case OpKind::LogSoftmax:
    case OpKind::GeLU:
    case OpKind::HardSwish:
    case OpKind::Mish: return {5, 1};
    case OpKind::LayerNorm:
    case OpKind::GroupNorm:
    case OpKind::InstanceNorm: return {5, 4};
    case OpKind::BatchNorm: return {5, 4, 2, 1};
    case OpKind::SiLU:
    case OpKind::Sigmoid:
    case OpKind::HardSigmoid:
    case OpKind::ELU: return {4, 1};
    case OpKind::GeLUTanh: return {9, 1};
    case OpKind::Softplus: return {3, 1};
    case OpKind::HardTanh:
    case OpKind::LeakyReLU: return {2, 1};
    case OpKind::Interpolate: return {4, 1};
    case OpKind::Elementwise: return {1, 2, 17, 22}; // cells of recurrent layers
    default: return {1};
    }
}

/// As many operations on each element as its parts have, and two for each mean.
void addNorms(const Op& op, std::vector<Equation>& forms)
{
    const Factor elements{"elements", inputElements(op)};
    const Factor rows{op.kind == OpKind::BatchNorm ? "channels" : "rows", normRows(op)};
    for (std::int64_t each = 7; each >= 2; --each)
        forms.push_back({{{"", each}, elements}, {{"", 2}, rows}});
}

/// Every element of a window; the positions of a new size; a product for each tap, and their sum.
void addResampling(const Op& op, std::vector<Equation>& forms)
{
    const Shape& out = op.output.shape;
    const Factor elements{"elements", out.elements()};
    if (const auto* pool = std::get_if<PoolAttributes>(&op.attributes))
        forms.push_back({{elements, {"window", pool->window}}});
    if (op.kind != OpKind::Interpolate || out.rank() < 3)
        return;
    if (out.rank() <= 5)
        forms.push_back({positions(out, out.rank() - 2)});
    if (const auto* filter = std::get_if<InterpolateAttributes>(&op.attributes)) {
        forms.push_back({{elements, {"products", filter->taps}}, {elements, {"sums", filter->taps - 1}}});
        forms.push_back({{elements, {"taps", filter->taps}}});
    }
}

Candidates ofElements(const Op& op)
{
    std::vector<Shape> shapes{op.output.shape};
    if (!op.inputs.empty())
        shapes.push_back(op.inputs.front().shape);
    Candidates candidates;
    if (isNorm(op.kind))
        addNorms(op, candidates.flops);
    addResampling(op, candidates.flops);
    for (const Shape& shape : shapes)
        for (const std::int64_t each : perElement(op.kind)) {
            const Factor elements{"elements", shape.elements()};
            candidates.flops.push_back({each == 1 ? Term{elements} : Term{{"", each}, elements}});
        }
    if (op.inputs.size() == 2)
        candidates.flops.push_back({leftPaired(op.inputs[0].shape, op.inputs[1].shape)});
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
    step.flops = fitting(step.macs.empty() ? candidates.flops : productForms(step.macs, candidates.extras),
                         step.work.flops);
}

void explainAttention(StepFormula& step, const Op& op)
{
    for (const Pairs& pairs :
         {visible(op), Pairs{Pairs::Rule::All, op.inputs[0].shape[2], op.inputs[1].shape[2], 0,
                             densePairs(op), MaskReason::None}}) {
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
    if (op.kind == OpKind::ScaledDotProductAttention)
        explainAttention(step, op);
    else if (op.kind == OpKind::Linear)
        explain(step, ofLinear(op));
    else if (isMatrixProduct(op.kind))
        explain(step, ofMatMul(op));
    else if (isConvolution(op.kind))
        explain(step, ofConvolution(op));
    else if (isRecurrent(op.kind))
        explain(step, ofRecurrence(op));
    else
        explain(step, ofElements(op));
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
