// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the engine says about facts that others published, by the id of each entry of
/// tests/reference/published.json.

#include "core/model/trace.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop::test {

/// Which side of a published bound our figure has to be on.
enum class Bound { None, AtLeast, AtMost };

/// Our figures in the unit of the entry, one for each of its values; nothing where we predict none.
struct Prediction {
    std::vector<std::optional<double>> values;
    Bound bound = Bound::None;
    std::string_view elsewhere; ///< what predicts it instead, or why nothing does
};

/// An entry's id and how its figures are made.
struct PublishedFigure {
    std::string_view id;
    Prediction (*predict)(std::string_view id);
};

/// Weights and quantised formats; caches; states, shards and whole runs; activations and losses.
std::vector<PublishedFigure> publishedWeights();
std::vector<PublishedFigure> publishedCaches();
std::vector<PublishedFigure> publishedStates();
std::vector<PublishedFigure> publishedActivations();
/// Entries that are tested with the code that predicts them, or that nothing predicts.
std::vector<PublishedFigure> publishedElsewhere();

// What predictions are made of.

inline constexpr double gigabyte = 1e9;
inline constexpr double mebibyte = 1 << 20;
inline constexpr double gibibyte = 1 << 30;

/// A bundled model's plain forward, or that of a config of tests/reference: one token, weights in
/// `dtype`. Throws std::runtime_error where it is refused.
Trace bundledTrace(std::string_view model, std::string_view dtype = "bf16");
Trace referenceTrace(std::string_view config, std::string_view dtype = "bf16");

/// Parameters of a trace, tied ones once.
double paramsOf(const Trace& trace);

inline double bytesIn(Count bytes, double unit)
{
    return static_cast<double>(bytes.value()) / unit;
}

} // namespace sunflop::test
