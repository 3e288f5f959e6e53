// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The words and signs of expressions: functions of sympy and of torch.utils._sympy.functions, operators of
/// Python.

#include "core/sizes/expression.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace sunflop {

/// A function by its name in sympy or in torch.utils._sympy.functions.
struct ExpressionFunction {
    std::string_view name;
    ExpressionKind kind;
    std::size_t fewest;
    std::size_t most;
    bool isSwapped = false; ///< a > b is b < a
};

inline constexpr std::size_t anyNumber = Expressions::longestText;

inline constexpr std::array expressionFunctions{
    ExpressionFunction{"Add", ExpressionKind::Add, 0, anyNumber},
    ExpressionFunction{"Mul", ExpressionKind::Multiply, 0, anyNumber},
    ExpressionFunction{"Pow", ExpressionKind::Power, 2, 2},
    ExpressionFunction{"PowByNatural", ExpressionKind::Power, 2, 2},
    ExpressionFunction{"FloatPow", ExpressionKind::FloatPower, 2, 2},
    ExpressionFunction{"FloorDiv", ExpressionKind::FloorDivide, 2, 2},
    ExpressionFunction{"CleanDiv", ExpressionKind::FloorDivide, 2, 2},
    ExpressionFunction{"CeilDiv", ExpressionKind::CeilDivide, 2, 2},
    ExpressionFunction{"IntTrueDiv", ExpressionKind::TrueDivide, 2, 2},
    ExpressionFunction{"FloatTrueDiv", ExpressionKind::TrueDivide, 2, 2},
    ExpressionFunction{"TrueDiv", ExpressionKind::TrueDivide, 2, 2},
    ExpressionFunction{"Rational", ExpressionKind::Divide, 2, 2},
    ExpressionFunction{"Mod", ExpressionKind::Modulo, 2, 2},
    ExpressionFunction{"PythonMod", ExpressionKind::Modulo, 2, 2},
    ExpressionFunction{"ModularIndexing", ExpressionKind::ModularIndexing, 3, 3},
    ExpressionFunction{"Where", ExpressionKind::Where, 3, 3},
    ExpressionFunction{"Max", ExpressionKind::Maximum, 1, anyNumber},
    ExpressionFunction{"Min", ExpressionKind::Minimum, 1, anyNumber},
    ExpressionFunction{"Abs", ExpressionKind::Absolute, 1, 1},
    ExpressionFunction{"floor", ExpressionKind::Floor, 1, 1},
    ExpressionFunction{"FloorToInt", ExpressionKind::Floor, 1, 1},
    ExpressionFunction{"ceiling", ExpressionKind::Ceiling, 1, 1},
    ExpressionFunction{"CeilToInt", ExpressionKind::Ceiling, 1, 1},
    ExpressionFunction{"TruncToInt", ExpressionKind::Truncate, 1, 1},
    ExpressionFunction{"Trunc", ExpressionKind::Truncate, 1, 1},
    ExpressionFunction{"TruncToFloat", ExpressionKind::TruncateToFloat, 1, 1},
    ExpressionFunction{"RoundToInt", ExpressionKind::Round, 1, 1},
    ExpressionFunction{"Round", ExpressionKind::Round, 1, 1},
    ExpressionFunction{"RoundDecimal", ExpressionKind::RoundDecimal, 2, 2},
    ExpressionFunction{"ToFloat", ExpressionKind::ToFloat, 1, 1},
    ExpressionFunction{"Identity", ExpressionKind::Identity, 1, 1},
    ExpressionFunction{"Integer", ExpressionKind::Identity, 1, 1},
    ExpressionFunction{"LShift", ExpressionKind::ShiftLeft, 2, 2},
    ExpressionFunction{"RShift", ExpressionKind::ShiftRight, 2, 2},
    ExpressionFunction{"BitwiseFn_bitwise_and", ExpressionKind::BitAnd, 2, 2},
    ExpressionFunction{"BitwiseFn_bitwise_or", ExpressionKind::BitOr, 2, 2},
    ExpressionFunction{"BitwiseFn_bitwise_xor", ExpressionKind::BitXor, 2, 2},
    ExpressionFunction{"Eq", ExpressionKind::Equal, 2, 2},
    ExpressionFunction{"Equality", ExpressionKind::Equal, 2, 2},
    ExpressionFunction{"Ne", ExpressionKind::NotEqual, 2, 2},
    ExpressionFunction{"Unequality", ExpressionKind::NotEqual, 2, 2},
    ExpressionFunction{"Lt", ExpressionKind::Less, 2, 2},
    ExpressionFunction{"StrictLessThan", ExpressionKind::Less, 2, 2},
    ExpressionFunction{"Le", ExpressionKind::LessEqual, 2, 2},
    ExpressionFunction{"LessThan", ExpressionKind::LessEqual, 2, 2},
    ExpressionFunction{"Gt", ExpressionKind::Less, 2, 2, true},
    ExpressionFunction{"StrictGreaterThan", ExpressionKind::Less, 2, 2, true},
    ExpressionFunction{"Ge", ExpressionKind::LessEqual, 2, 2, true},
    ExpressionFunction{"GreaterThan", ExpressionKind::LessEqual, 2, 2, true},
    ExpressionFunction{"And", ExpressionKind::And, 0, anyNumber},
    ExpressionFunction{"Or", ExpressionKind::Or, 0, anyNumber},
    ExpressionFunction{"Not", ExpressionKind::Not, 1, 1},
    ExpressionFunction{"ExprCondPair", ExpressionKind::Pair, 2, 2},
    ExpressionFunction{"Tuple", ExpressionKind::Pair, 2, 2},
    ExpressionFunction{"Piecewise", ExpressionKind::Piecewise, 1, anyNumber},
    ExpressionFunction{"sqrt", ExpressionKind::SquareRoot, 1, 1},
    ExpressionFunction{"exp", ExpressionKind::Exponential, 1, 1},
    ExpressionFunction{"log", ExpressionKind::Logarithm, 1, 1},
    ExpressionFunction{"log2", ExpressionKind::BinaryLogarithm, 1, 1},
};

