// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sizes/number.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace sunflop {

namespace {

__extension__ typedef __int128 Wide;

constexpr std::string_view tooLarge = "larger than 64 bits";
constexpr std::string_view byZero = "a division by zero";

Wide gcd(Wide a, Wide b)
{
    while (b != 0) {
        const Wide rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

/// n / d in lowest terms. Requires d != 0.
Number fraction(Wide n, Wide d)
{
    const Wide divisor = gcd(n, d) * (d < 0 ? -1 : 1);
    n /= divisor;
    d /= divisor;
    if (n < std::numeric_limits<std::int64_t>::min() || n > std::numeric_limits<std::int64_t>::max() ||
        d > std::numeric_limits<std::int64_t>::max())
        return Number::undefined(tooLarge);
    Number number(static_cast<std::int64_t>(n));
    number.denominator = static_cast<std::int64_t>(d);
    return number;
}

/// The first undefined one of two; requires that one is.
const Number& undefinedOf(const Number& a, const Number& b)
{
    return a.isUndefined() ? a : b;
}

/// base^exponent by squaring; requires exponent >= 0.
Number wholePower(Number base, std::int64_t exponent)
{
    Number result = 1;
    for (; exponent > 0 && !result.isUndefined(); exponent /= 2) {
        if (exponent % 2 != 0)
            result = multiply(result, base);
        if (exponent > 1)
            base = multiply(base, base);
    }
    return result;
}

} // namespace

Number Number::ofFloat(double value)
{
    if (std::isnan(value))
        return undefined("not a number");
    Number number;
    number.kind = Kind::Float;
    number.real = value;
    return number;
}

double Number::asFloat() const
{
    return kind == Kind::Float ? real : static_cast<double>(numerator) / static_cast<double>(denominator);
}

Result<std::int64_t> Number::whole() const
{
    constexpr double beyond = 9223372036854775808.0; // 2^63
    if (isExact() && denominator == 1)
        return numerator;
    if (isUndefined())
        return failure(ErrorKind::OutOfRange, {}, fmt::format("it is {}", reason));
    const double value = asFloat();
    if (!isExact() && value == std::floor(value) && value >= -beyond && value < beyond)
        return static_cast<std::int64_t>(value);
    return failure(ErrorKind::OutOfRange, {}, fmt::format("it is {}, expected a whole number", value));
}

Number add(const Number& a, const Number& b)
{
    if (a.isUndefined() || b.isUndefined())
        return undefinedOf(a, b);
    if (!a.isExact() || !b.isExact())
        return Number::ofFloat(a.asFloat() + b.asFloat());
    if (a.denominator == 1 && b.denominator == 1)
        return fraction(static_cast<Wide>(a.numerator) + b.numerator, 1);
    return fraction(static_cast<Wide>(a.numerator) * b.denominator +
                        static_cast<Wide>(b.numerator) * a.denominator,
                    static_cast<Wide>(a.denominator) * b.denominator);
}

Number multiply(const Number& a, const Number& b)
{
    if (a.isUndefined() || b.isUndefined())
        return undefinedOf(a, b);
    if (!a.isExact() || !b.isExact())
        return Number::ofFloat(a.asFloat() * b.asFloat());
    return fraction(static_cast<Wide>(a.numerator) * b.numerator,
                    static_cast<Wide>(a.denominator) * b.denominator);
}

Number divide(const Number& a, const Number& b)
{
    if (a.isUndefined() || b.isUndefined())
        return undefinedOf(a, b);
    if (b.isExact() ? b.numerator == 0 : b.real == 0.0)
        return Number::undefined(byZero);
    if (!a.isExact() || !b.isExact())
        return Number::ofFloat(a.asFloat() / b.asFloat());
    return fraction(static_cast<Wide>(a.numerator) * b.denominator,
                    static_cast<Wide>(a.denominator) * b.numerator);
}

Number floorOf(const Number& a)
{
    if (a.isUndefined())
        return a;
    if (!a.isExact())
        return Number::ofFloat(std::floor(a.real));
    const std::int64_t quotient = a.numerator / a.denominator;
    return quotient - (a.numerator % a.denominator < 0 ? 1 : 0);
}

Number toWhole(const Number& a)
{
    if (a.kind != Number::Kind::Float)
        return a;
    const auto whole = a.whole();
    // An infinite bound stays one.
    return whole ? Number(*whole) : std::isinf(a.real) ? a : Number::undefined(tooLarge);
}

Number power(const Number& base, const Number& exponent)
{
    if (base.isUndefined() || exponent.isUndefined())
        return undefinedOf(base, exponent);
    if (!base.isExact() || !exponent.isExact() || exponent.denominator != 1)
        return Number::ofFloat(std::pow(base.asFloat(), exponent.asFloat()));
    if (exponent.numerator >= 0)
        return wholePower(base, exponent.numerator);
    if (exponent.numerator == std::numeric_limits<std::int64_t>::min())
        return Number::undefined(tooLarge);
    return divide(1, wholePower(base, -exponent.numerator));
}

std::partial_ordering compare(const Number& a, const Number& b)
{
    if (a.isUndefined() || b.isUndefined())
        return std::partial_ordering::unordered;
    if (!a.isExact() || !b.isExact())
        return a.asFloat() <=> b.asFloat();
    return static_cast<Wide>(a.numerator) * b.denominator <=> static_cast<Wide>(b.numerator) * a.denominator;
}

} // namespace sunflop
