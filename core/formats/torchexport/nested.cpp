// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that call graphs: conditions, loops, wrappers. Their graphs are read in place of the call.
// Arguments have no names: cond(pred, true, false, operands), while_loop(cond, body, carried, additional),
// map_impl(f, xs, args), scan(f, init, xs, additional); of the others a graph's operands stand behind it.

#include "core/base/entry.h"
#include "core/base/units.h"
#include "core/formats/torchexport/json.h"
#include "core/formats/torchexport/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

using Json = nlohmann::json;

constexpr int mostDepth = 16;
constexpr std::int64_t mostTurns = 4096;
constexpr std::size_t mostInlined = std::size_t{1} << 20;
constexpr std::string_view flexible = "flex_attention";

std::int64_t elements(const ExportedGraph& graph, std::span<const Number> values,
                      const RecordedTensor& tensor)
{
    Count product = 1;
    for (const RecordedSize size : tensor.sizes)
        product *= estimated(graph.sizes, values, size);
    return product.value();
}

/// The tensors that a call is given, without None.
std::vector<const RecordedTensor*> operandsOf(const ExportedGraph& graph, const RecordedCall& call)
{
    std::vector<const RecordedTensor*> found;
    const auto addOne = [&](TensorIndex tensor) {
        if (tensor.index >= 0)
            found.push_back(&at(graph.recording.tensors, tensor.index));
    };
    for (const RecordedArgument& argument : call.arguments) {
        if (const auto* tensor = std::get_if<TensorIndex>(&argument.value))
            addOne(*tensor);
        if (const auto* list = std::get_if<std::vector<TensorIndex>>(&argument.value))
            std::ranges::for_each(*list, addOne);
    }
    return found;
}

/// The references to a node's results, one after the other.
std::vector<const Json*> outputsOf(const Json& node)
{
    std::vector<const Json*> found;
    for (const Json& output : listIn(member(&node, "outputs"))) {
        if (const Json* tensor = member(&output, "as_tensor"))
            found.push_back(tensor);
        for (const Json& tensor : listIn(member(&output, "as_tensors")))
            found.push_back(&tensor);
        for (const Json& tensor : listIn(member(&output, "as_optional_tensors")))
            found.push_back(member(&tensor, "as_tensor"));
    }
    return found;
}

/// Slices of the first of some tensors; 0 where the file does not tell, or there are too many.
std::int64_t turnsOver(const ExportedGraph& graph, const std::vector<TensorIndex>& over)
{
    if (over.empty() || over.front().index < 0)
        return 0;
    const std::vector<RecordedSize>& sizes = at(graph.recording.tensors, over.front().index).sizes;
    const bool isKnown = !sizes.empty() && sizes[0].expression < 0 && sizes[0].value <= mostTurns;
    return isKnown ? sizes[0].value : 0;
}

} // namespace

double roughCost(const ExportedGraph& graph, std::span<const Number> values, const RecordedCall& call)
{
    double made = 0.0;
    for (const TensorIndex result : call.results)
        made += static_cast<double>(elements(graph, values, at(graph.recording.tensors, result.index)));
    const auto operands = operandsOf(graph, call);
    const auto has = [&](std::string_view name) { return call.target.find(name) != call.target.npos; };
    const auto size = [&](const RecordedTensor& of, std::size_t fromEnd) {
        return of.sizes.size() > fromEnd ? static_cast<double>(estimated(
                                               graph.sizes, values, of.sizes[of.sizes.size() - 1 - fromEnd]))
                                         : 1.0;
    };
    if (operands.empty())
        return made;
    if (has("conv") && operands.size() > 1)
        return made * static_cast<double>(elements(graph, values, *operands[1]));
    if (has("linear"))
        return made * size(*operands[0], 0);
    if (has("mm") || has("matmul"))
        return made * size(*operands.back(), 1);
    if (has("attention") && operands.size() > 1)
        return 2.0 * made * size(*operands[1], 1);
    return made;
}

/// The parts of a higher-order call, each in its order.
struct ExportedReader::Nested {
    std::string_view name;
    std::vector<const Json*> graphs;
    std::vector<Tensors> lists;           ///< tensors of each argument that has any, behind the last graph
    const std::string* wrapped = nullptr; ///< the operator that it calls
    std::vector<RecordedArgument> arguments;

    Tensors operands() const
    {
        Tensors all;
        for (const Tensors& list : lists)
            std::ranges::copy(list, std::back_inserter(all));
        return all;
    }
};

