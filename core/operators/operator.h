// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What is known of an operator whoever counts it: its row in rows.inc.

#include "core/operators/access.h"
#include "core/operators/candidates.h"
#include "core/operators/op.h"
#include "core/operators/saved.h"
#include "core/operators/well_formed.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sunflop {

/// One row. What it leaves out is as it is with most functions of one element.
struct Operator {
    std::string_view name; ///< PyTorch's
    OpGroup group = OpGroup::Elementwise;
    bool isElementwise = true; ///< see isElementwise() in op_kind.h
    /// Operations by definition, on each element of the result or, with `countsOperand`, of the first
    /// operand; of recurrent layers on each unit, beside its products. Norms, pools, interpolations and
    /// products have formulas of their own.
    std::int64_t perElement = 1;
    bool countsOperand = false;
    std::int64_t gates = 0; ///< of recurrent layers: units that each hidden one is made of

    /// Whether there are as many operands as the operator has, of ranks that the comment of Op allows.
    bool (*isWellFormed)(const Op&) = operators::hasOperand;
    /// Sums of products that a count may be, in the order in which they are tried. Extents are constant.
    std::vector<Candidates> (*candidates)(const Op&) = operators::elements;
    /// What autograd keeps of a call whose result requires a gradient.
    void (*keep)(const Op&, Saved&) = operators::keepInput;
    /// Whether the gradient of an input is that of the result, or a view of it.
    bool (*passesGradient)(const Op&, std::size_t input) = operators::passesNothing;
    /// How a kernel walks through memory, of a call with operands.
    Access (*access)(const Op&) = operators::streams;
    /// How much of an input is read.
    Read (*reads)(const Op&, std::size_t input) = operators::readsWhole;
    /// ATen's names of what is this operator and nothing else, between blanks, without namespace (if it is
    /// aten), overload and the underscore of what works in place.
    std::string_view aten;
};

const Operator& operatorOf(OpKind kind);

/// All rows, by OpKind.
std::span<const Operator> allOperators();

} // namespace sunflop
