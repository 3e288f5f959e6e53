// SPDX-License-Identifier: GPL-3.0-or-later
// graph: {"inputs": [argument], "outputs": [argument], "nodes": [{"target", "inputs": [{"name", "arg"}],
// "outputs": [argument], "metadata"}], "tensor_values": {name: {"dtype", "sizes", "strides", ...}},
// "sym_int_values": {name: size}}. An argument is an object of one key, which tells its type:
// {"as_tensor": {"name": "x"}}. Source: torch/_export/serde/schema.py, versions 1 to 8.17.

#include "core/formats/torchexport/graph.h"

#include "core/base/entry.h"
#include "core/base/plain_text.h"
#include "core/formats/torchexport/json.h"
#include "core/formats/torchexport/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sunflop {

namespace {

using Json = nlohmann::json;

constexpr std::size_t mostTensors = std::size_t{1} << 21;
constexpr std::size_t mostNotes = 32;

/// Element types of schema.py's ScalarType.
constexpr std::array<std::pair<std::int64_t, DType>, 18> exportedTypes{{
    {1, DType::U8},
    {2, DType::I8},
    {3, DType::I16},
    {4, DType::I32},
    {5, DType::I64},
    {6, DType::F16},
    {7, DType::F32},
    {8, DType::F64},
    {9, DType::C32},
    {10, DType::C64},
    {11, DType::C128},
    {12, DType::Bool},
    {13, DType::BF16},
    {28, DType::U16},
    {29, DType::F8E4M3},
    {30, DType::F8E5M2},
    {31, DType::F8E4M3FNUZ},
    {32, DType::F8E5M2FNUZ},
}};

bool isContiguous(const ExportedSizes& sizes, const std::vector<Number>& values, const RecordedTensor& tensor)
{
    std::int64_t expected = 1;
    for (std::size_t i = tensor.sizes.size(); i-- > 0;) {
        if (estimated(sizes, values, tensor.strides[i]) != expected)
            return false;
        if (__builtin_mul_overflow(expected, estimated(sizes, values, tensor.sizes[i]), &expected))
            return false;
    }
    return true;
}

/// What the graph says of a tensor; null: nothing.
const Json* metaOf(const Json* graph, const std::string& name)
{
    const Json* value = member(member(graph, "tensor_values"), name.c_str());
    const Json* old = member(value, "meta"); // before PyTorch 2.2
    return old != nullptr ? old : value;
}

/// False only where the file says so.
bool requiresGradient(const Json* meta)
{
    const Json* flag = member(meta, "requires_grad");
    return flag == nullptr || !flag->is_boolean() || flag->get<bool>();
}

/// A program of which nothing is trained was exported with the flags dropped, as for inference: they tell
/// nothing then.
void dropFlagsOfNone(std::vector<StoredTensor>& tensors)
{
    const auto isTrained = [](const StoredTensor& tensor) {
        return tensor.kind == StoredTensor::Kind::Parameter && tensor.trainable;
    };
    if (std::ranges::none_of(tensors, isTrained))
        for (StoredTensor& tensor : tensors)
            tensor.trainable = true;
}

} // namespace

std::optional<DType> exportedDType(std::int64_t number)
{
    const auto found = std::ranges::find(exportedTypes, number, &std::pair<std::int64_t, DType>::first);
    return found == exportedTypes.end() ? std::nullopt : std::optional(found->second);
}

Result<ExportedGraph> readGraph(const Json& graphModule, const std::vector<ExportedInput>& inputs)
{
    return ExportedReader().read(graphModule, inputs);
}

bool ExportedReader::fail(const std::string& detail, ErrorKind kind)
{
    if (!m_error)
        m_error = Error{kind, m_node, detail};
    return false;
}

void ExportedReader::note(std::string text)
{
    if (m_read.notes.size() < mostNotes && std::ranges::find(m_read.notes, text) == m_read.notes.end())
        m_read.notes.push_back(std::move(text));
}

Result<ExportedGraph> ExportedReader::read(const Json& graphModule, const std::vector<ExportedInput>& inputs)
{
    const Json* graph = member(&graphModule, "graph");
    if (member(graph, "nodes") == nullptr || member(graph, "tensor_values") == nullptr)
        return failure(ErrorKind::Malformed, "graph_module.graph",
                       "found no graph, expected \"nodes\" and \"tensor_values\"");
    m_read.modules.addCallGraph(member(&graphModule, "module_call_graph"));
    Scope scope{.graph = graph};
    for (const ExportedInput& input : inputs)
        if (!m_error)
            addInput(scope, input);
    if (!m_error && addNodes(scope)) {
        m_node = "outputs";
        for (const Json& output : listIn(member(graph, "outputs")))
            std::ranges::copy(tensorsIn(scope, output), std::back_inserter(m_read.recording.outputs));
    }
    if (m_error)
        return failure(*m_error);
    dropContiguousStrides();
    dropFlagsOfNone(m_read.tensors);
    return std::move(m_read);
}

