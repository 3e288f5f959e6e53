// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/tracer.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <utility>

namespace sunflop {

namespace {

/// Position of `name` in a declared order; undeclared names come after all declared ones.
std::size_t rank(const std::vector<std::string_view>& order, std::string_view name)
{
    return static_cast<std::size_t>(std::ranges::find(order, name) - order.begin());
}

template<typename Items>
auto& at(Items& items, std::int32_t index)
{
    return items[static_cast<std::size_t>(index)];
}

std::uint32_t hashOf(std::string_view name)
{
    return static_cast<std::uint32_t>(std::hash<std::string_view>()(name));
}

} // namespace

Tracer::Tracer(const Settings& settings) : m_settings(settings)
{
    m_trace.ops.reserve(256);
    m_trace.phases.push_back({Phase::Kind::Prefill, 1});
}

std::int32_t Tracer::childNamed(std::int32_t parent, std::string_view name)
{
    if (parent < 0)
        return m_nodes.empty() ? -1 : 0;
    Node& node = at(m_nodes, parent);
    const std::size_t count = node.children.size();
    const std::uint32_t hash = hashOf(name);
    const auto isHere = [&](std::size_t position) {
        const Child& child = node.children[position];
        return child.hash == hash && at(m_nodes, child.node).module.name == name;
    };
    std::size_t position = node.nextChild;
    if (position >= count || !isHere(position))
        for (position = 0; position < count && !isHere(position);)
            ++position;
    if (position == count)
        return -1;
    node.nextChild = position + 1;
    return node.children[position].node;
}

Tracer::Scope Tracer::module(std::string_view name, std::string_view className, ModuleTraits traits)
{
    std::int32_t node = childNamed(m_current, name);
    if (node < 0) {
        node = static_cast<std::int32_t>(m_nodes.size());
        Node made;
        made.order = traits.order;
        Module& module = made.module;
        module.name = name;
        module.className = className;
        module.detail = std::move(traits.detail);
        module.role =
            traits.role == Role::Other && m_current >= 0 ? at(m_nodes, m_current).module.role : traits.role;
        module.parent = m_current;
        module.repeat = traits.repeat;
        module.visited = traits.visited.value_or(traits.repeat);
        module.isContainer = traits.isContainer;
        m_nodes.push_back(std::move(made));
        if (m_current >= 0)
            at(m_nodes, m_current).children.push_back({node, hashOf(name)});
    }
    assert(at(m_nodes, node).module.className == className);
    m_current = node;
    if (m_dormant == 0) {
        at(m_nodes, node).module.ran = true;
        if (at(m_nodes, node).module.repeat > 1)
            openBlock();
    }
    return Scope(*this);
}

Block& Tracer::openBlock()
{
    if (m_open.empty() || at(m_trace.blocks, m_open.back()).module != m_current) {
        m_open.push_back(static_cast<std::int32_t>(m_trace.blocks.size()));
        m_trace.blocks.push_back({.module = m_current, .first = calls()});
    }
    return at(m_trace.blocks, m_open.back());
}

void Tracer::leave()
{
    if (m_dormant == 0 && !m_open.empty() && at(m_trace.blocks, m_open.back()).module == m_current) {
        at(m_trace.blocks, m_open.back()).end = calls();
        m_open.pop_back();
    }
    m_current = at(m_nodes, m_current).module.parent;
}

std::int32_t Tracer::allocate(Storage::Kind kind, const Shape& shape, DType dtype)
{
    const Count now = byteSize(shape, dtype);
    const Count next = shape.grows() ? byteSize(shape.at(1), dtype) : now;
    m_trace.storages.push_back({.kind = kind,
                                .bytes = {now.value(), next.value() - now.value()},
                                .module = m_current,
                                .born = calls()});
    m_references.push_back(0);
    return static_cast<std::int32_t>(m_trace.storages.size()) - 1;
}

Tensor Tracer::input(const Shape& shape, DType dtype)
{
    Tensor given = made(Storage::Kind::Given, shape, dtype);
    given.operand.requiresGradient = m_settings.inputGradients && isFloat(dtype);
    return given;
}

Tensor Tracer::made(Storage::Kind kind, const Shape& shape, DType dtype)
{
    return {this, {.shape = shape, .dtype = dtype, .storage = allocate(kind, shape, dtype)}};
}

Tensor Tracer::carried(Tensor x)
{
    if (m_dormant > 0)
        return x;
    Block& block = openBlock();
    block.handed = block.carried = x.operand.storage;
    if (at(m_nodes, m_current).module.repeat == 1)
        return x;
    Tensor own = made(Storage::Kind::Result, x.shape(), x.dtype());
    // Where adapters are the first that is trained, every layer but the first is handed what needs a
    // gradient.
    own.operand.requiresGradient = x.operand.requiresGradient || (m_settings.gradients && trainsAdapters());
    at(m_trace.blocks, m_open.back()).carried = own.operand.storage;
    return own;
}

Tensor Tracer::handOn(Tensor x)
{
    if (m_dormant == 0)
        openBlock().result = x.operand.storage;
    return x;
}

Tensor Tracer::castOnce(const Tensor& weight, DType dtype)
{
    const auto known =
        std::ranges::find(m_casts, weight.operand.storage, &std::pair<std::int32_t, Tensor>::first);
    if (known != m_casts.end())
        return known->second;
    Tensor cast = record(OpKind::Copy, {weight}, weight.shape(), dtype, Spelling::Method);
    m_casts.emplace_back(weight.operand.storage, cast);
    return cast;
}

void Tracer::hold(Tensor x)
{
    if (m_dormant == 0)
        m_held.push_back(std::move(x));
}

void Tracer::cache(Tensor x)
{
    at(m_trace.storages, x.operand.storage).isCache = true;
    hold(std::move(x));
}

void Tracer::releaseHeld()
{
    m_held.clear();
    m_casts.clear();
}

Parameter Tracer::makeParameter(std::string_view name, const Shape& shape, const ParameterTraits& traits)
{
    const bool isMatrix = shape.rank() == 2 || traits.experts > 1;
    const bool wholeBlocks =
        isMatrix && shape.fromEnd(0).size % info(m_settings.weightDType).blockElements == 0;
    const bool stays = isBlockFormat(m_settings.weightDType) && !wholeBlocks;
    Parameter parameter{.module = m_current, .name = std::string(name), .shape = shape};
    parameter.dtype = traits.isAdapter ? traits.dtype.value_or(m_settings.adapterDType)
                      : stays          ? m_settings.activationDType
                                       : m_settings.weightDType;
    const bool isFrozen = m_frozen > 0 || m_settings.adapters != nullptr;
    parameter.trainable = traits.trainable && (!isFrozen || traits.isAdapter || traits.isTrained);
    parameter.isAdapter = traits.isAdapter;
    parameter.experts = traits.experts;
    parameter.visited = traits.visited;
    if (!traits.tie.empty()) {
        const auto key = std::ranges::find(m_tieKeys, traits.tie);
        parameter.tieGroup = static_cast<std::int32_t>(key - m_tieKeys.begin());
        if (key == m_tieKeys.end())
            m_tieKeys.emplace_back(traits.tie);
    }
    return parameter;
}

std::int32_t Tracer::parameterNamed(std::string_view name) const
{
    auto index = at(m_nodes, m_current).firstParameter;
    while (index >= 0 && at(m_trace.parameters, index).name != name)
        index = at(m_parameters, index).next;
    return index;
}

Tensor Tracer::ownParameter(std::string_view name, const Shape& shape, const ParameterTraits& traits)
{
    std::int32_t known = parameterNamed(name);
    if (known < 0) {
        known = static_cast<std::int32_t>(m_trace.parameters.size());
        m_trace.parameters.push_back(makeParameter(name, shape, traits));
        const Parameter& made = m_trace.parameters.back();
        // The model refers to it as well, and outlives the run.
        const std::int32_t storage = allocate(Storage::Kind::Parameter, made.shape, made.dtype);
        retain(storage);
        at(m_trace.storages, storage).tieGroup = made.tieGroup;
        m_parameters.push_back({storage, std::exchange(at(m_nodes, m_current).firstParameter, known)});
    }
    return {this,
            {.shape = shape,
             .dtype = at(m_trace.parameters, known).dtype,
             .storage = at(m_parameters, known).storage,
             .isParameter = true,
             .requiresGradient = m_settings.gradients && at(m_trace.parameters, known).isTrained()}};
}

Tensor Tracer::number()
{
    return {this, {.shape = {}, .dtype = m_settings.activationDType, .isNumber = true}};
}

Tensor Tracer::record(OpKind kind, std::initializer_list<Tensor> inputs, const Shape& shape, DType dtype,
                      Spelling spelling, const OpAttributes& attributes, std::string_view name)
{
    Operand output{.shape = shape, .dtype = dtype, .storage = allocate(Storage::Kind::Result, shape, dtype)};
    for (const Tensor& input : inputs)
        output.requiresGradient |= input.operand.requiresGradient && isFloat(dtype);
    if (m_dormant == 0) {
        Op op{.kind = kind, .spelling = spelling, .module = m_current};
        op.phase = static_cast<std::int32_t>(m_trace.phases.size()) - 1;
        op.inputs.reserve(inputs.size());
        for (const Tensor& input : inputs)
            op.inputs.push_back(input.operand);
        op.output = output;
        op.attributes = attributes;
        op.name = name;
        m_trace.ops.push_back(std::move(op));
    }
    return {this, output};
}

void Tracer::keep(Count elements, DType dtype, std::int64_t heads, std::int64_t tokenLimit)
{
    if (m_dormant == 0)
        m_trace.caches.push_back({m_current, elements, dtype, heads, tokenLimit});
}

void Tracer::beginPhase(const Phase& phase)
{
    assert(phase.steps >= 1);
    releaseHeld();
    m_trace.phases.push_back(phase);
}

std::string Tracer::currentPath() const
{
    std::string path;
    for (auto node = m_current; node > 0;) {
        const Module& module = m_nodes[static_cast<std::size_t>(node)].module;
        path = path.empty() ? module.label() : module.label() + "." + path;
        node = module.parent;
    }
    return path.empty() ? "model" : path;
}

void Tracer::fail(ErrorKind kind, std::string detail)
{
    if (!m_error)
        m_error = Error{kind, currentPath(), std::move(detail)};
}

void Tracer::flatten(std::int32_t node, std::int32_t parent, std::vector<std::int32_t>& newIndex)
{
    Node& source = at(m_nodes, node);
    const auto index = static_cast<std::int32_t>(m_trace.modules.size());
    at(newIndex, node) = index;
    m_trace.modules.push_back(std::move(source.module));
    at(m_trace.modules, index).parent = parent;
    if (!source.order.empty())
        std::ranges::stable_sort(source.children, {}, [&](const Child& child) {
            return rank(source.order, at(m_nodes, child.node).module.name);
        });
    for (const Child& child : source.children)
        flatten(child.node, index, newIndex);
    at(m_trace.modules, index).end = static_cast<std::int32_t>(m_trace.modules.size());
}

Result<Trace> Tracer::finish()
{
    if (m_error)
        return failure(*std::move(m_error));
    assert(m_current == -1 && !m_nodes.empty());
    if (auto error = unapplied())
        return failure(*std::move(error));
    for (const Tensor& held : m_held)
        retain(held.operand.storage); // the caller's from now on
    releaseHeld();
    std::vector<std::int32_t> newIndex(m_nodes.size());
    m_trace.modules.reserve(m_nodes.size());
    flatten(0, -1, newIndex);
    for (Parameter& parameter : m_trace.parameters)
        parameter.module = at(newIndex, parameter.module);
    for (Op& op : m_trace.ops)
        op.module = at(newIndex, op.module);
    for (Storage& storage : m_trace.storages)
        storage.module = at(newIndex, std::max(storage.module, 0));
    for (Block& block : m_trace.blocks)
        block.module = at(newIndex, block.module);
    for (CacheEntry& cache : m_trace.caches)
        cache.module = at(newIndex, cache.module);
    return std::move(m_trace);
}

} // namespace sunflop
