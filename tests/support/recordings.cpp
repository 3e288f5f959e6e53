// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/recordings.h"

#include "core/families/family.h"

#include <algorithm>
#include <memory>

namespace sunflop::test {

namespace {

std::vector<RecordedSize> sizesOf(const Dims& numbers)
{
    std::vector<RecordedSize> sizes;
    for (const std::int64_t number : numbers)
        sizes.push_back({.value = number});
    return sizes;
}

Shape shapeOf(const Dims& numbers)
{
    Shape shape;
    for (const std::int64_t number : numbers)
        shape.append(number);
    return shape;
}

} // namespace

RecordedProgram::RecordedProgram(std::string className)
{
    m_stored.modules.push_back({.path = {}, .className = std::move(className), .detail = {}});
}

void RecordedProgram::enter(const std::string& path, const std::string& className, const std::string& detail)
{
    const auto known = std::ranges::find(m_stored.modules, path, &StoredModule::path);
    m_module = static_cast<std::int32_t>(known - m_stored.modules.begin());
    if (known == m_stored.modules.end())
        m_stored.modules.push_back({.path = path, .className = className, .detail = detail});
}

TensorIndex RecordedProgram::add(RecordedTensor tensor)
{
    m_graph.tensors.push_back(std::move(tensor));
    return {static_cast<std::int32_t>(m_graph.tensors.size()) - 1};
}

TensorIndex RecordedProgram::addStored(StoredTensor tensor)
{
    tensor.bytes = byteSize(tensor.shape, tensor.dtype);
    RecordedTensor recorded{
        .kind = RecordedTensor::Kind::Stored, .dtype = tensor.dtype, .sizes = {}, .strides = {}};
    for (std::size_t i = 0; i < tensor.shape.rank(); ++i)
        recorded.sizes.push_back({.value = tensor.shape[i]});
    recorded.stored = static_cast<std::int32_t>(m_stored.tensors.size());
    m_stored.tensors.push_back(std::move(tensor));
    return add(std::move(recorded));
}

TensorIndex RecordedProgram::argument(const Dims& sizes, DType dtype)
{
    return add(
        {.kind = RecordedTensor::Kind::Argument, .dtype = dtype, .sizes = sizesOf(sizes), .strides = {}});
}

TensorIndex RecordedProgram::parameter(const std::string& name, const Dims& sizes, std::int64_t memory)
{
    return addStored({.name = name, .shape = shapeOf(sizes), .bytes = {}, .memory = memory});
}

TensorIndex RecordedProgram::buffer(const std::string& name, const Dims& sizes, DType dtype)
{
    return addStored({.kind = StoredTensor::Kind::Buffer,
                      .name = name,
                      .shape = shapeOf(sizes),
                      .dtype = dtype,
                      .bytes = {}});
}

TensorIndex RecordedProgram::constant(const Dims& sizes, DType dtype)
{
    return add(
        {.kind = RecordedTensor::Kind::Constant, .dtype = dtype, .sizes = sizesOf(sizes), .strides = {}});
}

TensorIndex RecordedProgram::call(const std::string& target, std::vector<RecordedArgument> arguments,
                                  const Dims& sizes, DType dtype, const Dims& strides)
{
    const TensorIndex result = calls(target, std::move(arguments), {sizes}, dtype).front();
    m_graph.tensors[static_cast<std::size_t>(result.index)].strides = sizesOf(strides);
    return result;
}

std::vector<TensorIndex> RecordedProgram::calls(const std::string& target,
                                                std::vector<RecordedArgument> arguments,
                                                const std::vector<Dims>& sizes, DType dtype)
{
    RecordedCall call{.target = target, .module = m_module, .arguments = std::move(arguments), .results = {}};
    for (const Dims& one : sizes)
        call.results.push_back(add({.dtype = dtype, .sizes = sizesOf(one), .strides = {}}));
    m_graph.calls.push_back(std::move(call));
    return m_graph.calls.back().results;
}

Source RecordedProgram::source() const
{
    Source source;
    source.stored = std::make_shared<const Stored>(m_stored);
    Program program;
    program.record = [graph = std::make_shared<const Recording>(m_graph)](std::span<const Argument>, Mode) {
        return Result<Recorded>(Recorded{.graph = graph, .values = {}, .notes = {}});
    };
    source.program = std::make_shared<const Program>(std::move(program));
    return source;
}

Result<Trace> RecordedProgram::trace(Mode mode) const
{
    const Source made = source();
    Workload workload;
    workload.mode = mode;
    return familyOf(made).and_then([&](const Family* family) { return family->trace(made, workload); });
}

RecordedArgument arg(std::string name, TensorIndex tensor)
{
    return {std::move(name), tensor};
}

RecordedArgument arg(std::string name, std::vector<TensorIndex> tensors)
{
    return {std::move(name), std::move(tensors)};
}

RecordedArgument arg(std::string name, std::int64_t number)
{
    return {std::move(name), RecordedSize{.value = number}};
}

RecordedArgument arg(std::string name, const Dims& numbers)
{
    return {std::move(name), sizesOf(numbers)};
}

RecordedArgument flag(std::string name, bool value)
{
    return {std::move(name), value};
}

RecordedArgument real(std::string name, double value)
{
    return {std::move(name), value};
}

RecordedArgument word(std::string name, std::string value)
{
    return {std::move(name), std::move(value)};
}

} // namespace sunflop::test
