// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/player.h"

#include "core/playback/aten.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

template<typename Items>
auto& at(Items& items, std::int32_t index)
{
    return items[static_cast<std::size_t>(index)];
}

template<typename Item>
bool isIn(const std::vector<Item>& items, std::int32_t index)
{
    return index >= 0 && static_cast<std::size_t>(index) < items.size();
}

Result<void> checkSizes(const std::vector<RecordedSize>& sizes, const Recorded& recorded)
{
    for (const RecordedSize size : sizes) {
        if (size.expression >= 0 && !isIn(recorded.values, size.expression))
            return failure(ErrorKind::Malformed, {},
                           fmt::format("size of expression {}, expected one of {}", size.expression,
                                       recorded.values.size()));
        if (recorded.at(size) < 0)
            return failure(ErrorKind::Shape, {},
                           fmt::format("a tensor of size {}, expected 0 or more", recorded.at(size)));
    }
    return {};
}

/// Classes that keep their activation as a function object since they were built. Source: torch.nn and
/// transformers.activations.
bool keepsActivation(std::string_view className)
{
    return className == "TransformerEncoderLayer" || className == "TransformerDecoderLayer" ||
           className == "GELUActivation" || className == "ClippedGELUActivation" ||
           className == "MishActivation";
}

/// The step that a module of this class is; its parts are what a trace holds. Empty: it is none.
std::string_view cellOf(std::string_view className)
{
    return className == "LSTMCell"  ? "lstm_cell"
           : className == "GRUCell" ? "gru_cell"
           : className == "RNNCell" ? "rnn_tanh_cell"
                                    : std::string_view();
}

std::string callPlace(std::size_t index, const RecordedCall& call)
{
    return fmt::format("call {} ({})", index, call.target);
}

} // namespace

Player::Player(const Recorded& recorded, StoredTree&& tree, Gradients gradients)
    : m_recorded(recorded), m_graph(*recorded.graph), m_trace(std::move(tree.trace)),
      m_modules(std::move(tree.modules)), m_stored(std::move(tree.tensors)), m_gradients(gradients)
{
    m_operands.resize(m_graph.tensors.size());
    m_isDefined.resize(m_graph.tensors.size());
    m_lastRead.resize(m_trace.storages.size());
    m_firstCalls.resize(m_trace.modules.size());
    m_hasOperator.resize(m_trace.modules.size());
    m_trace.ops.reserve(m_graph.calls.size());
    m_trace.storages.reserve(m_trace.storages.size() + m_graph.tensors.size());
}

bool Player::isTensor(TensorIndex tensor) const
{
    return isIn(m_graph.tensors, tensor.index);
}

Result<void> Player::check() const
{
    const auto tensorError = [](std::size_t index, const Error& error) {
        return failure(error.within(fmt::format("tensor {}", index)));
    };
    for (std::size_t i = 0; i < m_graph.tensors.size(); ++i) {
        const RecordedTensor& tensor = m_graph.tensors[i];
        if (const auto sizes = checkSizes(tensor.sizes, m_recorded); !sizes)
            return tensorError(i, sizes.error());
        if (tensor.kind == RecordedTensor::Kind::Stored && !isIn(m_stored, tensor.stored))
            return tensorError(
                i, {ErrorKind::Malformed,
                    {},
                    fmt::format("stored tensor {}, expected one of {}", tensor.stored, m_stored.size())});
        for (const RecordedSize stride : tensor.strides)
            if (stride.expression >= 0 && !isIn(m_recorded.values, stride.expression))
                return tensorError(i, {ErrorKind::Malformed, {}, "stride of an unknown expression"});
    }
    for (std::size_t i = 0; i < m_graph.calls.size(); ++i) {
        const RecordedCall& call = m_graph.calls[i];
        if (!isIn(m_modules, call.module))
            return failure(ErrorKind::Malformed, callPlace(i, call),
                           fmt::format("module {}, expected one of {}", call.module, m_modules.size()));
        for (const TensorIndex result : call.results)
            if (result.index >= 0 && !isTensor(result))
                return failure(
                    ErrorKind::Malformed, callPlace(i, call),
                    fmt::format("result {}, expected one of {}", result.index, m_graph.tensors.size()));
    }
    return {};
}

