// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The walk over an exported graph's nodes that readGraph() makes.

#include "core/formats/torchexport/graph.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sunflop {

/// Reads into `m_read`. The first error is kept and ends the walk.
class ExportedReader {
public:
    Result<ExportedGraph> read(const nlohmann::json& graphModule, const std::vector<ExportedInput>& inputs);

private:
    using Json = nlohmann::json;
    using Tensors = std::vector<TensorIndex>;

    /// A graph, and its tensors by name.
    struct Scope {
        const Json* graph = nullptr;
        std::unordered_map<std::string, TensorIndex> tensors;
        int depth = 0;
        std::int32_t module = 0; ///< of nodes that do not tell theirs
    };

    bool fail(const std::string& detail, ErrorKind kind = ErrorKind::Malformed);
    void note(std::string text);

    void addInput(Scope& scope, const ExportedInput& input);
    void addStored(const Scope& scope, const ExportedInput& input, TensorIndex tensor);
    TensorIndex addTensor(const Scope& scope, const std::string& name,
                          RecordedTensor::Kind kind = RecordedTensor::Kind::Value);
    std::vector<RecordedSize> sizesIn(const Json* sizes, std::int64_t least);
    void dropContiguousStrides();

    bool addNodes(Scope& scope);
    void addNode(Scope& scope, const Json& node);
    void addCall(Scope& scope, const Json& node, std::string target, std::vector<RecordedArgument> arguments);
    Tensors results(Scope& scope, const Json& node);
    std::int32_t moduleOf(const Scope& scope, const Json& node,
                          const std::vector<RecordedArgument>& arguments = {});

    RecordedValue valueOf(const Scope& scope, const Json& argument);
    RecordedValue plainValue(const std::string& key, const Json& value);
    TensorIndex tensorNamed(const Scope& scope, const Json* reference);
    Tensors tensorsIn(const Scope& scope, const Json& argument);
    RecordedSize sizeNamed(const Scope& scope, const Json& reference);

    // Higher-order operators: exported_nested.cpp
    struct Nested;
    void addHigherOrder(Scope& scope, const Json& node, std::string_view name);
    Tensors inlined(const Scope& scope, const Json& node, const Json& graph, const Tensors& given);
    void bind(Scope& scope, const Json& node, const Tensors& values);
    void addBranches(Scope& scope, const Json& node, const Nested& nested);
    void addMapped(Scope& scope, const Json& node, const Nested& nested, bool carries);
    void addWrapped(Scope& scope, const Json& node, const Nested& nested);
    void addPlain(Scope& scope, const Json& node, const Nested& nested);
    Tensors slices(std::int32_t module, const Tensors& of, std::int64_t index);
    double costFrom(std::size_t call);

    ExportedGraph m_read;
    std::string m_node;           ///< that is being read
    std::vector<Number> m_values; ///< of the expressions so far, where symbols are at their hints
    std::size_t m_inlined = 0;    ///< operands, inputs, nodes and outputs of graphs within the graph
    std::optional<Error> m_error;
};

} // namespace sunflop
