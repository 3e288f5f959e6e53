// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the inputs of an exported graph are: parameters, buffers, constants, and what the caller gives.

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sunflop {

/// One input of the graph, in its order.
struct ExportedInput {
    enum class Kind : std::uint8_t {
        Parameter,
        Buffer,
        Constant, ///< a tensor that is part of the program
        Tensor,   ///< given by the caller
        Integer,  ///< given by the caller
        Literal,  ///< a number, text or None of the file's own example, baked in
        Other,    ///< tokens and objects of C++
    } kind = Kind::Other;
    std::string value; ///< its name in the graph
    std::string name;  ///< dotted, of a parameter or buffer

    bool isGiven() const { return kind >= Kind::Tensor && kind <= Kind::Literal; }
};

/// graph_module's signature, before PyTorch 2.2 as well.
std::vector<ExportedInput> inputsOf(const nlohmann::json& graphModule);

/// What to call the inputs that are given, by `inputs`' order: the names that forward() has, with paths into
/// its containers ("batch.input_ids"); the graph's names where the file does not tell. Each is unique.
std::vector<std::string> givenNames(const nlohmann::json& graphModule,
                                    const std::vector<ExportedInput>& inputs);

} // namespace sunflop
