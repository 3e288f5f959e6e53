// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Numbers of symbolic expressions: exact fractions, Python's floats, or none at all.

#include "core/base/result.h"

#include <compare>
#include <cstdint>
#include <string_view>

namespace sunflop {

/// A value of an expression. A fraction is in lowest terms with a positive denominator; what leaves 64 bits,
/// or has no value, is undefined, and so is what follows from it.
struct Number {
    enum class Kind : std::uint8_t { Exact, Float, Undefined } kind = Kind::Exact;
    std::int64_t numerator = 0;
    std::int64_t denominator = 1;
    double real = 0.0;
    std::string_view reason; ///< of an undefined one: "division by zero"

    constexpr Number(std::int64_t whole = 0) : numerator(whole) {}
    static Number ofFloat(double value);
    static constexpr Number undefined(std::string_view why)
    {
        Number number;
        number.kind = Kind::Undefined;
        number.reason = why;
        return number;
    }

    bool isExact() const { return kind == Kind::Exact; }
    bool isUndefined() const { return kind == Kind::Undefined; }
    bool isTrue() const { return isExact() ? numerator != 0 : !isUndefined() && real != 0.0; }
    /// The nearest float; requires a defined number.
    double asFloat() const;
    /// The integer that it is; the error says what it is instead.
    Result<std::int64_t> whole() const;

    friend auto operator<=>(const Number&, const Number&) = default;
};

Number add(const Number& a, const Number& b);
Number multiply(const Number& a, const Number& b);
/// Exact where both are.
Number divide(const Number& a, const Number& b);
/// Down to an integer; a float stays one.
Number floorOf(const Number& a);
/// As floorOf(), but an integer as int() makes it of a float.
Number toWhole(const Number& a);
/// Integer powers of exact numbers are exact.
Number power(const Number& base, const Number& exponent);
/// Sign of a - b; unordered with an undefined number.
std::partial_ordering compare(const Number& a, const Number& b);

} // namespace sunflop