/// Functions of floats that torch keeps sympy from touching: "OpaqueUnaryFn_sqrt".
inline constexpr std::string_view opaque = "OpaqueUnaryFn_";

/// An operator between two operands.
struct ExpressionOperator {
    std::string_view sign;
    ExpressionKind kind;
    int level; ///< the higher, the tighter
    bool isSwapped = false;
};

inline constexpr int comparisonLevel = 3;

/// Longer signs before their beginnings.
inline constexpr std::array expressionOperators{
    ExpressionOperator{"or", ExpressionKind::Or, 0},
    ExpressionOperator{"and", ExpressionKind::And, 1},
    ExpressionOperator{"==", ExpressionKind::Equal, comparisonLevel},
    ExpressionOperator{"!=", ExpressionKind::NotEqual, comparisonLevel},
    ExpressionOperator{"<<", ExpressionKind::ShiftLeft, 7},
    ExpressionOperator{">>", ExpressionKind::ShiftRight, 7},
    ExpressionOperator{"<=", ExpressionKind::LessEqual, comparisonLevel},
    ExpressionOperator{">=", ExpressionKind::LessEqual, comparisonLevel, true},
    ExpressionOperator{"<", ExpressionKind::Less, comparisonLevel},
    ExpressionOperator{">", ExpressionKind::Less, comparisonLevel, true},
    ExpressionOperator{"|", ExpressionKind::Or, 4},
    ExpressionOperator{"^", ExpressionKind::BitXor, 5},
    ExpressionOperator{"&", ExpressionKind::And, 6},
    ExpressionOperator{"+", ExpressionKind::Add, 8},
    ExpressionOperator{"-", ExpressionKind::Add, 8},
    ExpressionOperator{"//", ExpressionKind::FloorDivide, 9},
    ExpressionOperator{"/", ExpressionKind::Divide, 9},
    ExpressionOperator{"%", ExpressionKind::Modulo, 9},
    ExpressionOperator{"*", ExpressionKind::Multiply, 9},
};

} // namespace sunflop
