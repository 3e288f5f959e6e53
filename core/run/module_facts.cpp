// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/module_facts.h"

#include "core/base/entry.h"
#include "core/model/held.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace sunflop {

namespace {

struct ParameterCounts {
    Count trainable;
    Count frozen;

    friend ParameterCounts operator+(const ParameterCounts& a, const ParameterCounts& b)
    {
        return {a.trainable + b.trainable, a.frozen + b.frozen};
    }
};

void countParameters(const Trace& trace, std::vector<ModuleFacts>& facts)
{
    const std::vector<HeldTensor> tensors = heldTensors(trace);
    std::vector<ParameterCounts> amounts;
    for (const HeldTensor& tensor : tensors) {
        const Parameter& parameter = at(trace.parameters, tensor.parameter);
        const Count params = parameter.params() * tensor.instances;
        amounts.push_back(parameter.isTrained() ? ParameterCounts{params, 0} : ParameterCounts{0, params});
    }
    const auto sums = summedByModule<ParameterCounts>(trace, tensors, amounts);
    for (std::size_t i = 0; i < sums.size(); ++i) {
        facts[i].trainableParams = sums[i].trainable;
        facts[i].frozenParams = sums[i].frozen;
    }
}

void countActivations(const Trace& trace, std::vector<ModuleFacts>& facts)
{
    for (const Op& op : trace.ops) {
        if (!isConvolution(op.kind) && !isMatrixProduct(op.kind))
            continue;
        const std::int64_t steps = at(trace.phases, op.phase).steps;
        const Count elements =
            arithmeticSeries(op.output.shape.elements(), op.output.shape.at(steps - 1).elements(), steps);
        at(facts, op.module).activations += elements * instancesOf(trace, op.module);
    }
    for (std::size_t id = facts.size(); id-- > 1;)
        at(facts, trace.modules[id].parent).activations += facts[id].activations;
}

/// Follows which module's call left each tensor as it is, and who reads it.
class Dataflow {
public:
    Dataflow(const Trace& trace, std::vector<ModuleFacts>& facts)
        : m_trace(trace), m_facts(facts), m_read(facts.size()), m_given(facts.size()),
          m_last(facts.size(), nullptr)
    {
        for (const Storage& storage : trace.storages)
            m_states.push_back({storage.kind == Storage::Kind::Given ? outside : storage.module, {}});
        for (std::size_t i = 0; i < trace.storages.size(); ++i)
            m_origins.push_back(static_cast<std::int32_t>(i));
        for (const Block& block : trace.blocks)
            if (block.carried >= 0 && block.handed >= 0)
                at(m_origins, block.carried) = at(m_origins, block.handed);
    }

    void follow()
    {
        for (const Op& op : m_trace.ops) {
            if (op.phase != 0)
                break;
            for (const Operand& operand : op.inputs)
                read(operand, op.module);
            if (op.output.storage >= 0)
                at(m_states, op.output.storage) = {op.module, op.output.shape};
            for (std::int32_t id = op.module; id >= 0; id = at(m_trace.modules, id).parent)
                at(m_last, id) = &op;
        }
        for (std::size_t id = 0; id < m_facts.size(); ++id)
            if (m_facts[id].outputs.empty() && m_last[id] != nullptr)
                m_facts[id].outputs.push_back(m_last[id]->output.shape.at(0));
    }

private:
    static constexpr std::int32_t outside = -1;

    struct State {
        std::int32_t writer = outside; ///< module whose call wrote it last
        std::optional<Shape> shape;    ///< as that call left it
    };

    void read(const Operand& operand, std::int32_t reader)
    {
        if (operand.isNumber || operand.isParameter || operand.storage < 0 ||
            at(m_trace.storages, operand.storage).kind == Storage::Kind::Cached)
            return;
        const std::int32_t storage = at(m_origins, operand.storage);
        const State& state = at(m_states, storage);
        for (std::int32_t id = reader; id >= 0 && !isInside(id, state.writer);
             id = at(m_trace.modules, id).parent)
            add(at(m_read, id), storage, at(m_facts, id).inputs, operand.shape.at(0));
        for (std::int32_t id = state.writer; id >= 0 && !isInside(id, reader);
             id = at(m_trace.modules, id).parent)
            add(at(m_given, id), storage, at(m_facts, id).outputs, state.shape.value_or(operand.shape).at(0));
    }

    bool isInside(std::int32_t ancestor, std::int32_t module) const
    {
        return module != outside && isWithin(m_trace, ancestor, module);
    }

    /// `known` ascends: storages mostly come in the order of their numbers, so that the end is the place.
    static void add(std::vector<std::int32_t>& known, std::int32_t storage, std::vector<Shape>& shapes,
                    const Shape& shape)
    {
        const auto place = std::ranges::lower_bound(known, storage);
        if (place != known.end() && *place == storage)
            return;
        known.insert(place, storage);
        shapes.push_back(shape);
    }

    const Trace& m_trace;
    std::vector<ModuleFacts>& m_facts;
    std::vector<State> m_states;         ///< by storage
    std::vector<std::int32_t> m_origins; ///< by storage: of what later passes are handed, the first's
    std::vector<std::vector<std::int32_t>> m_read;  ///< storages among the inputs, by module
    std::vector<std::vector<std::int32_t>> m_given; ///< and among the outputs
    std::vector<const Op*> m_last;                  ///< last call below each module
};

} // namespace

std::vector<ModuleFacts> moduleFacts(const Trace& trace)
{
    std::vector<ModuleFacts> facts(trace.modules.size());
    countParameters(trace, facts);
    countActivations(trace, facts);
    Dataflow(trace, facts).follow();
    return facts;
}

} // namespace sunflop
