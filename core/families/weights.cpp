// SPDX-License-Identifier: GPL-3.0-or-later
// A checkpoint of an unknown model: the tree that its names tell, parameters and bytes as they are stored,
// and an estimate of what a token costs. Every matrix is a linear layer that each token passes, every table
// is looked up, every norm runs once; how often the rest runs is not stored, and it is left uncounted.

#include "core/base/units.h"
#include "core/families/family.h"
#include "core/families/stored_tree.h"
#include "core/model/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

namespace sunflop::family {

namespace {

bool reads(const Source& source)
{
    return source.stored != nullptr && source.program == nullptr;
}

Result<std::vector<Input>> inputs(const Source& source)
{
    if (source.stored->tensors.empty())
        return failure(ErrorKind::Malformed, {}, "the file stores no tensors");
    constexpr std::int64_t usualTokens = 512;
    return std::vector<Input>{inputs::batch("sequences"), inputs::textTokens(usualTokens)};
}

/// What the parameters of one module are, as far as names and shapes tell.
struct Holder {
    std::int32_t weight = -1; ///< indices into Trace::parameters; -1: none
    std::int32_t bias = -1;
    bool hasStatistics = false;
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

class Estimate {
public:
    Estimate(const Source& source, const Workload& workload)
        : m_trace(dormantTrace(source)), m_rows{{workload.batch}, {workload.textTokens}},
          m_activation(workload.activationDType)
    {
        m_trace.run.promptTokens = workload.textTokens;
    }

    Trace run(const Source& source);

private:
    std::vector<Holder> holders() const;
    void add(std::int32_t module, const Holder& holder);
    void call(OpKind kind, std::string_view name, std::int32_t module, const Holder& holder, Shape in,
              Shape out);
    Operand activation(const Shape& shape, DType dtype);
    Operand weight(std::int32_t parameter) const;
    Shape rows(std::int64_t width) const
    {
        Shape shape = m_rows;
        shape.append(width);
        return shape;
    }
    std::vector<std::string> notes(const Source& source) const;

    Trace m_trace;
    Shape m_rows;
    DType m_activation;
    std::size_t m_convolutions = 0;
    std::size_t m_unknown = 0;
    std::size_t m_experts = 0;
};

std::vector<Holder> Estimate::holders() const
{
    std::vector<Holder> found(m_trace.modules.size());
    for (std::size_t i = 0; i < m_trace.parameters.size(); ++i) {
        const Parameter& parameter = m_trace.parameters[i];
        Holder& holder = found[static_cast<std::size_t>(parameter.module)];
        if (parameter.name == "weight")
            holder.weight = static_cast<std::int32_t>(i);
        if (parameter.name == "bias")
            holder.bias = static_cast<std::int32_t>(i);
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

void Estimate::call(OpKind kind, std::string_view name, std::int32_t module, const Holder& holder, Shape in,
                    Shape out)
{
    Op op{.kind = kind, .module = module, .name = name};
    const bool isTable = kind == OpKind::Embedding;
    op.inputs.push_back(activation(in, isTable ? DType::I64 : m_activation));
    op.inputs.push_back(weight(holder.weight));
    if (holder.bias >= 0 && !isTable)
        op.inputs.push_back(weight(holder.bias));
    op.output = activation(out, m_activation);
    m_trace.ops.push_back(std::move(op));
    for (; module >= 0; module = m_trace.modules[static_cast<std::size_t>(module)].parent)
        m_trace.modules[static_cast<std::size_t>(module)].ran = true;
}

void Estimate::add(std::int32_t id, const Holder& holder)
{
    if (holder.weight < 0)
        return;
    Module& module = m_trace.modules[static_cast<std::size_t>(id)];
    const Shape shape = m_trace.parameters[static_cast<std::size_t>(holder.weight)].shape;
    const bool isUnnamed = module.className == "Module";
    switch (useOf(module, m_trace.parameters[static_cast<std::size_t>(holder.weight)], holder)) {
    case Use::Linear:
        if (isUnnamed)
            module.className = "Linear";
        m_experts += m_trace.path(id).find(".experts.") != std::string::npos;
        return call(OpKind::Linear, {}, id, holder, rows(shape[1]), rows(shape[0]));
    case Use::Table:
        if (isUnnamed)
            module.className = "Embedding";
        return call(OpKind::Embedding, {}, id, holder, m_rows, rows(shape[1]));
    case Use::Norm:
        return call(holder.bias >= 0 ? OpKind::LayerNorm : OpKind::RmsNorm, {}, id, holder, rows(shape[0]),
                    rows(shape[0]));
    case Use::Convolution:
        ++m_convolutions;
        return call(OpKind::Unknown, "convolution", id, holder, m_rows, m_rows);
    case Use::Unknown: ++m_unknown;
    }
}

Trace Estimate::run(const Source& source)
{
    const std::vector<Holder> found = holders();
    // In the order in which the file names its modules.
    for (std::size_t i = 0; i < found.size(); ++i)
        add(static_cast<std::int32_t>(i), found[i]);
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
    if (m_experts > 0)
        notes.push_back(
            fmt::format("Counted as if each token passed all of them: matrices of experts ({}), since "
                        "how many it visits is not stored.",
                        m_experts));
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
