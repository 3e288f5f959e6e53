// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/promotion.h"

#include <algorithm>

namespace sunflop {

std::optional<Shape> broadcast(const Shape& a, const Shape& b)
{
    const std::size_t rank = std::max(a.rank(), b.rank());
    Shape out;
    for (std::size_t i = 0; i < rank; ++i) {
        const std::size_t fromEnd = rank - 1 - i;
        const Extent left = fromEnd < a.rank() ? a.fromEnd(fromEnd) : Extent(1);
        const Extent right = fromEnd < b.rank() ? b.fromEnd(fromEnd) : Extent(1);
        if (!(left == right) && !(left == Extent(1)) && !(right == Extent(1)))
            return std::nullopt;
        out.append(left == Extent(1) ? right : left);
    }
    return out;
}

DType promoted(const Tensor& a, const Tensor& b)
{
    if (a.operand.isNumber || b.operand.isNumber)
        return a.operand.isNumber ? b.dtype() : a.dtype();
    if (isFloat(a.dtype()) != isFloat(b.dtype()))
        return isFloat(a.dtype()) ? a.dtype() : b.dtype();
    const DTypeInfo& left = info(a.dtype());
    const DTypeInfo& right = info(b.dtype());
    return left.blockBytes * right.blockElements >= right.blockBytes * left.blockElements ? a.dtype()
                                                                                          : b.dtype();
}

} // namespace sunflop
