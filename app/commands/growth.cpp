// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/growth.h"

#include "app/commands/command.h"
#include "core/base/nearest.h"
#include "core/base/registry.h"
#include "core/base/units.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

namespace sunflop {

namespace {

/// Whether the totals pass the limit.
bool isPassed(const GrowthLimit& limit, const ComparedFigure& whole)
{
    const auto growth = difference(whole);
    if (!growth)
        return true;
    if (*growth <= Count(0))
        return false;
    if (!limit.isShare)
        return *growth > limit.absolute;
    return whole.a == Count(0) ||
           static_cast<double>(growth->value()) * 100 > limit.percent * static_cast<double>(whole.a.value());
}

std::string passageText(const GrowthLimit& limit, const ComparedFigure& whole)
{
    const auto growth = difference(whole);
    std::string by = "by an unknown amount, as both are saturated";
    if (growth && whole.a > Count(0))
        by = fmt::format("by {} ({:.4g} %)", exactText(*growth),
                         100 * static_cast<double>(growth->value()) / static_cast<double>(whole.a.value()));
    else if (growth)
        by = fmt::format("by {}, from zero", exactText(*growth));
    return fmt::format("{}: B has {}, A {}: more {}, expected at most {}", limit.measure->id,
                       exactText(whole.b), exactText(whole.a), by, limit.text);
}

} // namespace

Result<GrowthLimit> growthLimit(const std::string& text)
{
    const std::size_t equals = std::min(text.find('='), text.size());
    GrowthLimit limit;
    limit.text = text.substr(std::min(text.size(), equals + 1));
    const auto measure = std::ranges::find(measures(), text.substr(0, equals), &Measure::id);
    if (measure == measures().end())
        return failure(ErrorKind::NotFound, text.substr(0, equals),
                       "no such measure, " +
                           expectedName(text.substr(0, equals), idsOf(measures()), "list measures"));
    limit.measure = &*measure;
    limit.isShare = limit.text.ends_with('%');
    if (!limit.isShare) {
        const auto whole = parseWhole(limit.text);
        if (!whole || *whole < 0)
            return failure(ErrorKind::Malformed, text,
                           "expected a number that is not below zero, or a percentage: flops=2%");
        limit.absolute = *whole;
        return limit;
    }
    const char* end = limit.text.data() + limit.text.size() - 1;
    const auto [read, problem] = std::from_chars(limit.text.data(), end, limit.percent);
    if (problem != std::errc() || read != end || !std::isfinite(limit.percent) || limit.percent < 0)
        return failure(ErrorKind::Malformed, text, "expected a percentage that is not below zero: flops=2%");
    return limit;
}

Result<std::string> passedLimits(const ComparedRuns& runs, std::span<const GrowthLimit> limits)
{
    std::vector<std::string> passed;
    for (const GrowthLimit& limit : limits) {
        const auto& of = limit.measure->of;
        const ComparedFigure whole{of(runs.a.run.costs.root().total), of(runs.b.run.costs.root().total)};
        if (!runs.a.knows(*limit.measure) || !runs.b.knows(*limit.measure))
            return failure(
                ErrorKind::Unsupported, std::string(limit.measure->id),
                "one of the two does not tell this measure, so that no limit on it can be checked");
        const auto error = [&](const ComparedSide& side) {
            return side.errors.empty() ? Count(0) : of(side.errors.front());
        };
        const KnownFigure figure{whole.a, whole.b, error(runs.a) + error(runs.b)};
        if (!figure.isRoundedSame() && isPassed(limit, whole))
            passed.push_back(passageText(limit, whole));
    }
    return fmt::format("{}", fmt::join(passed, "; "));
}

} // namespace sunflop
