// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/utilization.h"

namespace sunflop {

namespace {

/// `scores` is the denominator of the attention term.
double trainingFlops(const GptStep& step, double scores)
{
    const auto s = static_cast<double>(step.tokens);
    const auto h = static_cast<double>(step.hidden);
    const auto layers = static_cast<double>(step.layers);
    const double head = static_cast<double>(step.vocabulary) / (12 * h * layers);
    return 72 * static_cast<double>(step.sequences) * layers * s * h * h * (1 + s / (scores * h) + head);
}

} // namespace

double modelFlops(const GptStep& step)
{
    return trainingFlops(step, 6);
}

double selectiveRecomputeFlops(const GptStep& step)
{
    return trainingFlops(step, 3);
}

double utilization(double flops, double seconds, std::int64_t devices, double peakFlopsPerSecond)
{
    return flops / (seconds * static_cast<double>(devices) * peakFlopsPerSecond);
}

} // namespace sunflop
