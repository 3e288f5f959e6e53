// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/fit.h"

#include "core/model/setting.h"
#include "core/run/axis.h"
#include "core/run/run.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

namespace sunflop {

namespace {

/// Asks for bytes and keeps the best value so far. Places are in steps from the minimum.
class Search {
public:
    Search(const BytesAt& bytesAt, const FitRange& range, Count deviceBytes, const std::stop_token& stop,
           int mostCounts)
        : m_bytesAt(bytesAt), m_range(range), m_deviceBytes(deviceBytes), m_stop(stop),
          m_mostCounts(mostCounts)
    {}

    Result<FitAnswer> run();

private:
    Result<Count> at(std::int64_t place)
    {
        ++m_answer.counts;
        return m_bytesAt(m_range.minimum + place * m_range.step);
    }
    bool fits(const Result<Count>& bytes) const { return bytes && *bytes <= m_deviceBytes; }
    bool isStopped() const { return m_stop.stop_requested() || m_answer.counts >= m_mostCounts; }
    void take(std::int64_t place, Count bytes)
    {
        m_answer.value = m_range.minimum + place * m_range.step;
        m_answer.bytes = bytes;
    }
    void halve(std::int64_t fitting, std::int64_t failing);

    const BytesAt& m_bytesAt;
    FitRange m_range;
    Count m_deviceBytes;
    const std::stop_token& m_stop;
    int m_mostCounts;
    FitAnswer m_answer;
};

void Search::halve(std::int64_t fitting, std::int64_t failing)
{
    while (std::abs(failing - fitting) > 1) {
        if (isStopped()) {
            m_answer.isComplete = false;
            return;
        }
        const std::int64_t middle = std::midpoint(fitting, failing);
        const auto bytes = at(middle);
        (fits(bytes) ? fitting : failing) = middle;
        if (fits(bytes))
            take(middle, *bytes);
    }
}

Result<FitAnswer> Search::run()
{
    const std::int64_t last = (m_range.maximum - m_range.minimum) / m_range.step;
    const auto atMinimum = at(0);
    if (!atMinimum)
        return failure(atMinimum.error());
    m_answer.bytes = *atMinimum;
    const bool fitsFirst = fits(atMinimum);
    if (fitsFirst)
        take(0, *atMinimum);
    if (last > 0 && isStopped()) {
        m_answer.isComplete = false;
        return m_answer;
    }
    const auto atMaximum = last > 0 ? at(last) : atMinimum;
    const bool fitsLast = fits(atMaximum);
    m_answer.isSmallest = atMaximum && *atMaximum < *atMinimum;
    m_answer.isWhole = fitsFirst && fitsLast;
    if (fitsLast && !(fitsFirst && m_answer.isSmallest))
        take(last, *atMaximum);
    else if (!fitsFirst && m_answer.isSmallest)
        m_answer.bytes = *atMaximum;
    if (fitsFirst != fitsLast)
        halve(fitsFirst ? 0 : last, fitsFirst ? last : 0);
    return m_answer;
}

} // namespace

Result<FitAnswer> limitThatFits(const BytesAt& bytesAt, const FitRange& range, Count deviceBytes,
                                const std::stop_token& stop, int mostCounts)
{
    return Search(bytesAt, range, deviceBytes, stop, mostCounts).run();
}

Result<FitAnswer> limitThatFits(const TraceAt& traceAt, const FitQuestion& question,
                                const std::stop_token& stop)
{
    const auto axis = axisNamed(axesOf(question.offered), question.input);
    if (!axis)
        return failure(axis.error());
    const std::vector<Assignment> settings = withLooseShapes(question.offered, question.settings);
    const auto bytesAt = [&](std::int64_t value) -> Result<Count> {
        const auto workload = Workload::from(question.offered, settingsAt(*axis, settings, value));
        if (!workload)
            return failure(workload.error());
        const auto traced = traceAt(*workload);
        if (!traced)
            return failure(traced.error());
        return memoryOf(*traced, *workload).parts.total();
    };
    return limitThatFits(bytesAt, {axis->minimum, axis->maximum, axis->step}, question.deviceBytes, stop);
}

} // namespace sunflop
