// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Numbers of things (parameters, MACs, FLOPs, bytes) that saturate instead of wrapping.

#include <compare>
#include <cstdint>
#include <limits>

namespace sunflop {

/// A 64-bit count. Arithmetic that leaves the range sticks to the nearest end; the upper end means "at least
/// this much" and stays there. Subtraction of two counts is meant for differences and may be negative.
class Count {
public:
    constexpr Count(std::int64_t value = 0) : m_value(value) {}

    static constexpr Count saturated() { return std::numeric_limits<std::int64_t>::max(); }

    constexpr std::int64_t value() const { return m_value; }
    constexpr bool isSaturated() const { return m_value == saturated().m_value; }

    friend constexpr Count operator+(Count a, Count b)
    {
        std::int64_t sum = 0;
        if (a.isSaturated() || b.isSaturated() || __builtin_add_overflow(a.m_value, b.m_value, &sum))
            return a.m_value < 0 && b.m_value < 0 ? lowest() : saturated();
        return sum;
    }
    friend constexpr Count operator-(Count a, Count b)
    {
        std::int64_t difference = 0;
        if (a.isSaturated())
            return saturated();
        if (b.isSaturated() || __builtin_sub_overflow(a.m_value, b.m_value, &difference))
            return b.m_value > 0 ? lowest() : saturated();
        return difference;
    }
    friend constexpr Count operator*(Count a, Count b)
    {
        std::int64_t product = 0;
        if (a.m_value == 0 || b.m_value == 0)
            return 0;
        if (a.isSaturated() || b.isSaturated() || __builtin_mul_overflow(a.m_value, b.m_value, &product))
            return (a.m_value < 0) != (b.m_value < 0) ? lowest() : saturated();
        return product;
    }
    constexpr Count& operator+=(Count other) { return *this = *this + other; }
    constexpr Count& operator-=(Count other) { return *this = *this - other; }
    constexpr Count& operator*=(Count other) { return *this = *this * other; }

    friend constexpr auto operator<=>(Count, Count) = default;

private:
    static constexpr Count lowest() { return std::numeric_limits<std::int64_t>::min(); }

    std::int64_t m_value;
};

/// Sum of `terms` values that run evenly from `first` to `last`: terms * (first + last) / 2, exact.
/// Requires terms >= 1, and first == last when terms == 1.
constexpr Count arithmeticSeries(Count first, Count last, std::int64_t terms)
{
    __extension__ typedef __int128 Wide;
    if (first.isSaturated() || last.isSaturated())
        return Count::saturated();
    const Wide sum = (static_cast<Wide>(first.value()) + last.value()) * terms / 2;
    return sum >= Count::saturated().value() ? Count::saturated() : Count(static_cast<std::int64_t>(sum));
}

/// How far the work of one operator is counted: multiply-accumulates and floating-point operations.
struct Work {
    Count macs;
    Count flops;

    friend constexpr Work operator+(Work a, Work b) { return {a.macs + b.macs, a.flops + b.flops}; }
    friend constexpr Work operator*(Work a, Count n) { return {a.macs * n, a.flops * n}; }
    constexpr Work& operator+=(Work other) { return *this = *this + other; }
    friend constexpr bool operator==(Work, Work) = default;
};

} // namespace sunflop
