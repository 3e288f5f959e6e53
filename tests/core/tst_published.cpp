// SPDX-License-Identifier: GPL-3.0-or-later
// Facts that others published, one row each: weights, caches, states, shards, activations. Prints what was
// published, our figure and their ratio.

#include "tests/support/published.h"
#include "tests/support/reference.h"

#include <fmt/format.h>

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

namespace {

std::vector<PublishedFigure> allFigures()
{
    std::vector<PublishedFigure> all;
    for (const auto& group : {publishedWeights(), publishedCaches(), publishedStates(),
                              publishedActivations(), publishedElsewhere()})
        all.insert(all.end(), group.begin(), group.end());
    return all;
}

std::vector<std::optional<double>> valuesOf(const Json& entry)
{
    const auto number = [](const Json& value) {
        return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
    };
    if (!entry["value"].is_array())
        return {number(entry["value"])};
    std::vector<std::optional<double>> values;
    std::ranges::transform(entry["value"], std::back_inserter(values), number);
    return values;
}

/// How far a figure may be from `value`: a number in the entry's unit, "1%", or "3 digits". A tolerance of 0
/// still allows what two ways of rounding a double differ.
double allowance(const Json& tolerance, double value)
{
    const double rounding = 1e-9 * std::abs(value);
    if (tolerance.is_number())
        return tolerance.get<double>() * (1 + 1e-9) + rounding;
    const std::string text = tolerance.get<std::string>();
    if (text.ends_with("%"))
        return std::stod(text) / 100 * std::abs(value);
    if (text.ends_with(" digits")) {
        const int digits = std::stoi(text);
        const double unit = std::pow(10, std::floor(std::log10(std::abs(value))) - digits + 1);
        return unit / 2 + rounding;
    }
    throw std::runtime_error("a tolerance that this test cannot read: " + text);
}

bool holds(const Json& entry, double value, double ours, Bound bound)
{
    if (entry["check"] == "exact")
        return std::abs(ours - value) <= allowance(entry["tolerance"], value);
    return bound == Bound::AtMost ? ours <= value : ours >= value;
}

void printRow(std::string_view id, const std::string& check, double value, std::optional<double> ours)
{
    const std::string mine = ours ? fmt::format("{:14.6g} {:8.4f}", *ours, value == 0 ? 1 : *ours / value)
                                  : fmt::format("{:>14} {:>8}", "-", "-");
    std::puts(fmt::format("{:<44} {:<6} {:14.6g} {}", id, check, value, mine).c_str());
}

} // namespace

class TestPublished : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_figures = allFigures(); }

    void factsHold_data()
    {
        QTest::addColumn<int>("index");
        const Json& entries = m_published["entries"];
        for (std::size_t i = 0; i < entries.size(); ++i)
            QTest::newRow(entries[i]["id"].get<std::string>().c_str()) << static_cast<int>(i);
    }

    void factsHold()
    {
        QFETCH(int, index);
        const Json& entry = m_published["entries"][static_cast<std::size_t>(index)];
        const std::string id = entry["id"];
        const std::string check = entry["check"];
        const auto figure = std::ranges::find(m_figures, id, &PublishedFigure::id);
        QVERIFY2(figure != m_figures.end(), "a new fact: nothing here computes it");
        QVERIFY2(check == "exact" || check == "soft" || check == "bound",
                 "a kind of check that is not known");
        const Prediction prediction = figure->predict(id);
        if (!prediction.elsewhere.empty()) {
            std::puts(fmt::format("{:<44} {:<6} left to: {}", id, check, prediction.elsewhere).c_str());
            return;
        }
        // A bound without a side would hold by accident.
        QCOMPARE(prediction.bound != Bound::None, check == "bound");
        const auto values = valuesOf(entry);
        QCOMPARE(prediction.values.size(), values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (!values[i])
                continue;
            const auto& ours = prediction.values[i];
            printRow(id, check, *values[i], ours);
            if (check == "soft")
                continue;
            QVERIFY2(ours, "an exact fact that we leave open");
            QVERIFY2(holds(entry, *values[i], *ours, prediction.bound),
                     fmt::format("published {}, ours {}", *values[i], *ours).c_str());
        }
    }

    /// A figure without a fact has a mistyped id.
    void everyFigureBelongsToAFact()
    {
        const Json& entries = m_published["entries"];
        for (const PublishedFigure& figure : m_figures)
            QVERIFY2(
                std::ranges::any_of(entries, [&](const Json& entry) { return entry["id"] == figure.id; }),
                std::string(figure.id).c_str());
    }

private:
    const Json m_published = readJson(referenceFolder() / "published.json");
    std::vector<PublishedFigure> m_figures;
};

QTEST_APPLESS_MAIN(TestPublished)
#include "tst_published.moc"