Result<void> Player::play()
{
    if (const auto sound = check(); !sound)
        return sound;
    for (const RecordedCall& call : m_graph.calls)
        playCall(call);
    for (const TensorIndex output : m_graph.outputs)
        if (isTensor(output) && seen(output).storage >= 0)
            at(m_lastRead, seen(output).storage) = Storage::forever;
    return {};
}

void Player::playCall(const RecordedCall& call)
{
    m_call = &call;
    m_module = at(m_modules, call.module);
    const std::int32_t before = calls();
    const AtenTarget target = atenTarget(call.target);
    m_isInPlace = target.isInPlace;
    AtenOperator op = atenOperator(target.name);
    if (op.play == nullptr)
        op = {.name = target.name, .kind = OpKind::Unknown, .play = aten::playPlain};
    op.play(*this, op);
    if (calls() > before)
        readArguments();
    const auto module = static_cast<std::size_t>(m_module);
    const bool isFirst = calls() > before && !m_hasOperator[module];
    if (m_firstCalls[module] == nullptr || isFirst)
        m_firstCalls[module] = &call;
    m_hasOperator[module] = m_hasOperator[module] || isFirst;
}

const Operand& Player::seen(TensorIndex tensor)
{
    if (!m_isDefined[static_cast<std::size_t>(tensor.index)])
        define(tensor, -1, nullptr);
    return at(m_operands, tensor.index);
}

Shape Player::shapeOf(const RecordedTensor& tensor) const
{
    // More dimensions than a shape holds: the outermost become one.
    const std::size_t folded = tensor.sizes.size() - std::min(tensor.sizes.size(), Shape::maxRank);
    Count outermost = 1;
    for (std::size_t i = 0; i < folded; ++i)
        outermost *= m_recorded.at(tensor.sizes[i]);
    Shape shape;
    for (std::size_t i = folded; i < tensor.sizes.size(); ++i)
        shape.append(m_recorded.at(tensor.sizes[i]));
    if (folded > 0)
        shape.set(0, (outermost * shape[0]).value());
    return shape;
}

std::int32_t Player::newStorage(Storage::Kind kind, const Shape& shape, DType dtype)
{
    m_trace.storages.push_back(
        {.kind = kind, .bytes = {byteSize(shape, dtype).value()}, .module = m_module, .born = calls()});
    m_lastRead.push_back(kind == Storage::Kind::Result ? calls() : Storage::forever);
    return static_cast<std::int32_t>(m_trace.storages.size()) - 1;
}

void Player::define(TensorIndex tensor, std::int32_t storage, const Operand* base)
{
    const RecordedTensor& recorded = at(m_graph.tensors, tensor.index);
    Operand& operand = at(m_operands, tensor.index);
    operand = {.shape = shapeOf(recorded), .dtype = recorded.dtype, .storage = storage};
    m_isDefined[static_cast<std::size_t>(tensor.index)] = true;
    if (base != nullptr) {
        operand.isParameter = base->isParameter;
        operand.requiresGradient = base->requiresGradient && isFloat(operand.dtype) && !m_call->isDetached;
    }
    if (recorded.kind == RecordedTensor::Kind::Stored) {
        operand.storage = at(m_stored, recorded.stored);
        operand.isParameter = true;
        operand.requiresGradient =
            m_gradients != Gradients::None && at(m_trace.parameters, operand.storage).trainable;
    }
    if (recorded.kind == RecordedTensor::Kind::Argument)
        operand.requiresGradient = m_gradients == Gradients::Inputs && isFloat(operand.dtype);
    if (operand.storage < 0 && recorded.memory >= 0)
        if (const auto known = m_memory.find(recorded.memory); known != m_memory.end())
            operand.storage = known->second;
    if (operand.storage < 0)
        operand.storage = newStorage(recorded.kind == RecordedTensor::Kind::Value ? Storage::Kind::Result
                                                                                  : Storage::Kind::Given,
                                     operand.shape, operand.dtype);
    if (recorded.memory >= 0)
        m_memory.emplace(recorded.memory, operand.storage);
}

