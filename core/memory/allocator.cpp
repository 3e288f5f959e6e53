// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/allocator.h"

#include "core/memory/overheads.h"

namespace sunflop {

Count blockBytes(Count bytes, Allocator allocator)
{
    using namespace overheads::allocator;
    constexpr std::int64_t nearTheEnd = Count::saturated().value() - segmentRoundingBytes;
    if (allocator == Allocator::Exact || bytes == Count(0) || bytes.value() > nearTheEnd)
        return bytes;
    const std::int64_t rounded = allocatedBytes(bytes).value();
    if (rounded < largeRequestBytes)
        return rounded;
    const std::int64_t segment = segmentBytes(rounded);
    return segment - rounded > largestRemainderBytes ? rounded : segment;
}

Count reservedBytes(Count allocated)
{
    if (allocated.isSaturated())
        return allocated;
    return allocated + Count(allocated.value() / 20) + Count(2 * overheads::allocator::largeSegmentBytes);
}

} // namespace sunflop
