// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Sizes of a tensor, with the growth of a KV cache built in.

#include "core/base/count.h"

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

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

/// Sizes of a tensor, outermost first; at most eight dimensions, kept inline. At most one of them grows: the
/// number of elements is a linear function of the step.
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

    /// Size of dimension i at the first step.
    constexpr std::int64_t operator[](std::size_t i) const
    {
        assert(i < m_rank);
        return m_sizes[i];
    }
    constexpr Extent extent(std::size_t i) const { return {(*this)[i], i == m_growing ? m_perStep : 0}; }
    /// Dimension i counted from the last one: fromEnd(0) is the innermost. Requires i < rank().
    constexpr Extent fromEnd(std::size_t i) const { return extent(m_rank - 1 - i); }

    constexpr void set(std::size_t i, Extent extent)
    {
        assert(i < m_rank);
        assert(extent.perStep == 0 || m_perStep == 0 || m_growing == i);
        m_sizes[i] = extent.size;
        if (extent.perStep != 0 || m_growing == i) {
            m_growing = static_cast<std::uint32_t>(i);
            m_perStep = extent.perStep;
        }
    }
    constexpr void append(Extent extent)
    {
        assert(m_rank < maxRank);
        set(m_rank++, extent);
    }
    constexpr void swap(std::size_t i, std::size_t j)
    {
        assert(i < m_rank && j < m_rank);
        std::swap(m_sizes[i], m_sizes[j]);
        if (m_growing == i || m_growing == j)
            m_growing = static_cast<std::uint32_t>(m_growing == i ? j : i);
    }

    /// Elements at the first step; 1 for a scalar.
    constexpr Count elements() const
    {
        Count product = 1;
        for (std::size_t i = 0; i < m_rank; ++i)
            product *= m_sizes[i];
        return product;
    }

    /// The shape as it is at one step: all extents constant.
    constexpr Shape at(std::int64_t step) const
    {
        Shape shape = *this;
        shape.m_sizes[m_growing] += step * m_perStep;
        shape.m_perStep = 0;
        return shape;
    }
    constexpr bool grows() const { return m_perStep != 0; }

    friend constexpr bool operator==(const Shape& a, const Shape& b)
    {
        if (a.m_rank != b.m_rank)
            return false;
        for (std::size_t i = 0; i < a.m_rank; ++i)
            if (a.extent(i) != b.extent(i))
                return false;
        return true;
    }

    /// "[1, 147, 2048]", sizes at the first step; "147+" marks a growing one.
    std::string text() const;

private:
    std::array<std::int64_t, maxRank> m_sizes{}; ///< at the first step
    std::int64_t m_perStep = 0;                  ///< growth of dimension m_growing; 0: none grows
    std::uint32_t m_growing = 0;
    std::uint32_t m_rank = 0;
};

} // namespace sunflop
