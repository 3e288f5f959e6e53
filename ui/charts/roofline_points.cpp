// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/roofline_points.h"

#include "ui/memory_text.h"
#include "ui/text.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

constexpr std::array parts{Part::Prefill, Part::Decode, Part::Backward};

QString tr(const char* text)
{
    return QCoreApplication::translate("roofline", text);
}

const Measure& flopsMeasure()
{
    return measureNamed("flops");
}

void takeAway(Share& whole, const Share& part)
{
    whole.computeSeconds = std::max(0.0, whole.computeSeconds - part.computeSeconds);
    whole.memorySeconds = std::max(0.0, whole.memorySeconds - part.memorySeconds);
    whole.launchSeconds = std::max(0.0, whole.launchSeconds - part.launchSeconds);
    whole.flops -= part.flops;
    whole.bytes -= part.bytes;
}

/// By module: what each adds to the modules below it.
std::vector<ModuleTiming> ownTimes(const Run& run)
{
    std::vector<ModuleTiming> own = run.timing.modules;
    for (std::size_t i = own.size(); i-- > 1;) {
        const auto parent = static_cast<std::size_t>(run.trace.modules[i].parent);
        for (std::size_t part = 0; part < partCount; ++part)
            takeAway(own[parent].parts[part], run.timing.modules[i].parts[part]);
    }
    return own;
}

} // namespace

std::vector<RooflineMark> rooflineMarks(const Run& run, std::size_t most)
{
    std::vector<RooflineMark> marks;
    const std::vector<ModuleTiming> own = ownTimes(run);
    for (std::size_t i = 0; i < own.size(); ++i)
        for (const Part part : parts) {
            const Share& share = own[i][part];
            if (share.flops <= Count(0) || share.bytes <= Count(0) || share.seconds() <= 0)
                continue;
            const RooflinePoint place = rooflinePoint(share, *run.device, run.timing.precision);
            if (place.intensity > 0 && place.achieved > 0)
                marks.push_back({static_cast<std::int32_t>(i), part, share, place});
        }
    const std::size_t kept = std::min(most, marks.size());
    std::ranges::partial_sort(marks, marks.begin() + static_cast<std::ptrdiff_t>(kept), std::greater(),
                              [](const RooflineMark& mark) { return mark.share.seconds(); });
    marks.resize(kept);
    return marks;
}

QString partTitle(const Run& run, Part part)
{
    switch (part) {
    case Part::Prefill: return run.workload.isGeneration() ? tr("prefill") : tr("forward");
    case Part::Decode: return tr("decode");
    case Part::Backward: return tr("backward");
    }
    return {};
}

QString boundTitle(Bound bound)
{
    switch (bound) {
    case Bound::None: return tr("no time");
    case Bound::Compute: return tr("compute-bound");
    case Bound::Memory: return tr("memory-bound");
    case Bound::Launch: return tr("launch-bound");
    }
    return {};
}

QString rateText(double flopsPerSecond)
{
    const auto whole =
        flopsPerSecond < 9e18 ? Count(static_cast<std::int64_t>(flopsPerSecond)) : Count::saturated();
    return text::brief(whole, flopsMeasure()) + tr("FLOP/s");
}

QString timesText(const Run& run)
{
    const Timing& timing = run.timing;
    QStringList words{run.workload.mode == Mode::Training
                          ? tr("%1 a step").arg(text::seconds(timing.seconds))
                          : tr("%1 in all").arg(text::seconds(timing.seconds))};
    if (run.workload.isGeneration())
        words += tr("first token %1").arg(text::seconds(timing.firstTokenSeconds));
    if (timing.tokensPerSecond)
        words += tr("%1 tokens/s").arg(text::exact(static_cast<std::int64_t>(*timing.tokensPerSecond + 0.5)));
    words += tr("MFU %1 %").arg(QString::number(100 * timing.modelFlopsUtilization, 'f', 1));
    return words.join(QStringLiteral(" · "));
}

QString deviceText(const Run& run)
{
    QStringList words{text::from(run.device->name), text::from(precisionName(run.timing.precision)),
                      text::from(presetName(run.timing.preset))};
    if (devicesOf(run) > 1)
        words += tr("as if on one device");
    return words.join(QStringLiteral(" · "));
}

QStringList markLines(const Run& run, const RooflineMark& mark)
{
    return {text::name(run, mark.module) + QStringLiteral("  ·  ") + partTitle(run, mark.part),
            text::path(run, mark.module),
            tr("%1, %2").arg(text::seconds(mark.share.seconds()), boundTitle(mark.share.bound())),
            tr("%1 FLOP/B, %2 of %3")
                .arg(QString::number(mark.place.intensity, 'g', 3), rateText(mark.place.achieved),
                     rateText(mark.place.attainable))};
}

} // namespace sunflop
