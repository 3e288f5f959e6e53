// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/strides.h"

#include "core/base/count.h"

#include <algorithm>

namespace sunflop {

namespace {

std::int64_t product(std::int64_t a, std::int64_t b)
{
    return (Count(a) * b).value();
}

std::vector<std::int64_t> stridesOf(const Layout& layout)
{
    if (layout.strides.size() == layout.sizes.size())
        return layout.strides;
    std::vector<std::int64_t> strides(layout.sizes.size());
    std::int64_t next = 1;
    for (std::size_t i = strides.size(); i-- > 0;) {
        strides[i] = next;
        next = product(next, std::max<std::int64_t>(layout.sizes[i], 1));
    }
    return strides;
}

} // namespace

bool isViewable(const Layout& layout, const std::vector<std::int64_t>& sizes)
{
    if (layout.strides.empty() || std::ranges::find(layout.sizes, 0) != layout.sizes.end())
        return true;
    const std::vector<std::int64_t> strides = stridesOf(layout);
    std::size_t rest = sizes.size();
    std::int64_t elements = 1; // of the contiguous stretch that ends here
    std::int64_t innermost = strides.empty() ? 1 : strides.back();
    for (std::size_t i = strides.size(); i-- > 0;) {
        elements = product(elements, layout.sizes[i]);
        const bool goesOn =
            i > 0 && (layout.sizes[i - 1] == 1 || strides[i - 1] == product(elements, innermost));
        if (goesOn)
            continue;
        std::int64_t seen = 1;
        while (rest > 0 && (seen < elements || sizes[rest - 1] == 1))
            seen = product(seen, sizes[--rest]);
        if (seen != elements)
            return false;
        elements = 1;
        if (i > 0)
            innermost = strides[i - 1];
    }
    return rest == 0;
}

bool isSameLayout(const Layout& a, const Layout& b)
{
    if (a.strides.empty() && b.strides.empty())
        return true;
    const std::vector<std::int64_t> left = stridesOf(a);
    const std::vector<std::int64_t> right = stridesOf(b);
    if (left.size() != right.size())
        return false;
    for (std::size_t i = 0; i < left.size(); ++i)
        if (a.sizes[i] > 1 && left[i] != right[i])
            return false;
    return true;
}

} // namespace sunflop