void ExportedReader::addHigherOrder(Scope& scope, const Json& node, std::string_view name)
{
    if (scope.depth == mostDepth) {
        fail(fmt::format("graphs nested deeper than {}", mostDepth), ErrorKind::Unsupported);
        return;
    }
    Nested nested{.name = name};
    for (const Json& input : listIn(member(&node, "inputs"))) {
        const Json* argument = member(&input, "arg");
        if (argument == nullptr)
            continue;
        if (const Json* graph = member(member(argument, "as_graph"), "graph")) {
            nested.graphs.push_back(graph);
            nested.lists.clear();
            continue;
        }
        if (const std::string* called = textIn(member(argument, "as_operator"))) {
            nested.wrapped = called;
            continue;
        }
        if (Tensors tensors = tensorsIn(scope, *argument); !tensors.empty())
            nested.lists.push_back(std::move(tensors));
        nested.arguments.push_back({textIn(&input, "name"), valueOf(scope, *argument)});
    }
    if (m_error)
        return;
    if (name == "cond" && nested.graphs.size() == 2)
        addBranches(scope, node, nested);
    else if ((name == "map_impl" || name == "map" || name == "scan") && nested.graphs.size() == 1)
        addMapped(scope, node, nested, name == "scan");
    else
        addWrapped(scope, node, nested);
}

/// Reads a graph whose inputs are `given`; its results.
ExportedReader::Tensors ExportedReader::inlined(const Scope& scope, const Json& node, const Json& graph,
                                                const Tensors& given)
{
    m_inlined += given.size();
    for (const char* part : {"inputs", "nodes", "outputs"})
        m_inlined += listIn(member(&graph, part)).size() + 1;
    if (m_inlined > mostInlined) {
        fail(fmt::format("graphs within the graph come to more than {} nodes", mostInlined),
             ErrorKind::Unsupported);
        return {};
    }
    Scope inner{.graph = &graph, .depth = scope.depth + 1, .module = moduleOf(scope, node)};
    std::size_t next = 0;
    for (const Json& input : listIn(member(&graph, "inputs"))) {
        const Json* tensor = member(&input, "as_tensor");
        const std::string& name = textIn(tensor, "name");
        if (m_error || tensor == nullptr)
            continue;
        const bool isGiven = next < given.size() && given[next].index >= 0;
        inner.tensors.insert_or_assign(name, isGiven ? given[next] : addTensor(inner, name));
        ++next;
    }
    Tensors results;
    if (m_error || !addNodes(inner))
        return results;
    for (const Json& output : listIn(member(&graph, "outputs")))
        std::ranges::copy(tensorsIn(inner, output), std::back_inserter(results));
    return results;
}

/// Gives the names that a node returns to tensors that there are already; new ones where they end.
void ExportedReader::bind(Scope& scope, const Json& node, const Tensors& values)
{
    if (m_error)
        return;
    std::size_t next = 0;
    for (const Json* reference : outputsOf(node)) {
        const std::string& name = textIn(reference, "name");
        if (m_error || name.empty())
            continue;
        const bool isThere = next < values.size() && values[next].index >= 0;
        scope.tensors.insert_or_assign(name, isThere ? values[next] : addTensor(scope, name));
        ++next;
    }
}

double ExportedReader::costFrom(std::size_t call)
{
    m_read.sizes.expressions.extend(m_values, m_read.sizes.atHints(2));
    double cost = 0.0;
    for (; call < m_read.recording.calls.size(); ++call)
        cost += roughCost(m_read, m_values, m_read.recording.calls[call]);
    return cost;
}

void ExportedReader::addBranches(Scope& scope, const Json& node, const Nested& nested)
{
    std::vector<RecordedCall>& calls = m_read.recording.calls;
    const auto begin = static_cast<std::ptrdiff_t>(calls.size());
    const Tensors whenTrue = inlined(scope, node, *nested.graphs[0], nested.operands());
    const double costTrue = m_error ? 0.0 : costFrom(static_cast<std::size_t>(begin));
    const auto middle = static_cast<std::ptrdiff_t>(calls.size());
    const Tensors whenFalse = inlined(scope, node, *nested.graphs[1], nested.operands());
    const double costFalse = m_error ? 0.0 : costFrom(static_cast<std::size_t>(middle));
    if (m_error)
        return;
    const bool isTrue = costTrue >= costFalse;
    if (isTrue)
        calls.resize(static_cast<std::size_t>(middle));
    else
        calls.erase(calls.begin() + begin, calls.begin() + middle);
    bind(scope, node, isTrue ? whenTrue : whenFalse);
    const std::string& path = m_read.modules.path(moduleOf(scope, node));
    note(fmt::format("A condition{} is counted as {}: that branch costs more.",
                     path.empty() ? "" : " in " + path, isTrue ? "true" : "false"));
}

