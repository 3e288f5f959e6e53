// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/reading.h"

#include "core/formats/format.h"
#include "core/model/argument.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <variant>

namespace sunflop::fuzz {

namespace {

void check(const Stored& stored)
{
    for (const StoredTensor& tensor : stored.tensors) {
        require(tensor.bytes >= Count(0), "no tensor has fewer than no bytes");
        for (std::size_t i = 0; i < tensor.shape.rank(); ++i)
            require(tensor.shape[i] >= 0, "no dimension of a tensor is negative");
    }
}

/// Whether every index of a recording has something to stand for.
class Indices {
public:
    Indices(const Recorded& recorded, const Stored& stored) : m_recorded(recorded), m_stored(stored) {}

    void check() const
    {
        for (const RecordedTensor& tensor : m_recorded.graph->tensors)
            checkTensor(tensor);
        for (const RecordedCall& call : m_recorded.graph->calls) {
            require(call.module >= 0 && static_cast<std::size_t>(call.module) < m_stored.modules.size(),
                    "a call is of a module");
            for (const RecordedArgument& argument : call.arguments)
                std::visit([this](const auto& value) { checkValue(value); }, argument.value);
            checkValue(call.results);
        }
        checkValue(m_recorded.graph->outputs);
    }

private:
    void checkTensor(const RecordedTensor& tensor) const
    {
        checkValue(tensor.sizes);
        checkValue(tensor.strides);
        for (const RecordedSize size : tensor.sizes)
            require(m_recorded.at(size) >= 0, "no size is negative");
        require(tensor.stored >= -1 && tensor.stored < static_cast<std::int64_t>(m_stored.tensors.size()),
                "a stored tensor is stored");
    }
    void checkValue(RecordedSize size) const
    {
        require(size.expression >= -1 &&
                    size.expression < static_cast<std::int64_t>(m_recorded.values.size()),
                "a size has a value");
    }
    void checkValue(TensorIndex tensor) const
    {
        require(tensor.index >= -1 &&
                    tensor.index < static_cast<std::int64_t>(m_recorded.graph->tensors.size()),
                "a tensor is one of the recording");
    }
    template<typename T>
    void checkValue(const std::vector<T>& values) const
    {
        for (const T& value : values)
            checkValue(value);
    }
    template<typename T>
    void checkValue(const T&) const
    {}

    const Recorded& m_recorded;
    const Stored& m_stored;
};

void record(const Source& source, std::span<const Argument> arguments)
{
    const auto recorded = source.program->record(arguments, Mode::Inference);
    requireReason(recorded);
    if (!recorded)
        return;
    require(recorded->graph != nullptr, "a recording has a graph");
    fuzz::check(*recorded, *source.stored);
}

/// Every free dimension at one more than its least.
std::vector<Assignment> small(const std::vector<Input>& offered)
{
    std::vector<Assignment> assignments;
    for (const Input& input : offered)
        for (const Dimension& dimension : input.dimensions)
            if (dimension.isFree && dimension.minimum < dimension.maximum)
                assignments.push_back({std::string(dimension.id), std::to_string(dimension.minimum + 1)});
    return assignments;
}

} // namespace

void require(bool holds, const char* promise)
{
    if (holds)
        return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

Result<Source> read(std::string_view format, std::string_view bytes)
{
    const auto entry = std::ranges::find(formats(), format, &Format::id);
    require(entry != formats().end(), "the format is registered");
    const Bytes opened = Bytes::of(std::string(bytes));
    entry->sniff(opened);
    auto source = entry->read({opened, "fuzzed", {}});
    requireReason(source);
    return source;
}

void check(const Source& source)
{
    if (source.stored)
        check(*source.stored);
    if (!source.program)
        return;
    require(source.stored != nullptr && !source.stored->modules.empty(), "a program has a module");
    const std::vector<Input>& offered = source.program->arguments;
    const auto own = shapesOf(offered, {});
    require(own.has_value(), "the defaults can be set");
    record(source, *own);
    if (const auto other = shapesOf(offered, small(offered)))
        record(source, *other);
}

void check(const Recorded& recorded, const Stored& stored)
{
    Indices(recorded, stored).check();
}

void readAndCheck(std::string_view format, std::string_view bytes)
{
    if (const auto source = read(format, bytes))
        check(*source);
}

} // namespace sunflop::fuzz
