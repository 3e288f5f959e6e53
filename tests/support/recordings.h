// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Recorded programs made by hand.

#include "core/base/result.h"
#include "core/model/source.h"
#include "core/model/trace.h"
#include "core/model/workload.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace sunflop::test {

using Dims = std::vector<std::int64_t>;

/// Writes a recording call by call. Results have the sizes that the test says: nothing is computed.
class RecordedProgram {
public:
    explicit RecordedProgram(std::string className = "Net");

    /// Calls from now on belong to this module, which is made if it is new.
    void enter(const std::string& path, const std::string& className = {}, const std::string& detail = {});

    TensorIndex argument(const Dims& sizes, DType dtype = DType::F32);
    TensorIndex parameter(const std::string& name, const Dims& sizes, std::int64_t memory = -1);
    TensorIndex buffer(const std::string& name, const Dims& sizes, DType dtype = DType::F32);
    TensorIndex constant(const Dims& sizes, DType dtype = DType::F32);

    /// One result of these sizes.
    TensorIndex call(const std::string& target, std::vector<RecordedArgument> arguments, const Dims& sizes,
                     DType dtype = DType::F32, const Dims& strides = {});
    /// Several results, or none.
    std::vector<TensorIndex> calls(const std::string& target, std::vector<RecordedArgument> arguments,
                                   const std::vector<Dims>& sizes, DType dtype = DType::F32);
    void output(TensorIndex tensor) { m_graph.outputs.push_back(tensor); }

    Recording& graph() { return m_graph; }
    Stored& stored() { return m_stored; }

    Source source() const;
    Result<Trace> trace(Mode mode = Mode::Inference) const;

private:
    TensorIndex add(RecordedTensor tensor);
    TensorIndex addStored(StoredTensor tensor);

    Recording m_graph;
    Stored m_stored;
    std::int32_t m_module = 0;
};

/// {"dim", 1}, {"size", {2, 3}}, {"weight", tensor} as arguments.
RecordedArgument arg(std::string name, TensorIndex tensor);
RecordedArgument arg(std::string name, std::vector<TensorIndex> tensors);
RecordedArgument arg(std::string name, std::int64_t number);
RecordedArgument arg(std::string name, const Dims& numbers);
RecordedArgument flag(std::string name, bool value);
RecordedArgument real(std::string name, double value);
RecordedArgument word(std::string name, std::string value);

} // namespace sunflop::test
