// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A graph of PyTorch operators as a program called them, with sizes that may be computed anew.

#include "core/base/dtype.h"
#include "core/operators/op.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sunflop {

/// A size that is known, or the value of an expression: an index into Recorded::values.
struct RecordedSize {
    std::int64_t value = 0; ///< where expression is -1
    std::int32_t expression = -1;
};

/// A tensor of the graph.
struct RecordedTensor {
    enum class Kind : std::uint8_t {
        Value,    ///< a call's result
        Argument, ///< given by the caller
        Stored,   ///< a parameter or buffer: Program::stored
        Constant, ///< part of the program
    } kind = Kind::Value;
    DType dtype = DType::F32;
    std::vector<RecordedSize> sizes;
    std::vector<RecordedSize> strides; ///< empty: contiguous
    std::int32_t stored = -1;          ///< index into Stored::tensors
    std::int32_t memory = -1; ///< tensors with the same number share memory; -1: follows from the operators
};

/// An index into Recording::tensors; -1 in a list of optional tensors: none.
struct TensorIndex {
    std::int32_t index = -1;
};

/// A value that a call is given. monostate is Python's None.
using RecordedValue =
    std::variant<std::monostate, TensorIndex, std::vector<TensorIndex>, RecordedSize,
                 std::vector<RecordedSize>, double, std::vector<double>, bool, DType, std::string>;

/// An argument under the name that the operator's schema gives it.
struct RecordedArgument {
    std::string name;
    RecordedValue value;
};

/// One call. Arguments at their defaults may be missing.
struct RecordedCall {
    std::string target;      ///< operator and overload: "aten.add.Tensor", "torchvision.nms.default"
    std::int32_t module = 0; ///< index into Stored::modules of the program
    Spelling spelling = Spelling::Functional;
    std::string function;    ///< Op::function
    bool isDetached = false; ///< called where gradients are switched off: torch.no_grad()
    std::vector<RecordedArgument> arguments;
    std::vector<TensorIndex> results; ///< tensors only, those of lists one after the other
};

/// Calls in their order.
struct Recording {
    std::vector<RecordedTensor> tensors;
    std::vector<RecordedCall> calls;
    std::vector<TensorIndex> outputs; ///< what the caller gets
};

/// A recording at one set of arguments.
struct Recorded {
    std::shared_ptr<const Recording> graph;
    std::vector<std::int64_t> values; ///< of expressions
    std::vector<std::string> notes;   ///< what the reader of its figures should know, a sentence each
    bool followsMode = false;         ///< it was run in the mode that was asked for, eval() or train()

    std::int64_t at(RecordedSize size) const
    {
        return size.expression < 0 ? size.value : values[static_cast<std::size_t>(size.expression)];
    }
};

} // namespace sunflop