/// xs[index] of every tensor.
ExportedReader::Tensors ExportedReader::slices(std::int32_t module, const Tensors& of, std::int64_t index)
{
    Tensors made;
    for (const TensorIndex whole : of) {
        if (whole.index < 0) {
            made.push_back(whole);
            continue;
        }
        RecordedTensor slice = at(m_read.recording.tensors, whole.index);
        slice.kind = RecordedTensor::Kind::Value;
        slice.stored = -1;
        if (!slice.sizes.empty())
            slice.sizes.erase(slice.sizes.begin());
        if (!slice.strides.empty())
            slice.strides.erase(slice.strides.begin());
        made.push_back({static_cast<std::int32_t>(m_read.recording.tensors.size())});
        m_read.recording.tensors.push_back(std::move(slice));
        m_read.recording.calls.push_back(
            {.target = "aten.select.int",
             .module = module,
             .arguments = {{"self", whole}, {"dim", RecordedSize{0, -1}}, {"index", RecordedSize{index, -1}}},
             .results = {made.back()}});
    }
    return made;
}

/// A function of every slice of some tensors, the results of which are stacked; `carries`: scan, whose first
/// results are handed to the next turn.
void ExportedReader::addMapped(Scope& scope, const Json& node, const Nested& nested, bool carries)
{
    std::vector<Tensors> lists = nested.lists;
    Tensors carried;
    if (carries && !lists.empty()) {
        carried = lists.front();
        lists.erase(lists.begin());
    }
    const Tensors over = lists.empty() ? Tensors() : lists.front();
    Tensors rest;
    for (std::size_t i = 1; i < lists.size(); ++i)
        std::ranges::copy(lists[i], std::back_inserter(rest));
    const std::int64_t turns = turnsOver(m_read, over);
    if (turns == 0)
        note(fmt::format("The turns of a loop ({}) depend on the input; one of them is counted.",
                         nested.name));
    const std::int32_t module = moduleOf(scope, node);
    const std::size_t carriedCount = carried.size();
    std::vector<Tensors> parts;
    for (std::int64_t turn = 0; turn < std::max<std::int64_t>(turns, 1) && !m_error; ++turn) {
        Tensors given = carried;
        std::ranges::copy(slices(module, over, turn), std::back_inserter(given));
        std::ranges::copy(rest, std::back_inserter(given));
        const Tensors made = inlined(scope, node, *nested.graphs[0], given);
        const std::size_t kept = std::min(carriedCount, made.size());
        carried.assign(made.begin(), made.begin() + static_cast<std::ptrdiff_t>(kept));
        parts.resize(made.size() - kept);
        for (std::size_t i = kept; i < made.size(); ++i)
            parts[i - kept].push_back(made[i]);
    }
    bind(scope, node, carried);
    const std::vector<const Json*> outputs = outputsOf(node);
    for (std::size_t i = 0; i < parts.size() && carried.size() + i < outputs.size() && !m_error; ++i)
        m_read.recording.calls.push_back({.target = "aten.stack.default",
                                          .module = module,
                                          .arguments = {{"tensors", parts[i]}},
                                          .results = {tensorNamed(scope, outputs[carried.size() + i])}});
}

/// A graph that is called once, an operator with other arguments, or neither.
void ExportedReader::addWrapped(Scope& scope, const Json& node, const Nested& nested)
{
    if (nested.graphs.empty() || nested.wrapped != nullptr || nested.name.starts_with(flexible)) {
        addPlain(scope, node, nested);
        return;
    }
    if (nested.name == "while_loop" && nested.graphs.size() == 2) {
        note("How often a loop (while_loop) turns is not known; one turn is counted.");
        inlined(scope, node, *nested.graphs[0], nested.operands());
    }
    bind(scope, node, inlined(scope, node, *nested.graphs.back(), nested.operands()));
}

void ExportedReader::addPlain(Scope& scope, const Json& node, const Nested& nested)
{
    constexpr std::string_view operators = "torch.ops.";
    std::string target =
        nested.wrapped != nullptr ? *nested.wrapped : fmt::format("higher_order.{}", nested.name);
    if (target.starts_with(operators))
        target.erase(0, operators.size());
    std::vector<RecordedArgument> arguments = nested.arguments;
    if (nested.name.starts_with(flexible) && arguments.size() >= 3) {
        note("flex_attention is counted as attention to every key: its mask is a program.");
        target = "aten.scaled_dot_product_attention.default";
        arguments.resize(3);
        for (std::size_t i = 0; i < 3; ++i)
            arguments[i].name = std::array{"query", "key", "value"}[i];
    }
    addCall(scope, node, std::move(target), std::move(arguments));
}

} // namespace sunflop