void ExportedReader::addInput(Scope& scope, const ExportedInput& input)
{
    using Kind = ExportedInput::Kind;
    m_node = shortened(input.value);
    if (input.kind == Kind::Integer) {
        Json reference = Json::object();
        reference["as_name"] = input.value;
        m_read.integers.emplace(input.value, sizeNamed(scope, reference));
        return;
    }
    if (input.kind == Kind::Literal || input.kind == Kind::Other)
        return;
    const auto kind = input.kind == Kind::Tensor     ? RecordedTensor::Kind::Argument
                      : input.kind == Kind::Constant ? RecordedTensor::Kind::Constant
                                                     : RecordedTensor::Kind::Stored;
    const TensorIndex tensor = addTensor(scope, input.value, kind);
    if (m_error)
        return;
    if (kind == RecordedTensor::Kind::Stored)
        addStored(scope, input, tensor);
    if (kind == RecordedTensor::Kind::Argument)
        m_read.arguments.emplace(input.value, tensor);
    scope.tensors.emplace(input.value, tensor);
}

void ExportedReader::addStored(const Scope& scope, const ExportedInput& input, TensorIndex index)
{
    RecordedTensor& tensor = at(m_read.recording.tensors, index.index);
    const bool isParameter = input.kind == ExportedInput::Kind::Parameter;
    StoredTensor stored{.kind = isParameter ? StoredTensor::Kind::Parameter : StoredTensor::Kind::Buffer,
                        .name = input.name,
                        .dtype = tensor.dtype,
                        .trainable = requiresGradient(metaOf(scope.graph, input.value))};
    for (const RecordedSize size : tensor.sizes) {
        if (size.expression >= 0 || stored.shape.rank() == Shape::maxRank) {
            fail(fmt::format("{} has no fixed size of at most {} dimensions", shortened(input.name),
                             Shape::maxRank),
                 ErrorKind::Unsupported);
            return;
        }
        stored.shape.append(size.value);
    }
    stored.bytes = byteSize(stored.shape, stored.dtype);
    tensor.stored = static_cast<std::int32_t>(m_read.tensors.size());
    m_read.tensors.push_back(std::move(stored));
}

std::vector<RecordedSize> ExportedReader::sizesIn(const Json* sizes, std::int64_t least)
{
    std::vector<RecordedSize> read;
    for (const Json& entry : listIn(sizes)) {
        const auto size = m_read.sizes.read(entry);
        if (!size)
            fail(size.error().detail, size.error().kind);
        else if (size->expression < 0 && (size->value < least || size->value > mostSize))
            fail(fmt::format("found a size of {}, expected {} to {}", size->value, least, mostSize),
                 ErrorKind::OutOfRange);
        if (m_error)
            return {};
        read.push_back(*size);
    }
    return read;
}

TensorIndex ExportedReader::addTensor(const Scope& scope, const std::string& name, RecordedTensor::Kind kind)
{
    const Json* meta = metaOf(scope.graph, name);
    if (meta == nullptr || m_read.recording.tensors.size() == mostTensors) {
        fail(meta == nullptr ? fmt::format("tensor_values has no \"{}\"", shortened(name))
                             : fmt::format("more than {} tensors", mostTensors));
        return {};
    }
    RecordedTensor tensor{.kind = kind};
    tensor.sizes = sizesIn(member(meta, "sizes"), 0);
    tensor.strides = sizesIn(member(meta, "strides"), -mostSize);
    if (tensor.strides.size() != tensor.sizes.size())
        tensor.strides.clear();
    const auto number = wholeIn(member(meta, "dtype")).value_or(0);
    if (const auto dtype = exportedDType(number))
        tensor.dtype = *dtype;
    else
        fail(fmt::format("{} has an element type of number {}, which is unknown", shortened(name), number),
             ErrorKind::Unsupported);
    m_read.recording.tensors.push_back(std::move(tensor));
    return {static_cast<std::int32_t>(m_read.recording.tensors.size() - 1)};
}

/// Strides are kept where they tell more than the sizes: they are looked at for two sets of sizes.
void ExportedReader::dropContiguousStrides()
{
    const ExportedSizes& sizes = m_read.sizes;
    std::vector<Number> symbols = sizes.atHints(2);
    const std::vector<Number> example = sizes.expressions.evaluate(symbols);
    for (std::size_t i = 0; i < symbols.size(); ++i)
        symbols[i] = add(symbols[i], static_cast<std::int64_t>(3 + 2 * i));
    const std::vector<Number> another = sizes.expressions.evaluate(symbols);
    for (RecordedTensor& tensor : m_read.recording.tensors)
        if (!tensor.strides.empty() && isContiguous(sizes, example, tensor) &&
            isContiguous(sizes, another, tensor))
            tensor.strides.clear();
}

} // namespace sunflop
