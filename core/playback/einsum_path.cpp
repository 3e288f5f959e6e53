// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/einsum_path.h"

#include <algorithm>

namespace sunflop {

namespace {

constexpr std::size_t mostOperands = 7; // 21 * 15 * 10 * 6 * 3 orders

using Sets = std::vector<std::uint64_t>;

/// Several operands becoming one.
struct Step {
    std::uint64_t result = 0;
    Count flops;
};

/// An order of steps: what its pairs cost, by which orders are compared, and with what is left in the end.
struct Order {
    Count pairs;
    Count flops;
};

class Orders {
public:
    explicit Orders(const EinsumSets& einsum) : m_einsum(einsum)
    {
        m_largest = elements(einsum.output);
        for (const std::uint64_t operand : einsum.operands)
            m_largest = std::max(m_largest, elements(operand));
    }

    /// All of them at once.
    Count together(const Sets& operands) const
    {
        std::uint64_t all = 0;
        for (const std::uint64_t operand : operands)
            all |= operand;
        return step(all, m_einsum.output, operands.size()).flops;
    }

    /// The cheapest order of pairs that goes as far as the sizes allow, and the rest together.
    Count cheapest(const Sets& operands) const { return cheapestOf(operands, depth(operands))->flops; }

private:
    Count elements(std::uint64_t set) const
    {
        Count product = 1;
        for (std::size_t i = 0; i < m_einsum.sizes.size(); ++i)
            if ((set >> i & 1) != 0)
                product *= m_einsum.sizes[i];
        return product;
    }

    Step step(std::uint64_t met, std::uint64_t needed, std::size_t terms) const
    {
        const std::uint64_t result = met & needed;
        const auto factor = std::max<std::int64_t>(1, static_cast<std::int64_t>(terms) - 1);
        return {result, elements(met) * (factor + (result != met ? 1 : 0))};
    }

    /// Calls `take` with what is left behind each pair that may be joined, and what joining it costs.
    template<typename Take>
    void eachPair(const Sets& operands, const Take& take) const
    {
        for (std::size_t i = 0; i < operands.size(); ++i)
            for (std::size_t k = i + 1; k < operands.size(); ++k) {
                Sets left;
                std::uint64_t needed = m_einsum.output;
                for (std::size_t other = 0; other < operands.size(); ++other)
                    if (other != i && other != k) {
                        left.push_back(operands[other]);
                        needed |= operands[other];
                    }
                const Step joined = step(operands[i] | operands[k], needed, 2);
                if (elements(joined.result) > m_largest)
                    continue;
                left.push_back(joined.result);
                take(left, joined.flops);
            }
    }

    /// Pairs that can be joined one after the other, at most.
    std::size_t depth(const Sets& operands) const
    {
        std::size_t deepest = 0;
        if (operands.size() > 1)
            eachPair(operands,
                     [&](const Sets& left, Count) { deepest = std::max(deepest, 1 + depth(left)); });
        return deepest;
    }

    /// The first of the cheapest orders that join `count` pairs; nothing where there is none.
    std::optional<Order> cheapestOf(const Sets& operands, std::size_t count) const
    {
        if (count == 0)
            return Order{0, operands.size() > 1 ? together(operands) : Count(0)};
        std::optional<Order> best;
        eachPair(operands, [&](const Sets& left, Count flops) {
            const auto rest = cheapestOf(left, count - 1);
            if (rest && (!best || flops + rest->pairs < best->pairs))
                best = Order{flops + rest->pairs, flops + rest->flops};
        });
        return best;
    }

    const EinsumSets& m_einsum;
    Count m_largest;
};

} // namespace

std::optional<Count> pathFlops(const EinsumSets& einsum)
{
    if (einsum.operands.empty() || einsum.operands.size() > mostOperands || einsum.sizes.size() > 64)
        return std::nullopt;
    std::uint64_t all = 0;
    for (const std::uint64_t operand : einsum.operands)
        all |= operand;
    const Orders orders(einsum);
    const bool isOneStep = einsum.operands.size() < 3 || all == einsum.output;
    return (isOneStep ? orders.together(einsum.operands) : orders.cheapest(einsum.operands)) + 1;
}

} // namespace sunflop
