// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operators/operator.h"

namespace sunflop {

namespace {

using namespace operators;
using enum OpGroup;

constexpr Operator rows[] = {
#define OPERATOR(kind, ...) {__VA_ARGS__},
#include "core/operators/rows.inc"
#undef OPERATOR
};

} // namespace

const Operator& operatorOf(OpKind kind)
{
    return rows[static_cast<std::size_t>(kind)];
}

std::span<const Operator> allOperators()
{
    return rows;
}

} // namespace sunflop
