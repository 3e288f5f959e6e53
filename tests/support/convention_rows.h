// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Calls of operators, and what each convention makes of them.

#include "core/conventions/convention.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace sunflop::test {

using Rule = std::optional<Work>;

inline constexpr Rule uncounted = std::nullopt;
inline constexpr Work freeWork{};

inline Rule flops(std::int64_t count)
{
    return Work{0, count};
}

/// A product of `macs` multiply-accumulates, two operations each, and `extra` other operations.
inline Rule product(std::int64_t macs, std::int64_t extra = 0)
{
    return Work{macs, 2 * macs + extra};
}

/// fvcore calls a multiply-accumulate one operation.
inline Rule single(std::int64_t macs)
{
    return Work{macs, macs};
}

/// One call and what each convention makes of it.
struct Row {
    const char* name;
    Op op;
    Rule exact, calflops, flopcounter, fvcore;
};

inline Operand tensor(const Shape& shape)
{
    return {.shape = shape, .storage = 0};
}

/// What a call returns, in memory of its own.
inline Operand resultOf(const Shape& shape)
{
    return {.shape = shape, .storage = 1};
}

inline const Operand number{.isNumber = true};

inline Op call(OpKind kind, std::vector<Operand> inputs, const Shape& output,
               Spelling spelling = Spelling::Functional, const OpAttributes& attributes = {},
               std::string_view name = {})
{
    return {.kind = kind,
            .spelling = spelling,
            .inputs = std::move(inputs),
            .output = resultOf(output),
            .attributes = attributes,
            .name = name};
}

/// An elementwise call on [3, 5, 7].
inline Op unary(OpKind kind, Spelling spelling, std::string_view name = {})
{
    return call(kind, {tensor({3, 5, 7})}, {3, 5, 7}, spelling, {}, name);
}

/// Operators of recorded programs: every kind that the tracer of known families does not call.
std::vector<Row> programRows();

} // namespace sunflop::test
