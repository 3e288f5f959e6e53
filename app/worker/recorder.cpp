// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/worker/recorder.h"

#include "app/worker/call_site.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace sunflop::worker {

namespace {

constexpr std::size_t mostCalls = 200'000;
constexpr std::size_t mostElementsOfList = 4096;
constexpr int deepestResult = 16;

/// "aten.add.Tensor" of "aten::add" and "Tensor".
std::string targetOf(const c10::FunctionSchema& schema)
{
    std::string target = schema.name();
    // What reshape() calls where it need not copy; later releases call view() there.
    if (target == "aten::_reshape_alias")
        return "aten.view.default";
    if (const std::size_t colons = target.find("::"); colons != std::string::npos)
        target.replace(colons, 2, ".");
    return target + "." + (schema.overload_name().empty() ? "default" : schema.overload_name());
}

Json real(double value)
{
    // JSON has no word for these.
    return std::isfinite(value) ? Json(value) : Json(std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
}

/// Whether a value is no tensor, or one that is a number: what sizes are computed with.
bool isNumbers(const c10::IValue& value)
{
    if (value.isTensor())
        return !value.toTensor().defined() || (value.toTensor().dim() == 0 && !value.toTensor().is_meta());
    return !value.isTensorList() && !value.isOptionalTensorList();
}

/// Whether numbers can only give a number: there are some, and no sizes or dimensions to spread them over.
bool givesNumbers(const c10::FunctionSchema& schema, c10::ArrayRef<c10::IValue> arguments)
{
    bool hasNumber = false;
    for (std::size_t i = 0; i < arguments.size() && i < schema.arguments().size(); ++i) {
        if (arguments[i].isIntList() || schema.arguments()[i].name() == "dim")
            return false;
        hasNumber = hasNumber || arguments[i].isTensor();
    }
    return hasNumber;
}

} // namespace

std::string dtypeName(c10::ScalarType type)
{
    switch (type) {
    case c10::ScalarType::Byte: return "uint8";
    case c10::ScalarType::Char: return "int8";
    case c10::ScalarType::Short: return "int16";
    case c10::ScalarType::Int: return "int32";
    case c10::ScalarType::Long: return "int64";
    case c10::ScalarType::Half: return "float16";
    case c10::ScalarType::Float: return "float32";
    case c10::ScalarType::Double: return "float64";
    case c10::ScalarType::ComplexHalf: return "complex32";
    case c10::ScalarType::ComplexFloat: return "complex64";
    case c10::ScalarType::ComplexDouble: return "complex128";
    case c10::ScalarType::Bool: return "bool";
    case c10::ScalarType::BFloat16: return "bfloat16";
    case c10::ScalarType::QInt8: return "qint8";
    case c10::ScalarType::QUInt8: return "quint8";
    case c10::ScalarType::QInt32: return "qint32";
    default: return c10::toString(type);
    }
}

void Recorder::addArgument(const at::Tensor& tensor, std::int64_t origin)
{
    add(tensor, "argument", origin);
}

void Recorder::addCopy(const at::Tensor& copy, const at::Tensor& original)
{
    const std::int64_t index = indexOf(original);
    number(copy, index);
    if (copy.has_storage())
        m_memories[copy.storage().unsafeGetStorageImpl()] = memoryOf(original);
}

std::int64_t Recorder::memoryOf(const at::Tensor& tensor)
{
    if (!tensor.has_storage())
        return -1;
    return m_memories.emplace(tensor.storage().unsafeGetStorageImpl(), m_memories.size()).first->second;
}

std::int64_t Recorder::add(const at::Tensor& tensor, const char* kind, std::int64_t origin)
{
    const auto index = static_cast<std::int64_t>(m_tensors.size());
    const bool hasLayout = tensor.layout() == c10::kStrided;
    Json strides;
    if (hasLayout && !tensor.is_contiguous())
        strides = tensor.strides().vec();
    m_tensors.push_back(
        {kind, dtypeName(tensor.scalar_type()), memoryOf(tensor), tensor.sizes().vec(), strides, origin});
    number(tensor, index);
    return index;
}

void Recorder::number(const at::Tensor& tensor, std::int64_t index)
{
    m_kept.push_back(tensor);
    const auto [entry, isNew] = m_indices.emplace(tensor.unsafeGetTensorImpl(), index);
    m_changes.emplace_back(entry->first, isNew ? -1 : entry->second);
    entry->second = index;
}

void Recorder::rewind(const Mark& mark)
{
    m_calls.erase(m_calls.begin() + static_cast<std::ptrdiff_t>(mark.calls), m_calls.end());
    m_tensors.erase(m_tensors.begin() + static_cast<std::ptrdiff_t>(mark.tensors), m_tensors.end());
    for (; m_changes.size() > mark.changes; m_changes.pop_back()) {
        const auto& [tensor, index] = m_changes.back();
        if (index < 0)
            m_indices.erase(tensor);
        else
            m_indices[tensor] = index;
    }
    for (auto memory = m_memories.begin(); memory != m_memories.end();)
        memory = memory->second < static_cast<std::int64_t>(mark.memories) ? std::next(memory)
                                                                           : m_memories.erase(memory);
}

std::int64_t Recorder::indexOf(const at::Tensor& tensor)
{
    if (!tensor.defined())
        return -1;
    const c10::TensorImpl* impl = tensor.unsafeGetTensorImpl();
    const auto known = m_indices.find(impl);
    if (known != m_indices.end())
        return known->second;
    const auto stored = m_stored.find(impl);
    return stored != m_stored.end() ? add(tensor, "stored", stored->second) : add(tensor, "constant", -1);
}

Json Recorder::value(const c10::IValue& value, bool isType)
{
    if (value.isTensor()) {
        const std::int64_t index = indexOf(value.toTensor());
        return index < 0 ? Json() : Json{{"t", index}};
    }
    if (value.isInt())
        return isType ? Json{{"d", dtypeName(static_cast<c10::ScalarType>(value.toInt()))}}
                      : Json(value.toInt());
    if (value.isDouble())
        return {{"f", real(value.toDouble())}};
    if (value.isBool())
        return value.toBool();
    if (value.isString())
        return {{"s", value.toStringRef().substr(0, mostElementsOfList)}};
    if (!value.isList())
        return nullptr;
    const auto list = value.toListRef();
    if (list.size() > mostElementsOfList)
        return nullptr;
    const c10::TypePtr type = value.toList().elementType();
    const bool isReal = type->kind() == c10::TypeKind::FloatType;
    const bool isWhole = type->kind() == c10::TypeKind::IntType || type->kind() == c10::TypeKind::BoolType;
    Json elements = Json::array();
    for (const c10::IValue& element : list)
        elements.push_back(isReal               ? real(element.toDouble())
                           : element.isBool()   ? Json(static_cast<int>(element.toBool()))
                           : element.isInt()    ? Json(element.toInt())
                           : element.isTensor() ? Json(indexOf(element.toTensor()))
                                                : Json(-1));
    return {{isReal ? "fs" : isWhole ? "is" : "ts", std::move(elements)}};
}

Recorder::Whole::Whole(Recorder& recorder, const c10::FunctionSchema& schema)
    : m_recorder(recorder), m_isOutermost(recorder.m_whole.empty())
{
    if (m_isOutermost)
        m_recorder.m_whole = targetOf(schema);
}

Recorder::Whole::~Whole()
{
    if (m_isOutermost)
        m_recorder.m_whole.clear();
}

Json Recorder::site(const std::string& target) const
{
    const CallSite from = callSite();
    Json site = Json::object();
    if (!m_whole.empty() && m_whole != target)
        site["called"] = m_whole;
    if (!from.functions.empty())
        site["functions"] = from.functions;
    if (!from.text.empty())
        site["text"] = from.text;
    if (from.isKnown)
        site["known"] = true;
    if (isTraining && !at::GradMode::is_enabled())
        site["detached"] = true;
    return site;
}

Recorder::Call Recorder::begin(const c10::FunctionSchema& schema, c10::ArrayRef<c10::IValue> arguments)
{
    if (m_calls.size() >= mostCalls)
        throw std::runtime_error("more than " + std::to_string(mostCalls) + " operators are called");
    running = targetOf(schema);
    Call call;
    call.isArithmetic = std::all_of(arguments.begin(), arguments.end(), isNumbers);
    // Reading a number that is there: a quantised layer's scale is a tensor of one dimension.
    if (running == "aten._local_scalar_dense.default" && !arguments[0].toTensor().is_meta())
        call.isArithmetic = true;
    call.target = running;
    if (call.isArithmetic && givesNumbers(schema, arguments))
        return call;
    call.site = site(running);
    call.arguments = Json::array();
    for (std::size_t i = 0; i < arguments.size() && i < schema.arguments().size(); ++i) {
        const std::string& name = schema.arguments()[i].name();
        // What PyTorch itself would leave out, but for tensors, says nothing.
        Json given = value(arguments[i], name == "dtype");
        if (given.is_null())
            continue;
        call.arguments.push_back(name);
        call.arguments.push_back(std::move(given));
    }
    return call;
}

void Recorder::collect(const c10::IValue& value, Json& into, bool isResult, int depth)
{
    if (depth > deepestResult)
        return;
    const auto collectAll = [&](const auto& values) {
        for (const c10::IValue& element : values)
            collect(element, into, isResult, depth + 1);
    };
    if (value.isTensor()) {
        const at::Tensor& tensor = value.toTensor();
        into.push_back(!tensor.defined() ? -1 : isResult ? add(tensor, "value", -1) : indexOf(tensor));
    } else if (value.isList()) {
        collectAll(value.toListRef());
    } else if (value.isTuple()) {
        collectAll(value.toTupleRef().elements());
    } else if (value.isGenericDict()) {
        for (const auto& entry : value.toGenericDict())
            collect(entry.value(), into, isResult, depth + 1);
    } else if (value.isObject()) {
        collectAll(value.toObjectRef().slots());
    }
}

void Recorder::end(Call call, c10::ArrayRef<c10::IValue> results)
{
    running.clear();
    if (call.isArithmetic && std::all_of(results.begin(), results.end(), isNumbers))
        return;
    Json tensors = Json::array();
    for (const c10::IValue& result : results)
        collect(result, tensors, true, 0);
    m_calls.push_back({std::move(call.target), module(), std::move(call.arguments), std::move(tensors),
                       std::move(call.site)});
}

void Recorder::leave()
{
    if (!m_modules.empty())
        m_modules.pop_back();
}

Json Recorder::take(const c10::IValue& result)
{
    Json outputs = Json::array();
    collect(result, outputs, false, 0);
    return {
        {"tensors", std::move(m_tensors)}, {"calls", std::move(m_calls)}, {"outputs", std::move(outputs)}};
}

} // namespace sunflop::worker
