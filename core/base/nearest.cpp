// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/nearest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>

namespace sunflop {

namespace {

constexpr std::size_t few = 6;
constexpr double slip = 0.6;     ///< likeness of what is most likely a slip
constexpr double faintest = 0.5; ///< less is chance

/// Lower case, letters and digits only; no longer than a name can be.
std::string folded(std::string_view name)
{
    constexpr std::size_t longest = 100;
    std::string text;
    for (const char c : name.substr(0, longest))
        if (std::isalnum(static_cast<unsigned char>(c)) != 0)
            text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

/// Letters to add, drop, replace, or swap with their neighbour until a is b (optimal string alignment).
std::size_t changesBetween(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> before; // row i - 2 of the table
    std::vector<std::size_t> above;  // row i - 1
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before = std::exchange(above, row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
    }
    return row.back();
}

double likenessOfFolded(std::string_view a, std::string_view b)
{
    const auto longer = static_cast<double>(std::max(a.size(), b.size()));
    const auto shorter = static_cast<double>(std::min(a.size(), b.size()));
    if (shorter == 0)
        return 0;
    const double alike = 1 - static_cast<double>(changesBetween(a, b)) / longer;
    constexpr double leastToContain = 3;
    const bool contains = shorter >= leastToContain &&
                          (a.find(b) != std::string_view::npos || b.find(a) != std::string_view::npos);
    return contains ? std::max(alike, (1 + shorter / longer) / 2) : alike;
}

} // namespace

double likeness(std::string_view a, std::string_view b)
{
    return likenessOfFolded(folded(a), folded(b));
}

std::vector<std::string_view> nearestNames(std::string_view name, std::span<const std::string_view> known,
                                           std::size_t most, std::span<const Synonym> synonyms)
{
    struct Candidate {
        std::string_view name;
        double likeness = 0;
    };
    const std::string wanted = folded(name);
    std::vector<Candidate> candidates;
    for (const std::string_view other : known) {
        Candidate candidate{other, likenessOfFolded(wanted, folded(other))};
        for (const Synonym& synonym : synonyms)
            if (synonym.name == other)
                candidate.likeness =
                    std::max(candidate.likeness, likenessOfFolded(wanted, folded(synonym.word)));
        if (candidate.likeness >= faintest)
            candidates.push_back(candidate);
    }
    std::ranges::stable_sort(candidates, std::ranges::greater{}, &Candidate::likeness);
    std::vector<std::string_view> nearest;
    for (const Candidate& candidate : candidates)
        if (nearest.size() < most)
            nearest.push_back(candidate.name);
    return nearest;
}

std::optional<std::string_view> mistyped(std::string_view name, std::span<const std::string_view> known)
{
    const auto nearest = nearestNames(name, known, 1);
    if (nearest.empty() || likeness(name, nearest.front()) < slip)
        return std::nullopt;
    return nearest.front();
}

std::string expectedName(std::string_view name, std::span<const std::string_view> known,
                         std::string_view command, std::span<const Synonym> synonyms)
{
    if (known.size() <= few)
        return fmt::format("expected one of {}", fmt::join(known, ", "));
    const std::string such = fmt::format("{}", fmt::join(nearestNames(name, known, 2, synonyms), " or "));
    if (such.empty())
        return command.empty() ? fmt::format("expected one of {}", fmt::join(known, ", "))
                               : fmt::format("expected one that \"sunflop {}\" prints", command);
    return command.empty()
               ? fmt::format("expected one such as {}; there are {}", such, fmt::join(known, ", "))
               : fmt::format("expected one such as {}; \"sunflop {}\" prints all", such, command);
}

} // namespace sunflop
