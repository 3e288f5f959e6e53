// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/tables/text_rows.h"

#include "core/base/entry.h"
#include "core/base/plain_text.h"
#include "core/exporters/tables/styled_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace sunflop {

namespace {

/// Less of the model prints as "<0.1 %".
constexpr double leastShare = 0.0005;

/// Siblings that stand in one row, and those in the same place of equal parents.
struct Stretch {
    std::vector<std::int32_t> modules;
    std::int64_t firstNumber = 0; ///< name of the first, as a number
    std::int64_t members = 0;     ///< of one parent
    Costs total;

    std::int32_t first() const { return modules.front(); }
};

std::optional<std::int64_t> numberIn(const std::string& name)
{
    std::int64_t number = 0;
    const char* const end = name.data() + name.size();
    const auto [read, problem] = std::from_chars(name.data(), end, number);
    return problem == std::errc() && read == end ? std::optional(number) : std::nullopt;
}

class RowWriter {
public:
    RowWriter(const Run& run, std::int32_t depth)
        : m_run(run), m_depth(depth), m_measure(sharedMeasure(run)),
          m_least(leastShare * static_cast<double>(m_measure.of(run.costs.root().total).value()))
    {}

    std::vector<TextRow> rows()
    {
        add({.modules = {0}, .members = 1, .total = m_run.costs.root().total}, "model", 0, true);
        return std::move(m_rows);
    }

private:
    const Module& module(std::int32_t id) const { return at(m_run.trace.modules, id); }
    const CostNode& node(std::int32_t id) const { return at(m_run.costs.nodes, id); }

    /// Bytes and seconds of equal modules may differ: a peak falls into one of them.
    bool costTheSame(std::int32_t a, std::int32_t b) const
    {
        const Costs& left = node(a).total;
        const Costs& right = node(b).total;
        return left.params == right.params && left.activeParams == right.activeParams &&
               left.forward.macs == right.forward.macs && left.forward.flops == right.forward.flops &&
               left.weightBytes == right.weightBytes;
    }
    /// Whether two subtrees differ in nothing that a row shows but the name on top.
    bool areEqual(std::int32_t a, std::int32_t b) const
    {
        const std::int32_t size = module(a).end - a;
        if (module(b).end - b != size)
            return false;
        for (std::int32_t i = 0; i < size; ++i) {
            const Module& left = module(a + i);
            const Module& right = module(b + i);
            const bool hasSameName = i == 0 || left.name == right.name;
            if (!hasSameName || left.end - a != right.end - b || left.className != right.className ||
                left.detail != right.detail || left.repeat != right.repeat || left.ran != right.ran ||
                !costTheSame(a + i, b + i))
                return false;
        }
        return true;
    }
    /// Whether `id` goes on with the numbers of a stretch.
    bool continues(const Stretch& stretch, std::int32_t id) const
    {
        const auto number = numberIn(module(id).name);
        return number && numberIn(module(stretch.first()).name) &&
               *number == stretch.firstNumber + stretch.members && areEqual(stretch.first(), id);
    }

    std::vector<Stretch> stretchesBelow(const Stretch& parents) const
    {
        std::vector<Stretch> stretches;
        const std::int32_t parent = parents.first();
        for (std::int32_t id = parent + 1; id < module(parent).end; id = module(id).end) {
            if (stretches.empty() || !continues(stretches.back(), id))
                stretches.push_back({.modules = {}, .firstNumber = numberIn(module(id).name).value_or(0)});
            Stretch& stretch = stretches.back();
            stretch.members += module(id).repeat;
            for (const std::int32_t other : parents.modules) {
                stretch.modules.push_back(other + id - parent);
                stretch.total = stretch.total + node(other + id - parent).total;
            }
        }
        return stretches;
    }

    std::string labelOf(const Stretch& stretch) const
    {
        const std::string& name = module(stretch.first()).name;
        return stretch.members > 1 ? fmt::format("{}-{}", name, stretch.firstNumber + stretch.members - 1)
                                   : name;
    }

    void add(const Stretch& stretch, const std::string& label, std::int32_t depth, bool isLast)
    {
        std::vector<Stretch> below = stretchesBelow(stretch);
        const bool isList = module(stretch.first()).isContainer && stretch.members == 1;
        if (isList && below.size() == 1) {
            below.front().total = stretch.total; // what members share counts once
            add(below.front(), label + "." + labelOf(below.front()), depth, isLast);
            return;
        }
        m_rows.push_back({.module = stretch.first(),
                          .depth = depth,
                          .label = plainText(label),
                          .members = stretch.members,
                          .total = stretch.total,
                          .isLast = isLast,
                          .hasMore = depth == m_depth && !below.empty()});
        if (depth >= m_depth)
            return;
        const std::vector<OwnPart> own = ownOf(stretch);
        for (const Stretch& child : below)
            add(child, labelOf(child), depth + 1, own.empty() && &child == &below.back());
        for (const OwnPart& part : own)
            m_rows.push_back({.module = stretch.first(),
                              .depth = depth + 1,
                              .label = "(" + plainText(part.name) + ")", // no module
                              .total = part.total,
                              .isLast = &part == &own.back(),
                              .own = part.kind});
    }

    /// What the modules of a stretch have themselves, as far as it matters.
    std::vector<OwnPart> ownOf(const Stretch& stretch) const
    {
        std::vector<OwnPart> sums;
        for (const std::int32_t id : stretch.modules)
            for (const OwnPart& part : m_run.costs.ownOf(id)) {
                const auto known =
                    std::ranges::find_if(sums, [&](const OwnPart& sum) { return sum.is(part.key()); });
                if (known == sums.end())
                    sums.push_back(part);
                else
                    known->total = known->total + part.total;
            }
        std::erase_if(sums, [&](const OwnPart& sum) {
            const Count size = m_measure.of(sum.total);
            return size <= Count(0) || static_cast<double>(size.value()) < m_least;
        });
        return sums;
    }

    const Run& m_run;
    std::int32_t m_depth;
    const Measure& m_measure;
    double m_least; ///< of the measure, that an own part must have
    std::vector<TextRow> m_rows;
};

} // namespace

const Measure& sharedMeasure(const Run& run)
{
    const bool hasWork = run.costs.root().total.forward.flops > Count(0);
    return measureNamed(hasWork ? "flops" : "params");
}

std::vector<TextRow> textRows(const Run& run, std::int32_t depth)
{
    return RowWriter(run, depth).rows();
}

} // namespace sunflop
