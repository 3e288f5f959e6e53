// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/audit/search.h"

#include "core/audit/printed_amount.h"
#include "core/sunflop.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

namespace sunflop {

namespace {

/// First and last of a range of whole numbers, both included.
struct Bounds {
    std::int64_t first = 0;
    std::int64_t last = 0;
};

/// The part of `bounds` where a falling function has values in `wanted`.
template<typename Function>
Bounds fallingWithin(Bounds bounds, const Interval& wanted, Function value)
{
    const auto firstBelow = [&](double limit, bool included) {
        std::int64_t low = bounds.first;
        std::int64_t high = bounds.last + 1;
        while (low < high) {
            const std::int64_t middle = low + (high - low) / 2;
            const double found = value(middle);
            if (included ? found <= limit : found < limit)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    };
    return {firstBelow(wanted.high, true), firstBelow(wanted.low, false) - 1};
}

/// Whole numbers that most of several estimates agree on.
class Vote {
public:
    /// A linear layer (its bias is not counted) whose work is `perUnit` times the number sought, MACs once
    /// and FLOPs twice.
    void add(const PrintedFigures& figures, Count perUnit)
    {
        add(figures.macs, perUnit);
        add(figures.flops, perUnit * 2);
    }

    /// One printed amount that is `perUnit` times the number sought.
    void add(const std::string& amount, Count perUnit)
    {
        const Interval printed = printedInterval(amount);
        const auto unit = static_cast<double>(perUnit.value());
        const auto first = static_cast<std::int64_t>(std::ceil(printed.low / unit - tolerance));
        const auto last = static_cast<std::int64_t>(std::floor(printed.high / unit + tolerance));
        if (last - first > widest)
            return;
        for (std::int64_t value = std::max<std::int64_t>(first, 0); value <= last; ++value)
            ++m_votes[value];
    }

    std::vector<std::int64_t> winners() const
    {
        int most = 0;
        for (const auto& [value, votes] : m_votes)
            most = std::max(most, votes);
        std::vector<std::int64_t> values;
        for (const auto& [value, votes] : m_votes)
            if (votes == most && values.size() < enough)
                values.push_back(value);
        return values;
    }

private:
    static constexpr double tolerance = 1e-9;
    static constexpr std::int64_t widest = 2000;
    static constexpr std::size_t enough = 64;

    std::map<std::int64_t, int> m_votes;
};

class Search {
public:
    Search(const ModelLayout& layout, const PrintedReport& report, const ReportStyle& style)
        : m_layout(layout), m_report(report), m_style(style), m_convention(calflopsConvention())
    {}

    std::optional<Candidate> run()
    {
        std::vector<Assignment> one{{"text_tokens", "1"}};
        if (m_layout.offers("images"))
            one.push_back({"images", "0"});
        auto text = costs(one);
        if (!text)
            return std::nullopt;
        m_oneToken = *std::move(text);
        const std::vector<std::int64_t> positions = languagePositions();
        for (const std::int64_t tiles : tileCounts())
            for (const std::int64_t total : positions)
                for (const std::int64_t batch : batches(total, tiles))
                    if (!m_best || !m_best->explanation.isComplete())
                        splitPositions(batch, total / batch, tiles / batch);
        return std::move(m_best);
    }

private:
    using Settings = std::vector<Assignment>;

    std::optional<CostTree> costs(const Settings& settings) const
    {
        const auto trace = m_layout.trace(settings);
        return trace ? std::optional(cost(*trace, m_convention)) : std::nullopt;
    }

    const CostNode& node(const CostTree& tree, std::size_t printed) const
    {
        return tree.nodes[static_cast<std::size_t>(m_layout.alignment.traced[printed])];
    }

    bool isHead(std::size_t printed) const { return m_report.modules[printed].module.name == "lm_head"; }

    /// Positions that all forwards send through the decoder's layers.
    std::vector<std::int64_t> languagePositions() const
    {
        Vote vote;
        for (std::size_t p = 0; p < m_report.modules.size(); ++p) {
            const Count perPosition = node(m_oneToken, p).each.forward.macs;
            if (m_report.modules[p].module.className == "Linear" && !isHead(p) && perPosition > Count(0))
                vote.add(m_report.modules[p].figures, perPosition);
        }
        return vote.winners();
    }

    /// Tiles that went through the vision tower; 0 where there is none or it did not run.
    std::vector<std::int64_t> tileCounts() const
    {
        if (!m_layout.offers("tiles"))
            return {0};
        const auto oneTile = costs({{"text_tokens", "1"}, {"tiles", "1"}});
        if (!oneTile)
            return {0};
        Vote vote;
        for (std::size_t p = 0; p < m_report.modules.size(); ++p) {
            const std::string& className = m_report.modules[p].module.className;
            const Count perTile = node(*oneTile, p).each.forward.macs;
            const bool isVisual = node(m_oneToken, p).each.forward.macs == Count(0);
            if ((className == "Linear" || className == "Conv2d") && isVisual && perTile > Count(0))
                vote.add(m_report.modules[p].figures.macs, perTile);
        }
        return vote.winners();
    }

    /// Batch sizes that divide positions and tiles. Norms and masks tell them apart; a single sequence comes
    /// first.
    static std::vector<std::int64_t> batches(std::int64_t positions, std::int64_t tiles)
    {
        constexpr std::int64_t largest = 512;
        std::vector<std::int64_t> sizes;
        for (std::int64_t size = 1; size <= std::min(positions, largest); ++size)
            if (positions % size == 0 && tiles % size == 0)
                sizes.push_back(size);
        return sizes;
    }

    /// A run of `tokens` positions per sequence, `steps` of them decoded; nothing where the prompt would be
    /// empty.
    std::optional<Settings> settingsFor(std::int64_t batch, std::int64_t tokens, std::int64_t tiles,
                                        std::int64_t newTokens, std::string_view logits) const
    {
        Settings settings{{"batch", std::to_string(batch)},
                          {"new_tokens", std::to_string(newTokens)},
                          {"logits", std::string(logits)}};
        if (m_layout.offers("images"))
            settings.push_back(tiles > 0 ? Assignment{"tiles", std::to_string(tiles)}
                                         : Assignment{"images", "0"});
        const std::int64_t prompt = tokens - std::max<std::int64_t>(newTokens - 1, 0);
        const std::int64_t text = prompt - visualPositions(tiles);
        if (text < (tiles > 0 ? 0 : 1))
            return std::nullopt;
        settings.push_back({"text_tokens", std::to_string(text)});
        return settings;
    }

    /// Positions that this many tiles take in the prompt, markers included.
    std::int64_t visualPositions(std::int64_t tiles) const
    {
        if (tiles == 0)
            return 0;
        const auto [known, isNew] = m_visualPositions.try_emplace(tiles, 0);
        if (isNew)
            if (const auto trace =
                    m_layout.trace(Settings{{"text_tokens", "1"}, {"tiles", std::to_string(tiles)}}))
                known->second = trace->run.promptTokens - 1;
        return known->second;
    }

    void consider(const std::optional<Settings>& settings)
    {
        if (!settings)
            return;
        const auto tree = costs(*settings);
        if (!tree)
            return;
        Explanation explanation = explain(m_report, m_layout.alignment, *tree, m_style);
        if (m_best && explanation.explained() < m_best->explanation.explained())
            return;
        Candidate candidate{&m_layout, m_layout.settings, std::move(explanation), {}};
        candidate.settings.insert(candidate.settings.end(), settings->begin(), settings->end());
        if (m_best && candidate.explanation.explained() == m_best->explanation.explained())
            m_best->equals.push_back(std::move(candidate.settings));
        else
            m_best = std::move(candidate);
    }

    /// Whether some module without attention below it prints as a run without decoding would: norms, which
    /// tell batch sizes apart whatever the split is.
    bool normsAgree(const Settings& settings) const
    {
        const auto tree = costs(settings);
        if (!tree)
            return false;
        for (std::size_t p = 0; p < m_report.modules.size(); ++p) {
            const PrintedModule& printed = m_report.modules[p];
            if (printed.module.name == "norm" && node(*tree, p).each.forward.flops > Count(0))
                return printed.figures.flops ==
                       printedFigures(node(*tree, p).each, tree->root().each, m_style).flops;
        }
        return true;
    }

    void splitPositions(std::int64_t batch, std::int64_t tokens, std::int64_t tiles)
    {
        const auto plain = settingsFor(batch, tokens, tiles, 0, "all");
        const auto prefillOnly = settingsFor(batch, tokens, tiles, 1, "last");
        if (batch > 1 && !(plain && normsAgree(*plain)) && !(prefillOnly && normsAgree(*prefillOnly)))
            return;
        consider(plain);
        consider(prefillOnly);
        consider(settingsFor(batch, tokens, tiles, 0, "last"));
        consider(settingsFor(batch, tokens, tiles, 1, "all"));
        if (m_best && m_best->explanation.isComplete())
            return;
        for (const std::int64_t positions : headPositions()) {
            // The head saw the prompt's last position and one for every step.
            if (positions % batch == 0 && positions / batch >= 2)
                consider(settingsFor(batch, tokens, tiles, positions / batch, "last"));
        }
        findSplit(batch, tokens, tiles);
    }

    /// Positions that reached the head, as far as its figure tells.
    std::vector<std::int64_t> headPositions() const
    {
        Vote vote;
        for (std::size_t p = 0; p < m_report.modules.size(); ++p)
            if (isHead(p))
                vote.add(m_report.modules[p].figures, node(m_oneToken, p).each.forward.macs);
        return vote.winners();
    }

    /// Every position reached the head, so only attention over the growing cache tells prompt from decode
    /// steps. Its cost falls with the number of steps: those that print as the summary and as every attention
    /// module do are found by bisection.
    void findSplit(std::int64_t batch, std::int64_t tokens, std::int64_t tiles)
    {
        const auto tree = [&](std::int64_t newTokens) {
            const auto settings = settingsFor(batch, tokens, tiles, newTokens, "all");
            return settings ? costs(*settings) : std::nullopt;
        };
        const std::int64_t most = tokens - visualPositions(tiles) + (tiles > 0 ? 1 : 0);
        const auto none = most < 2 ? std::nullopt : tree(1);
        const auto all = most < 2 ? std::nullopt : tree(most);
        if (!none || !all)
            return;
        Bounds bounds{1, most};
        const auto narrow = [&](const Interval& wanted, auto flops) {
            if (flops(*none) != flops(*all))
                bounds = fallingWithin(bounds, wanted, [&](std::int64_t newTokens) {
                    const auto costs = tree(newTokens);
                    return costs ? static_cast<double>(flops(*costs).value()) : 0;
                });
        };
        narrow(printedInterval(m_report.summary.flops, m_style.precision),
               [](const CostTree& costs) { return costs.root().each.forward.flops; });
        for (std::size_t p = 0; p < m_report.modules.size(); ++p)
            if (m_report.modules[p].module.name == "self_attn")
                narrow(printedInterval(m_report.modules[p].figures.flops),
                       [&](const CostTree& costs) { return node(costs, p).each.forward.flops; });
        const bool isOpen = bounds.first == 1 && bounds.last == most;
        constexpr std::int64_t mostTries = 2000;
        for (std::int64_t n = bounds.first; n <= std::min(bounds.last, bounds.first + mostTries); ++n) {
            consider(settingsFor(batch, tokens, tiles, isOpen ? most : n, "all"));
            if (isOpen || m_best->explanation.isComplete())
                return;
        }
    }

    const ModelLayout& m_layout;
    const PrintedReport& m_report;
    const ReportStyle& m_style;
    const Convention& m_convention;
    CostTree m_oneToken; ///< one text token, no image, one plain forward
    mutable std::map<std::int64_t, std::int64_t> m_visualPositions;
    std::optional<Candidate> m_best;
};

} // namespace

bool ModelLayout::offers(std::string_view input) const
{
    return std::ranges::find(inputs, input, &Input::id) != inputs.end();
}

Result<Trace> ModelLayout::trace(std::span<const Assignment> further) const
{
    std::vector<Assignment> all = settings;
    all.insert(all.end(), further.begin(), further.end());
    return Workload::from(inputs, all).and_then([&](const Workload& workload) {
        return sunflop::trace(model, workload);
    });
}

std::optional<Candidate> search(const ModelLayout& layout, const PrintedReport& report,
                                const ReportStyle& style)
{
    return Search(layout, report, style).run();
}

} // namespace sunflop
