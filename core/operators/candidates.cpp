// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operators/candidates.h"

#include "core/operators/operator.h"
#include "core/operators/quantities.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace sunflop {

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

std::vector<Candidates> candidatesOf(const Op& op)
{
    return operatorOf(op.kind).candidates(op);
}

namespace operators {

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

Candidates over(const Op& op, const Pairs& pairs)
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
    return {.macs = {macs}, .extras = {{{{"", 6}, batch, heads, scored}}}, .flops = {}, .pairs = pairs};
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

/// So many operations on each element of the result, or of the first operand, after `forms`; or as many as
/// pairing the axes of two operands from the left comes to.
std::vector<Candidates> onElements(const Op& op, std::vector<Equation> forms,
                                   std::initializer_list<std::int64_t> perElement)
{
    std::vector<Shape> shapes{op.output.shape};
    if (!op.inputs.empty())
        shapes.push_back(op.inputs.front().shape);
    for (const Shape& shape : shapes)
        for (const std::int64_t each : perElement) {
            const Factor elements{"elements", shape.elements()};
            forms.push_back({each == 1 ? Term{elements} : Term{{"", each}, elements}});
        }
    if (op.inputs.size() == 2)
        forms.push_back({leftPaired(op.inputs[0].shape, op.inputs[1].shape)});
    return {{.flops = std::move(forms)}};
}

/// As many operations on each element as a norm has parts, and two for each mean.
std::vector<Equation> normForms(const Op& op, std::string_view rowsName)
{
    const Factor elements{"elements", inputElements(op)};
    const Factor rows{rowsName, normRows(op)};
    std::vector<Equation> forms;
    for (std::int64_t each = 7; each >= 2; --each)
        forms.push_back({{{"", each}, elements}, {{"", 2}, rows}});
    return forms;
}

} // namespace

std::vector<Candidates> linear(const Op& op)
{
    const Shape& weight = op.inputs[1].shape;
    const Term rows = leading(op.inputs[0].shape, 1);
    const Factor in{"in", weight[1]};
    const Factor out{"out", weight[0]};
    Candidates candidates{.macs = {{times(rows, {in, out})}}, .extras = {}, .flops = {}};
    if (biasOperand(op))
        candidates.extras.push_back({times(rows, {out})});
    return {candidates};
}

std::vector<Candidates> product(const Op& op)
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
    return {candidates};
}

std::vector<Candidates> convolution(const Op& op)
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
    return {candidates};
}

std::vector<Candidates> recurrence(const Op& op)
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
    Term cells{{"", operatorOf(op.kind).perElement}, steps, {"units", layers.cells}};
    Candidates candidates{.macs = {macs, {{steps, {"weights", layers.weights}}}}, .extras = {}, .flops = {}};
    if (layers.biases > Count(0))
        candidates.extras.push_back({{steps, {"biases", layers.biases}}, cells});
    candidates.extras.push_back({cells});
    return {candidates};
}

std::vector<Candidates> attention(const Op& op)
{
    const Pairs all{Pairs::Rule::All, op.inputs[0].shape[2], op.inputs[1].shape[2], 0,
                    densePairs(op),   MaskReason::None};
    return {over(op, visible(op)), over(op, all)};
}

std::vector<Candidates> elements(const Op& op)
{
    return onElements(op, {}, {operatorOf(op.kind).perElement, 1});
}

std::vector<Candidates> norm(const Op& op)
{
    return onElements(op, normForms(op, "rows"), {5, 4});
}

std::vector<Candidates> batchNorm(const Op& op)
{
    return onElements(op, normForms(op, "channels"), {5, 4, 2, 1});
}

std::vector<Candidates> rmsNorm(const Op& op)
{
    return onElements(op, normForms(op, "rows"), {1});
}

std::vector<Candidates> pool(const Op& op)
{
    std::vector<Equation> forms;
    if (const auto* attributes = std::get_if<PoolAttributes>(&op.attributes))
        forms.push_back({{{"elements", op.output.shape.elements()}, {"window", attributes->window}}});
    return onElements(op, std::move(forms), {1});
}

std::vector<Candidates> interpolation(const Op& op)
{
    const Shape& out = op.output.shape;
    const Factor elements{"elements", out.elements()};
    std::vector<Equation> forms;
    if (out.rank() >= 3 && out.rank() <= 5)
        forms.push_back({positions(out, out.rank() - 2)});
    if (const auto* filter = std::get_if<InterpolateAttributes>(&op.attributes)) {
        forms.push_back({{elements, {"products", filter->taps}}, {elements, {"sums", filter->taps - 1}}});
        forms.push_back({{elements, {"taps", filter->taps}}});
    }
    return onElements(op, std::move(forms), {4, 1});
}

} // namespace operators

} // namespace sunflop
