// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/routed_experts.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace sunflop {

namespace {

/// What the router finds for each token [tokens, visited].
struct Routed {
    Tensor weights;
    Tensor experts; ///< their numbers
};

/// The largest probabilities of logits [tokens, experts], scaled to a sum of one.
Routed topK(Tracer& t, Tensor logits, std::int64_t visited)
{
    const Shape picked{logits.size(0), visited};
    Tensor weights = reduction("topk", softmax(std::move(logits), DType::F32), picked, DType::F32);
    Tensor sum = reduction("sum", weights, {picked.extent(0), 1}, DType::F32);
    return {div(std::move(weights), std::move(sum), Spelling::InPlace), t.create(picked, DType::I64)};
}

/// XTopKRouter: states x [tokens, hidden].
Routed router(Tracer& t, const Tensor& x, const RoutedExperts& m)
{
    const auto scope = t.module("gate", fmt::format("{}TopKRouter", m.prefix), {.role = Role::Router});
    Tensor logits = linear(x, t.parameter("weight", {m.routing.experts, x.shape()[1]}));
    return topK(t, to(std::move(logits), DType::F32), m.routing.visited);
}

/// Experts that get equally many rows each.
struct Share {
    std::int64_t experts = 0;
    std::int64_t rows = 0; ///< of each
};

/// `rows` rows spread over the experts: those that get one more than the others, then the others. Experts
/// without rows are in neither.
std::vector<Share> sharesOf(std::int64_t rows, std::int64_t experts)
{
    std::vector<Share> shares;
    for (const Share share :
         {Share{rows % experts, rows / experts + 1}, Share{experts - rows % experts, rows / experts}})
        if (share.experts > 0 && share.rows > 0)
            shares.push_back(share);
    return shares;
}

/// Rows sorted by expert, a piece for each share, times the matrices [experts, out, in] of its experts: a
/// batched product with one matrix an expert, which reads those that have rows. Autocast leaves it alone.
std::vector<Tensor> groupedProduct(Tracer& t, const std::vector<Tensor>& rows, const Tensor& weight,
                                   const std::vector<Share>& shares)
{
    std::vector<Tensor> products;
    for (std::size_t i = 0; i < shares.size(); ++i) {
        const auto [experts, each] = shares[i];
        const Tensor input = t.settings().autocast ? to(rows[i], weight.dtype()) : rows[i];
        const Tensor left = slice(input, {experts, each, weight.size(2)});
        const Tensor right = slice(weight, {experts, weight.size(2), weight.size(1)});
        products.push_back(t.record(OpKind::MatMul, {left, right}, {experts, each, weight.size(1)},
                                    left.dtype(), Spelling::Function, {}, "bmm"));
    }
    return products;
}

/// Gated rows: act(gate) * up of [experts, rows, 2 * intermediate].
std::vector<Tensor> gated(Tracer& t, std::vector<Tensor> both, std::string_view act, Version transformers)
{
    for (Tensor& part : both) {
        Shape half = part.shape();
        half.set(2, part.size(2).size / 2);
        Tensor gate = activation(t, "act_fn", slice(part, half), act, transformers);
        part = mul(std::move(gate), slice(part, half));
    }
    return both;
}

/// Rows of all shares, weighted, back in the order of their tokens: [tokens * visited, hidden].
Tensor restored(std::vector<Tensor> parts, const Tensor& weights, const Tensor& places)
{
    const std::int64_t width = parts.front().shape()[2];
    for (Tensor& part : parts) {
        const std::int64_t rows = part.shape()[0] * part.shape()[1];
        part = mul(view(part, {rows, width}), slice(weights, {rows, 1}));
    }
    Tensor all = parts.size() == 1 ? parts.front() : cat(parts.front(), parts.back(), 0);
    parts.clear();
    return index_select(std::move(all), places);
}

/// XExperts: states x [tokens, hidden] through the experts that the router found.
Tensor fusedExperts(Tracer& t, const Tensor& x, const Routed& routed, const RoutedExperts& m,
                    Version transformers)
{
    const auto scope = t.module("experts", fmt::format("{}Experts", m.prefix));
    const std::int64_t hidden = x.shape()[1];
    const ParameterTraits traits{.experts = m.routing.experts, .visited = m.routing.visited};
    const Tensor gateUp =
        t.parameter("gate_up_proj", {m.routing.experts, 2 * m.intermediate, hidden}, traits);
    const Tensor down = t.parameter("down_proj", {m.routing.experts, hidden, m.intermediate}, traits);
    const std::int64_t rows = x.shape()[0] * m.routing.visited;
    const std::vector<Share> shares = sharesOf(rows, m.routing.experts);

    Tensor selected = index_select(x, t.create({rows}, DType::I64));
    const Tensor order = reduction("argsort", view(routed.experts, {rows}), {rows}, DType::I64);
    const Tensor places = reduction("argsort", order, {rows}, DType::I64);
    const Tensor weights = index_select(view(routed.weights, {rows}), order);
    selected = index_select(std::move(selected), order);
    const Tensor counts = reduction("histc", order, {m.routing.experts}, DType::I32);
    const Tensor offsets = reduction("cumsum", counts, {m.routing.experts}, DType::I32);
    std::vector<Tensor> parts(shares.size(), selected);
    parts = gated(t, groupedProduct(t, parts, gateUp, shares), m.hiddenAct, transformers);
    parts = groupedProduct(t, parts, down, shares);
    const Tensor all = restored(std::move(parts), weights, places);
    const Tensor perToken = view(all, {x.size(0), m.routing.visited, hidden});
    return to(reduction("sum", perToken, x.shape(), all.dtype()), x.dtype());
}

} // namespace

