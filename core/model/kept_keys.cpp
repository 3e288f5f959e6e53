// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/kept_keys.h"

namespace sunflop {

std::optional<std::int64_t> keptTokens(std::int64_t window, Version transformers, KvCache cache)
{
    constexpr Version slidingCaches{4, 56};
    if (cache == KvCache::Paged)
        return window;
    if (transformers < slidingCaches)
        return std::nullopt;
    return cache == KvCache::Static ? window : window - 1;
}

KvCache cacheKind(const Workload& workload)
{
    return workload.hasStaticCache() ? KvCache::Static : workload.kvCache;
}

} // namespace sunflop
