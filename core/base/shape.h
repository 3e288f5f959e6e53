// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Sizes of a tensor, with the growth of a KV cache built in.

#include "core/base/count.h"

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace sunflop {

/// Size of one dimension. At step s of its phase it is `size + s * perStep`: during decoding the keys grow by
/// one token a step, everything else has perStep 0.
struct Extent {
    std::int64_t size = 0;
    std::int64_t perStep = 0;

    constexpr Extent(std::int64_t sizeAtFirstStep = 0, std::int64_t growth = 0)
        : size(sizeAtFirstStep), perStep(growth)
    {}

    constexpr std::int64_t at(std::int64_t step) const { return size + step * perStep; }

    friend constexpr Extent operator+(Extent a, Extent b) { return {a.size + b.size, a.perStep + b.perStep}; }
    friend constexpr Extent operator*(Extent a, std::int64_t n) { return {a.size * n, a.perStep * n}; }
    friend constexpr bool operator==(Extent, Extent) = default;
};

/// Sizes of a tensor, outermost first; at most eight dimensions, kept inline.
class Shape {
public:
    static constexpr std::size_t maxRank = 8;

    constexpr Shape() = default;
    constexpr Shape(std::initializer_list<Extent> extents)
    {
        for (const Extent& extent : extents)
            append(extent);
    }

    constexpr std::size_t rank() const { return m_rank; }
    constexpr std::span<const Extent> extents() const { return {m_extents.data(), m_rank}; }

    /// Size of dimension i at the first step.
    constexpr std::int64_t operator[](std::size_t i) const { return extent(i).size; }
    constexpr const Extent& extent(std::size_t i) const
    {
        assert(i < m_rank);
        return m_extents[i];
    }
    /// Dimension i counted from the last one: fromEnd(0) is the innermost. Requires i < rank().
    constexpr const Extent& fromEnd(std::size_t i) const { return extent(m_rank - 1 - i); }

    constexpr void set(std::size_t i, Extent extent)
    {
        assert(i < m_rank);
        m_extents[i] = extent;
    }
    constexpr void append(Extent extent)
    {
        assert(m_rank < maxRank);
        m_extents[m_rank++] = extent;
    }

    /// Elements at the first step; 1 for a scalar.
    constexpr Count elements() const
    {
        Count product = 1;
        for (const Extent& extent : extents())
            product *= extent.size;
        return product;
    }

    /// The shape as it is at one step: all extents constant.
    constexpr Shape at(std::int64_t step) const
    {
        Shape shape = *this;
        for (std::size_t i = 0; i < m_rank; ++i)
            shape.m_extents[i] = m_extents[i].at(step);
        return shape;
    }
    constexpr bool grows() const
    {
        for (const Extent& extent : extents())
            if (extent.perStep != 0)
                return true;
        return false;
    }

    friend constexpr bool operator==(const Shape& a, const Shape& b)
    {
        if (a.m_rank != b.m_rank)
            return false;
        for (std::size_t i = 0; i < a.m_rank; ++i)
            if (!(a.m_extents[i] == b.m_extents[i]))
                return false;
        return true;
    }

    /// "[1, 147, 2048]", sizes at the first step; "147+" marks a growing one.
    std::string text() const;

private:
    std::array<Extent, maxRank> m_extents{};
    std::size_t m_rank = 0;
};

} // namespace sunflop
