// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/sweep.h"

#include <algorithm>
#include <cmath>

namespace sunflop {

namespace {

/// The value on the grid of the range that is nearest to x, inside the range.
std::int64_t snapped(const SweepRange& range, double x)
{
    const auto step = static_cast<double>(range.step);
    const auto minimum = static_cast<double>(range.minimum);
    const auto steps = static_cast<std::int64_t>(std::llround((x - minimum) / step));
    return std::clamp(range.minimum + steps * range.step, range.from, range.to);
}

/// One counted value in the order of `groups`, which grows by those that are new.
SweepPoint aligned(std::int64_t value, std::vector<Group>& groups, const std::vector<Group>& counted)
{
    SweepPoint point{value, std::vector<Costs>(groups.size()), std::vector<bool>(groups.size(), true)};
    for (const Group& group : counted) {
        auto known = std::ranges::find(groups, group.name, &Group::name);
        if (known == groups.end()) {
            known = groups.insert(groups.end(), group);
            point.costs.emplace_back();
            point.hasBackward.push_back(true);
        }
        const auto place = static_cast<std::size_t>(known - groups.begin());
        point.costs[place] = group.costs;
        point.hasBackward[place] = group.hasBackward;
    }
    return point;
}

/// Looks for the places where the order of two groups turns.
class CrossingSearch {
public:
    CrossingSearch(Sweep& sweep, const CountAt& countAt, const Measure& measure, std::int64_t step,
                   const std::stop_token& stop, int searches)
        : m_sweep(sweep), m_countAt(countAt), m_measure(measure), m_step(step), m_stop(stop), m_left(searches)
    {}

    void run()
    {
        for (std::size_t a = 0; a < m_sweep.groups.size(); ++a)
            for (std::size_t b = a + 1; b < m_sweep.groups.size(); ++b)
                compare(a, b);
        std::ranges::stable_sort(m_sweep.crossings, std::ranges::greater{}, &Crossing::figure);
    }

private:
    Count figure(const SweepPoint& point, std::size_t group) const
    {
        return m_measure.of(point.costs[group]);
    }

    void compare(std::size_t a, std::size_t b)
    {
        const SweepPoint* last = nullptr; // the latest point at which the two differ
        for (const SweepPoint& point : m_sweep.points) {
            const Count x = figure(point, a);
            const Count y = figure(point, b);
            if (x == y)
                continue;
            if (last != nullptr && (x > y) != (figure(*last, a) > figure(*last, b))) {
                if (x > y)
                    refine({a, b, last->value, point.value, x});
                else
                    refine({b, a, last->value, point.value, y});
            }
            last = &point;
        }
    }

    void refine(Crossing crossing)
    {
        while (crossing.at - crossing.before > m_step && m_left > 0 && !m_stop.stop_requested()) {
            const std::int64_t half = (crossing.at - crossing.before) / (2 * m_step) * m_step;
            const std::int64_t middle = crossing.before + std::max(half, m_step);
            --m_left;
            const auto counted = m_countAt(middle);
            if (!counted)
                break;
            std::vector<Group> groups = m_sweep.groups;
            const SweepPoint point = aligned(middle, groups, *counted);
            const Count over = figure(point, crossing.over);
            if (over > figure(point, crossing.under)) {
                crossing.at = middle;
                crossing.figure = over;
            } else {
                crossing.before = middle;
            }
        }
        m_sweep.crossings.push_back(crossing);
    }

    Sweep& m_sweep;
    const CountAt& m_countAt;
    const Measure& m_measure;
    std::int64_t m_step;
    const std::stop_token& m_stop;
    int m_left; ///< counts that may still be spent
};

} // namespace

std::optional<Count> SweepPoint::figure(std::size_t group, const Measure& measure) const
{
    return isKnown(hasBackward[group], measure) ? std::optional(measure.of(costs[group])) : std::nullopt;
}

std::vector<std::int64_t> sweepValues(const SweepRange& range, std::optional<std::int64_t> current)
{
    std::vector<std::int64_t> values{range.from, range.to};
    if (current && *current >= range.from && *current <= range.to)
        values.push_back(*current);
    const auto from = static_cast<double>(range.from);
    const auto to = static_cast<double>(range.to);
    // A logarithm needs a positive start; what lies below is reached by the first end alone.
    const double start = std::max(from, 1.0);
    for (std::size_t i = 1; i + 1 < range.points; ++i) {
        const double t = static_cast<double>(i) / static_cast<double>(range.points - 1);
        const double x =
            range.isLogarithmic ? start * std::pow(std::max(to, 1.0) / start, t) : std::lerp(from, to, t);
        values.push_back(snapped(range, x));
    }
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

std::optional<Sweep> sweep(const std::vector<std::int64_t>& values, const CountAt& countAt,
                           const Measure& measure, std::int64_t step, const std::stop_token& stop,
                           int searches)
{
    Sweep sweep;
    for (const std::int64_t value : values) {
        if (stop.stop_requested())
            return std::nullopt;
        if (const auto counted = countAt(value))
            sweep.points.push_back(aligned(value, sweep.groups, *counted));
    }
    for (SweepPoint& point : sweep.points) {
        point.costs.resize(sweep.groups.size());
        point.hasBackward.resize(sweep.groups.size(), true);
    }
    CrossingSearch(sweep, countAt, measure, step, stop, searches).run();
    if (stop.stop_requested())
        return std::nullopt;
    return sweep;
}

} // namespace sunflop
