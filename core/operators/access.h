// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How operators walk through memory, and how much of it they read.

#include "core/operators/op.h"

#include <cstddef>
#include <cstdint>

namespace sunflop {

/// How a kernel walks through memory.
enum class Access : std::uint8_t {
    Streaming, ///< operands and result in the same order: several elements a thread and instruction
    Strided,   ///< an operand is broadcast, permuted or widened: an element at a time, its address computed
    Scattered, ///< pieces are put together or repeated: as Strided, and short runs of each piece
};

/// How much of an operand is read.
enum class Read : std::uint8_t {
    Whole,
    AsResult,   ///< as many bytes as the result has: rows that are looked up
    UpToResult, ///< at most as many bytes as the result has: elements that are gathered
};

/// How the call's kernel walks through memory.
Access accessOf(const Op& op);
/// How much the call reads of one of its inputs.
Read readOf(const Op& op, std::size_t input);

/// For the rows.
namespace operators {

Access streams(const Op& op);
Access strides(const Op& op);
Access scatters(const Op& op);
/// Strided where an operand has another shape or type than the result.
Access stridesWhereTheyDiffer(const Op& op);
/// Scattered where elements are repeated or left out, strided where they are permuted or widened.
Access copies(const Op& op);

Read readsWhole(const Op& op, std::size_t input);
Read looksUp(const Op& op, std::size_t input); ///< all indices, rows of the table behind them
Read gathers(const Op& op, std::size_t input); ///< all indices, elements of the rest

} // namespace operators

} // namespace sunflop