Routing readRouting(ConfigReader& config, std::string_view experts, std::string_view visited,
                    const Routing& defaults)
{
    const Routing routing{config.size(experts, defaults.experts, mostRoutedExperts),
                          config.size(visited, defaults.visited)};
    if (routing.visited > routing.experts)
        config.refuse(visited, fmt::format("found {}, expected at most {} {}", routing.visited, experts,
                                           routing.experts));
    return routing;
}

Tensor groupedExperts(Tracer& t, const Tensor& x, const RoutedExperts& m, Version transformers)
{
    const auto scope = t.module("mlp", fmt::format("{}SparseMoeBlock", m.prefix), {.role = Role::Mlp});
    const Tensor tokens = view(x, {x.size(0) * x.size(1).size, x.size(2)});
    const Routed routed = router(t, tokens, m);
    return view(fusedExperts(t, tokens, routed, m, transformers), x.shape());
}

namespace {

/// One expert of a list: states x [rows, hidden] to the same.
Tensor listedExpert(Tracer& t, std::int64_t number, const Tensor& x, const RoutedExperts& m,
                    const ExpertNames& names, Version transformers)
{
    const ExpertPlace place{0, m.routing.experts, m.routing.experts, m.routing.visited};
    const auto scope =
        t.module(std::to_string(number), fmt::format("{}{}", m.prefix, names.expertClass),
                 {.visited = place.rowsOf(number, 1), .order = {names.gate, names.down, names.up, "act_fn"}});
    Tensor gate = linear(t, names.gate, x, m.intermediate, Bias::No);
    gate = activation(t, "act_fn", gate, m.hiddenAct, transformers);
    Tensor up = linear(t, names.up, x, m.intermediate, Bias::No);
    return linear(t, names.down, mul(std::move(gate), std::move(up)), x.shape()[1], Bias::No);
}

} // namespace

Tensor listedExperts(Tracer& t, const Tensor& x, const RoutedExperts& m, const ExpertNames& names,
                     Version transformers)
{
    const auto scope = t.module(names.block, fmt::format("{}SparseMoeBlock", m.prefix), {.role = Role::Mlp});
    const Tensor tokens = view(x, {x.size(0) * x.size(1).size, x.size(2)});
    Routed routed =
        topK(t, linear(t, "gate", tokens, m.routing.experts, Bias::No, Role::Router), m.routing.visited);
    routed.weights = to(std::move(routed.weights), x.dtype());
    Tensor sum = t.create(tokens.shape(), x.dtype());
    const ExpertPlace place{0, m.routing.experts, m.routing.experts, m.routing.visited};
    const auto list = t.module("experts", "ModuleList", {.isContainer = true});
    for (std::int64_t i = 0; i < m.routing.experts; ++i) {
        const std::int64_t rows = place.rowsOf(i, tokens.shape()[0]);
        if (rows == 0) {
            const auto unused = t.dormant();
            listedExpert(t, i, slice(tokens, {1, tokens.size(1)}), m, names, transformers);
            continue;
        }
        const Tensor own = index_select(tokens, t.create({rows}, DType::I64));
        Tensor change = listedExpert(t, i, own, m, names, transformers);
        change = mul(std::move(change), slice(routed.weights, {rows, 1}));
        sum = t.record(OpKind::Reduction, {std::move(change)}, tokens.shape(), x.dtype(), Spelling::Method,
                       {}, "index_add");
    }
    return view(sum, x.shape());
}

} // namespace sunflop
