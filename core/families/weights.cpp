// SPDX-License-Identifier: GPL-3.0-or-later
// A checkpoint of an unknown model: the tree that its names tell, parameters and bytes as they are stored,
// and an estimate of what a token costs. Every matrix is a linear layer that each token passes, every table
// is looked up, every norm runs once; how often the rest runs is not stored, and it is left uncounted. Of
// routed experts a token passes as many as the config beside the weights says.

#include "core/base/plain_text.h"
#include "core/families/bricks/experts.h"
#include "core/families/family.h"
#include "core/model/inputs.h"
#include "core/playback/stored_tree.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace sunflop::family {

namespace {

bool reads(const Source& source)
{
    return source.stored != nullptr && source.program == nullptr;
}

Result<std::vector<Input>> inputs(const Source& source)
{
    if (source.stored->tensors.empty())
        return failure(ErrorKind::Malformed, {},
                       source.notes.empty() ? "the file stores no tensors"
                                            : "the file stores no tensors. " + source.notes.front());
    constexpr std::int64_t usualTokens = 512;
    return std::vector<Input>{inputs::offer<&Workload::batch>(),
                              inputs::offer<&Workload::textTokens>(usualTokens)};
}

/// What the parameters of one module are, as far as names and shapes tell.
struct Holder {
    std::int32_t weight = -1; ///< indices into Trace::parameters; -1: none
    std::int32_t bias = -1;
    std::int32_t other = -1; ///< a matrix of another name
    bool hasStatistics = false;
    std::vector<std::int32_t> stacks; ///< experts one behind the other
};

enum class Use { Linear, Table, Norm, Convolution, Unknown };

std::string lower(std::string_view text)
{
    std::string copy(text);
    std::ranges::transform(copy, copy.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return copy;
}

bool isTableName(std::string_view name)
{
    constexpr std::array<std::string_view, 11> names{
        "embed_tokens",   "wte",        "wpe", "token_embd",     "embed",
        "embedding",      "embeddings", "emb", "tok_embeddings", "shared",
        "embed_positions"};
    return std::ranges::find(names, name) != names.end() || name.ends_with("_embeddings") ||
           name.ends_with("_embedding");
}

bool isNormName(std::string_view name)
{
    return name.find("norm") != std::string_view::npos || name.starts_with("ln") || name.ends_with("ln");
}

Use useOf(const Module& module, const Parameter& weight, const Holder& holder)
{
    const std::string name = lower(module.name);
    if (!isFloat(weight.dtype))
        return Use::Unknown;
    switch (weight.shape.rank()) {
    case 1: return isNormName(name) && !holder.hasStatistics ? Use::Norm : Use::Unknown;
    case 2: {
        // A class that the file tells wins over a name; tables have no bias.
        const bool isTable =
            module.className == "Module" ? isTableName(name) : module.className == "Embedding";
        return isTable && holder.bias < 0 ? Use::Table : Use::Linear;
    }
    case 4:
    case 5: return Use::Convolution;
    case 3: return name.find("conv") != std::string::npos ? Use::Convolution : Use::Unknown;
    default: return Use::Unknown;
    }
}

/// What the config says of the model's width; 0: nothing.
std::int64_t hiddenSizeOf(const Config& config)
{
    for (const Config& one : {config, config.child("text_config"), config.child("llm_config")})
        for (const char* name : {"hidden_size", "d_model", "dim", "n_embd"})
            if (const auto found = one.json().find(name);
                found != one.json().end() && found->is_number_integer())
                return found->get<std::int64_t>();
    return 0;
}

/// More experts in stacks than any model has, over all its layers.
constexpr std::size_t mostStacked = 1 << 20;

class Estimate {
public:
    Estimate(const Source& source, const Workload& workload)
        : m_trace(dormantTrace(source)), m_experts(expertsOf(m_trace, source.config)),
          m_hidden(hiddenSizeOf(source.config)), m_rows{{workload.batch}, {workload.textTokens}},
          m_activation(workload.activationDType)
    {
        m_trace.run.promptTokens = workload.textTokens;
        markVisited(m_trace, m_experts);
    }

    Trace run(const Source& source);

private:
    std::vector<Holder> holders() const;
    void add(std::int32_t module, const Holder& holder);
    void addLinear(std::int32_t module, const Holder& holder);
    void addStacked(std::int32_t parameter);
    void call(OpKind kind, std::string_view name, std::int32_t module, std::vector<Operand> weights,
              const Shape& in, const Shape& out);
    Operand activation(const Shape& shape, DType dtype);
    Operand weight(std::int32_t parameter) const;
    std::vector<Operand> weightsOf(const Holder& holder) const;
    static Shape rows(Shape rows, std::int64_t width)
    {
        rows.append(width);
        return rows;
    }
    /// The rows of the run that pass one of a layer's experts.
    Shape routedRows(const ExpertPlace& place, std::int64_t expert) const;
    bool isOutward(const Parameter& parameter) const;
    std::vector<std::string> notes(const Source& source) const;

    Trace m_trace;
    Experts m_experts;
    std::int64_t m_hidden; ///< 0: not told
    Shape m_rows;
    DType m_activation;
    std::size_t m_convolutions = 0;
    std::size_t m_unknown = 0;
    std::size_t m_stacked = 0;  ///< experts in stacks so far
    std::size_t m_unrouted = 0; ///< matrices of experts of which it is not told how many a token passes
    std::set<std::pair<std::int64_t, std::int64_t>> m_routings; ///< visited, of how many
};

std::vector<Holder> Estimate::holders() const
{
    std::vector<Holder> found(m_trace.modules.size());
    for (std::size_t i = 0; i < m_trace.parameters.size(); ++i) {
        const Parameter& parameter = m_trace.parameters[i];
        Holder& holder = found[static_cast<std::size_t>(parameter.module)];
        if (m_experts.parameters[i].stored > 0) {
            holder.stacks.push_back(static_cast<std::int32_t>(i));
            continue;
        }
        if (parameter.name == "weight")
            holder.weight = static_cast<std::int32_t>(i);
        if (parameter.name == "bias")
            holder.bias = static_cast<std::int32_t>(i);
        if (parameter.name != "bias" && parameter.shape.rank() > 1 && !parameter.isBuffer && holder.other < 0)
            holder.other = static_cast<std::int32_t>(i);
        holder.hasStatistics = holder.hasStatistics || parameter.name == "running_mean";
    }
    return found;
}

/// Memory for one call: what it reads and writes is gone with it.
Operand Estimate::activation(const Shape& shape, DType dtype)
{
    const auto calls = static_cast<std::int32_t>(m_trace.ops.size());
    m_trace.storages.push_back({.kind = Storage::Kind::Result,
                                .bytes = {byteSize(shape, dtype).value()},
                                .born = calls,
                                .died = calls + 1});
    return {
        .shape = shape, .dtype = dtype, .storage = static_cast<std::int32_t>(m_trace.storages.size()) - 1};
}

Operand Estimate::weight(std::int32_t parameter) const
{
    const Parameter& tensor = m_trace.parameters[static_cast<std::size_t>(parameter)];
    return {.shape = tensor.shape, .dtype = tensor.dtype, .storage = parameter, .isParameter = true};
}

std::vector<Operand> Estimate::weightsOf(const Holder& holder) const
{
    std::vector<Operand> weights{weight(holder.weight)};
    if (holder.bias >= 0)
        weights.push_back(weight(holder.bias));
    return weights;
}

void Estimate::call(OpKind kind, std::string_view name, std::int32_t module, std::vector<Operand> weights,
                    const Shape& in, const Shape& out)
{
    Op op{.kind = kind, .module = module, .name = name};
    op.inputs.push_back(activation(in, kind == OpKind::Embedding ? DType::I64 : m_activation));
    std::ranges::move(weights, std::back_inserter(op.inputs));
    op.output = activation(out, m_activation);
    m_trace.ops.push_back(std::move(op));
    for (; module >= 0; module = m_trace.modules[static_cast<std::size_t>(module)].parent)
        m_trace.modules[static_cast<std::size_t>(module)].ran = true;
}

Shape Estimate::routedRows(const ExpertPlace& place, std::int64_t expert) const
{
    if (place.visited == 0)
        return m_rows;
    return {place.rowsOf(expert, m_rows.elements().value())};
}

void Estimate::addLinear(std::int32_t id, const Holder& holder)
{
    const Shape& shape = m_trace.parameters[static_cast<std::size_t>(holder.weight)].shape;
    const ExpertPlace& place = m_experts.modules[static_cast<std::size_t>(id)];
    Shape passing = m_rows;
    if (place.stored > 0) {
        passing = routedRows(place, place.index);
        m_unrouted += place.visited == 0;
        if (place.visited > 0)
            m_routings.insert({place.visited, place.experts});
    }
    if (passing.elements() > Count(0))
        call(OpKind::Linear, {}, id, weightsOf(holder), rows(passing, shape[1]), rows(passing, shape[0]));
}

/// Whether a stacked matrix is [in, out], as torch.bmm() takes it, and not [out, in]: told by the end that is
/// as wide as the model.
bool Estimate::isOutward(const Parameter& parameter) const
{
    const std::string name =
        lower(m_trace.modules[static_cast<std::size_t>(parameter.module)].name) + "." + lower(parameter.name);
    const Shape& shape = parameter.shape;
    const bool isDown = name.find("down") != std::string::npos || name.find("w2") != std::string::npos ||
                        name.find("output") != std::string::npos;
    const std::size_t last = shape.rank() - 1;
    return shape[last] != shape[last - 1] && shape[isDown ? last : last - 1] == m_hidden;
}

/// A call for each of the experts in one tensor: a matrix of its own, which the tokens routed to it pass.
void Estimate::addStacked(std::int32_t id)
{
    const Parameter& parameter = m_trace.parameters[static_cast<std::size_t>(id)];
    const ExpertPlace& place = m_experts.parameters[static_cast<std::size_t>(id)];
    if (parameter.name.ends_with("bias"))
        return;
    m_stacked += static_cast<std::size_t>(place.stored);
    if (!isFloat(parameter.dtype) || m_stacked > mostStacked) {
        ++m_unknown;
        return call(OpKind::Unknown, "experts", parameter.module, {weight(id)}, m_rows, m_rows);
    }
    m_unrouted += place.visited == 0;
    if (place.visited > 0)
        m_routings.insert({place.visited, place.experts});
    const Shape& shape = parameter.shape;
    const bool isFlat = shape.rank() == 2;
    std::int64_t out = isFlat ? shape[0] / place.stored : shape[1];
    std::int64_t in = isFlat ? shape[1] : shape[2];
    if (!isFlat && isOutward(parameter))
        std::swap(out, in);
    Operand matrix = weight(id);
    matrix.shape = {out, in};
    for (std::int64_t expert = 0; expert < place.stored; ++expert) {
        const Shape passing = routedRows(place, expert);
        if (passing.elements() > Count(0))
            call(OpKind::Linear, {}, parameter.module, {matrix}, rows(passing, in), rows(passing, out));
    }
}

void Estimate::add(std::int32_t id, const Holder& holder)
{
    Module& module = m_trace.modules[static_cast<std::size_t>(id)];
    if (holder.weight < 0 && holder.other < 0)
        return;
    if (holder.weight < 0) {
        ++m_unknown;
        return call(OpKind::Unknown, "other", id, {weight(holder.other)}, m_rows, m_rows);
    }
    const Shape shape = m_trace.parameters[static_cast<std::size_t>(holder.weight)].shape;
    const bool isUnnamed = module.className == "Module";
    switch (useOf(module, m_trace.parameters[static_cast<std::size_t>(holder.weight)], holder)) {
    case Use::Linear:
        if (isUnnamed)
            module.className = "Linear";
        return addLinear(id, holder);
    case Use::Table:
        if (isUnnamed)
            module.className = "Embedding";
        return call(OpKind::Embedding, {}, id, {weight(holder.weight)}, m_rows, rows(m_rows, shape[1]));
    case Use::Norm:
        return call(holder.bias >= 0 ? OpKind::LayerNorm : OpKind::RmsNorm, {}, id, weightsOf(holder),
                    rows(m_rows, shape[0]), rows(m_rows, shape[0]));
    case Use::Convolution:
        ++m_convolutions;
        return call(OpKind::Unknown, "convolution", id, weightsOf(holder), m_rows, m_rows);
    case Use::Unknown:
        ++m_unknown;
        return call(OpKind::Unknown, "other", id, weightsOf(holder), m_rows, m_rows);
    }
}

Trace Estimate::run(const Source& source)
{
    const std::vector<Holder> found = holders();
    // In the order in which the file names its modules.
    for (std::size_t i = 0; i < found.size(); ++i) {
        for (const std::int32_t stack : found[i].stacks)
            addStacked(stack);
        add(static_cast<std::int32_t>(i), found[i]);
    }
    m_trace.isEstimate = true;
    m_trace.notes = notes(source);
    return std::move(m_trace);
}

std::vector<std::string> Estimate::notes(const Source& source) const
{
    std::vector<std::string> notes{
        "Every matrix is taken for a linear layer that each token passes once; what attention does between "
        "them is not counted."};
    const std::string type = source.config.modelType();
    if (!type.empty())
        notes.push_back(fmt::format("The model_type \"{}\" is no family that is known.", shortened(type)));
    if (m_convolutions > 0)
        notes.push_back(
            fmt::format("Not counted: convolutions ({}), since at how many positions they run is not stored.",
                        m_convolutions));
    for (const auto& [visited, experts] : m_routings)
        notes.push_back(
            fmt::format("Each token passes {} of {} experts, to which tokens are taken to be spread evenly.",
                        visited, experts));
    if (m_unrouted > 0)
        notes.push_back(
            fmt::format("Counted as if each token passed all of them: matrices of experts ({}), since "
                        "how many it visits is not stored.",
                        m_unrouted));
    if (m_unknown > 0)
        notes.push_back(fmt::format("Not counted: modules with other or packed weights ({}).", m_unknown));
    return notes;
}

Result<Trace> trace(const Source& source, const Workload& workload)
{
    return Estimate(source, workload).run(source);
}

} // namespace

Family weights()
{
    return {.id = "weights",
            .title = "Unknown model, from its weights",
            .reads = reads,
            .inputs = inputs,
            .trace = trace};
}

} // namespace sunflop::family