void Player::share(const Operand& base)
{
    const Operand shared = base;
    for (const TensorIndex result : m_call->results)
        if (isTensor(result))
            define(result, shared.storage, &shared);
}

void Player::allocate()
{
    for (const TensorIndex result : m_call->results)
        if (isTensor(result) && !m_isDefined[static_cast<std::size_t>(result.index)])
            define(result, -1, nullptr);
}

void Player::defineResults(bool needsGradient)
{
    needsGradient = needsGradient && !m_call->isDetached;
    const std::optional<Operand> self = m_isInPlace ? tensor("self") : std::nullopt;
    for (std::size_t i = 0; i < m_call->results.size(); ++i) {
        const TensorIndex result = m_call->results[i];
        if (!isTensor(result))
            continue;
        const bool isSelf = i == 0 && self && self->storage >= 0;
        if (isSelf)
            define(result, self->storage, &*self);
        else if (!m_isDefined[static_cast<std::size_t>(result.index)])
            define(result, -1, nullptr);
        Operand& operand = at(m_operands, result.index);
        operand.requiresGradient |= needsGradient && isFloat(operand.dtype);
    }
    if (!self)
        return;
    const auto* written = std::get_if<TensorIndex>(argument("self"));
    at(m_operands, written->index).requiresGradient |= needsGradient && isFloat(self->dtype);
}

void Player::readBy(const Operand& operand)
{
    if (operand.storage >= 0)
        at(m_lastRead, operand.storage) = std::max(at(m_lastRead, operand.storage), calls() + 1);
}

void Player::readArguments()
{
    const auto read = [this](TensorIndex tensor) {
        if (isTensor(tensor) && seen(tensor).storage >= 0)
            at(m_lastRead, seen(tensor).storage) = std::max(at(m_lastRead, seen(tensor).storage), calls());
    };
    for (const RecordedArgument& argument : m_call->arguments) {
        if (const auto* one = std::get_if<TensorIndex>(&argument.value))
            read(*one);
        else if (const auto* list = std::get_if<std::vector<TensorIndex>>(&argument.value))
            std::ranges::for_each(*list, read);
    }
}

void Player::push(Op&& op)
{
    op.module = m_module;
    const std::string_view className = at(m_trace.modules, m_module).className;
    const bool isKept = isActivation(op.kind) && keepsActivation(className);
    op.spelling = isKept ? Spelling::Captured : m_call->spelling;
    op.function = cellOf(className).empty() ? m_call->function : cellOf(className);
    if (op.inputs.empty())
        op.inputs.push_back({.dtype = op.output.dtype, .isNumber = true});
    if (!isWellFormed(op)) {
        op.name = nameOf(op);
        op.kind = OpKind::Unknown;
        op.attributes = {};
    }
    for (const Operand& input : op.inputs)
        readBy(input);
    readBy(op.output);
    m_trace.ops.push_back(std::move(op));
}

namespace {

bool needsGradient(const std::vector<Operand>& inputs)
{
    return std::ranges::any_of(inputs, &Operand::requiresGradient);
}

} // namespace

void Player::record(OpKind kind, std::string_view name, std::vector<Operand> inputs,
                    const OpAttributes& attributes)
{
    Op op{.kind = kind, .inputs = std::move(inputs), .attributes = attributes};
    op.name = name == opName(kind) ? std::string_view() : name;
    defineResults(needsGradient(op.inputs));
    const auto first = std::ranges::find_if(m_call->results, [&](TensorIndex x) { return isTensor(x); });
    const auto written = std::ranges::find_if(op.inputs, [](const Operand& x) { return x.storage >= 0; });
    if (first != m_call->results.end())
        op.output = seen(*first);
    else if (written != op.inputs.end())
        op.output = *written; // what has no result works on its operands
    else
        op.output = {.dtype = DType::F32, .storage = newStorage(Storage::Kind::Result, {0}, DType::F32)};
    push(std::move(op));
}

Operand Player::intermediate(OpKind kind, std::string_view name, std::vector<Operand> inputs,
                             const Shape& shape, const OpAttributes& attributes)
{
    const DType dtype = resultDType();
    Op op{.kind = kind, .inputs = std::move(inputs), .attributes = attributes};
    op.name = name == opName(kind) ? std::string_view() : name;
    op.output = {.shape = shape,
                 .dtype = dtype,
                 .storage = newStorage(Storage::Kind::Result, shape, dtype),
                 .requiresGradient = needsGradient(op.inputs) && isFloat(dtype) && !m_call->isDetached};
    const Operand output = op.output;
    push(std::move(op));
    return output;
}

void Player::dependsOnValues(std::string_view name)
{
    if (std::ranges::find(m_valueDependent, name) == m_valueDependent.end())
        m_valueDependent.push_back(name);
}

void Player::markRun()
{
    std::vector<Module>& modules = m_trace.modules;
    // A module whose parameters another one computes with, as attention does with those of its projection.
    for (const Op& op : m_trace.ops)
        for (const Operand& input : op.inputs)
            if (input.isParameter && static_cast<std::size_t>(input.storage) < m_trace.parameters.size())
                at(modules, at(m_trace.parameters, input.storage).module).ran = true;
    for (std::size_t i = modules.size(); i-- > 0;) {
        const bool isCalled = m_firstCalls[i] != nullptr;
        modules[i].ran |= isCalled;
        if (isCalled)
            modules[i].isContainer = false;
        if (modules[i].ran && modules[i].parent >= 0)
            at(modules, modules[i].parent).ran = true;
    }
    // What a forward in inference passes through without a trace.
    for (std::size_t i = 1; i < modules.size(); ++i) {
        const std::string_view name = modules[i].className;
        if (name == "Identity" || name.ends_with("Dropout") || name == "DropPath" ||
            name == "StochasticDepth" || name.starts_with("Dropout"))
            modules[i].ran |= at(modules, modules[i].parent).ran;
    }
}

void Player::writeNotes()
{
    m_trace.notes = m_recorded.notes;
    if (m_gradients != Gradients::None && m_isInference)
        m_trace.notes.emplace_back(
            m_recorded.followsMode
                ? "Some of the program acts in training as in inference: dropout that does nothing, or batch "
                  "norm with its running statistics."
                : "The program was recorded in inference: dropout does nothing, and batch norm uses its "
                  "running statistics.");
    if (m_gradients == Gradients::None && m_isTraining && !m_recorded.followsMode)
        m_trace.notes.emplace_back(
            "The program was recorded in training: dropout drops, or batch norm uses the statistics of its "
            "batch, in inference too.");
    if (m_gradients == Gradients::Parameters && !m_trace.parameters.empty() &&
        std::ranges::none_of(m_trace.parameters, &Parameter::isTrained))
        m_trace.notes.emplace_back(
            "The file says of no parameter that it is trained: a training step has no backward.");
    if (!m_valueDependent.empty())
        m_trace.notes.push_back(
            fmt::format("Some sizes follow from the values of tensors, which are not known: behind {}.",
                        fmt::join(m_valueDependent, ", ")));
}

Trace Player::finish()
{
    for (std::size_t i = 0; i < m_trace.storages.size(); ++i)
        if (m_trace.storages[i].kind == Storage::Kind::Result)
            m_trace.storages[i].died = m_lastRead[i];
    markRun();
    writeNotes();
    m_trace.names = m_recorded.graph;
    return std::move(m_trace);
}

} // namespace sunflop
