// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/details_text.h"

#include "core/cost/formula.h"
#include "core/cost/intensity.h"
#include "core/quantisation/quantisation.h"
#include "ui/charts/roofline_points.h"
#include "ui/formula_text.h"
#include "ui/memory_text.h"
#include "ui/notes.h"
#include "ui/text.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>

namespace sunflop::details {

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("details", text);
}

const CostNode& nodeOf(const Run& run, std::int32_t node)
{
    return run.costs.nodes[static_cast<std::size_t>(node)];
}

/// The call that costs most over all instances; null where nothing is counted.
const Op* costliest(const Run& run, std::int32_t node)
{
    const Op* best = nullptr;
    Work most;
    for (const Op& op : run.trace.ops) {
        if (op.module < node || op.module >= nodeOf(run, node).end)
            continue;
        const Work work =
            workOf(run.trace, op, *run.convention).value_or(Work{}) * nodeOf(run, op.module).instances;
        if (work.flops > most.flops) {
            most = work;
            best = &op;
        }
    }
    return best;
}

/// Path below `node`, for a sentence about something inside it.
QString pathWithin(const Run& run, std::int32_t node, std::int32_t module)
{
    const QString whole = text::from(run.trace.path(module));
    const QString outer = text::from(run.trace.path(node));
    return outer.isEmpty() ? whole : whole.mid(outer.size() + 1);
}

/// "Peak in prefill, ...: 8.02 GiB weights + ... = 8.37 GiB".
QString peakText(const Run& run)
{
    const MemoryParts& parts = run.memory.parts;
    QStringList sum;
    const auto add = [&](Count bytes, const QString& name) {
        if (bytes > Count(0))
            sum += text::bytes(bytes) + QLatin1Char(' ') + name;
    };
    QStringList owners;
    constexpr std::size_t most = 3;
    for (std::size_t i = 0; i < std::min(most, run.memory.owners.size()); ++i)
        owners += tr("%1 %2").arg(text::path(run, run.memory.owners[i].module),
                                  text::bytes(run.memory.owners[i].bytes));
    add(parts.weights, tr("weights"));
    add(parts.cache, tr("KV cache"));
    add(parts.activations,
        owners.isEmpty() ? tr("activations")
                         : tr("activations (most of what lives: %1)").arg(owners.join(QStringLiteral(", "))));
    add(parts.gradients, tr("gradients"));
    add(parts.optimizer, tr("optimizer"));
    add(parts.workspace, tr("workspace"));
    add(parts.rounding, tr("rounding"));
    return tr("Peak in %1: %2 = %3")
        .arg(peakMoment(run), sum.join(QStringLiteral(" + ")), text::bytes(parts.allocated()));
}

} // namespace

QString eachText(const Run& run, std::int32_t node)
{
    const CostNode& costs = nodeOf(run, node);
    if (costs.instances == 1)
        return {};
    QStringList figures;
    if (costs.each.params > Count(0))
        figures << tr("%1 parameters").arg(text::exact(costs.each.params));
    if (costs.each.forward.flops > Count(0))
        figures << tr("%1 FLOPs").arg(text::exact(costs.each.forward.flops));
    if (costs.each.kvCacheBytes > Count(0))
        figures << tr("%1 bytes of KV cache").arg(text::exact(costs.each.kvCacheBytes));
    const QString all = tr("All %1 instances together.").arg(text::exact(costs.instances));
    return figures.isEmpty() ? all : all + tr(" Each: %1").arg(figures.join(QStringLiteral(", ")));
}

QString intensityText(const Run& run, std::int32_t node)
{
    const Count flops = nodeOf(run, node).total.forward.flops;
    const Count bytes = trafficBelow(run.trace, run.costs, node);
    if (bytes == Count(0))
        return {};
    const double ratio = intensity(flops, bytes);
    const auto& weights = measureNamed("weight_bytes");
    return tr("Intensity %1 FLOP/B: %2 read and written by its operators")
        .arg(QString::number(ratio, 'f', ratio < 99.5 ? 1 : 0), text::brief(bytes, weights));
}

QString deviceText(const Run& run, std::int32_t node)
{
    QStringList lines;
    if (node == 0)
        lines << peakText(run);
    const ModuleTiming& timing = run.timing.modules[static_cast<std::size_t>(node)];
    for (const Part part : {Part::Prefill, Part::Decode, Part::Backward}) {
        const Share& share = timing[part];
        if (share.seconds() <= 0)
            continue;
        const double ratio = intensity(share.flops, share.bytes);
        lines << tr("%1 in %2: %3 at %4 FLOP/B, ridge %5, on %6")
                     .arg(text::seconds(share.seconds()), partTitle(run, part), boundTitle(share.bound()),
                          QString::number(ratio, 'f', ratio < 99.5 ? 1 : 0),
                          QString::number(ridge(*run.device, run.timing.precision), 'f', 0),
                          text::from(run.device->name));
    }
    return lines.join(QLatin1Char('\n'));
}

QString childrenText(const Run& run, std::int32_t node, const Measure& measure)
{
    const CostNode& costs = nodeOf(run, node);
    std::int64_t children = 0;
    std::int32_t largest = -1;
    for (std::int32_t child = node + 1; child < costs.end; child = nodeOf(run, child).end) {
        children += nodeOf(run, child).repeat;
        if (largest < 0 || measure.of(nodeOf(run, child).total) > measure.of(nodeOf(run, largest).total))
            largest = child;
    }
    if (children == 0)
        return {};
    const Count part = measure.of(nodeOf(run, largest).total);
    const QString sum = children == 1 ? tr("One child") : tr("Sum of %1 children").arg(children);
    if (part == Count(0))
        return sum + QLatin1Char('.');
    return tr("%1, most of its %2 in %3: %4.")
        .arg(sum, text::noun(measure), text::name(run, largest), text::share(part, measure.of(costs.total)));
}

/// The dtype of a parameter, or what a method of storing it calls its format; several where layers differ.
QString storageText(const Run& run, const std::optional<Quantisation>& method, std::size_t index)
{
    const Parameter& parameter = run.trace.parameters[index];
    if (!method)
        return text::from(info(parameter.dtype).id);
    const HeldTensor tensor{.parameter = static_cast<std::int32_t>(index),
                            .owner = parameter.module,
                            .instances = instancesOf(run.trace, parameter.module)};
    const auto stored = WeightPacking(run.trace, *method, run.workload.mode).of(tensor);
    QStringList formats;
    for (const PackedWeight& weight : stored)
        formats << text::from(weight.format) + (stored.size() > 1
                                                    ? QStringLiteral(" ×%1").arg(text::exact(weight.count))
                                                    : QString());
    return formats.join(QStringLiteral(", "));
}

QString tensorsText(const Run& run, std::int32_t node)
{
    QStringList lines;
    const auto method = quantisationOf(run.workload);
    for (std::size_t i = 0; i < run.trace.parameters.size(); ++i) {
        const Parameter& parameter = run.trace.parameters[i];
        if (parameter.module == node)
            lines << QStringLiteral("%1  %2  %3")
                             .arg(text::from(parameter.name), text::from(parameter.shape.text()),
                                  storageText(run, method, i)) +
                         (parameter.isBuffer ? QStringLiteral("  ") + tr("buffer") : QString());
    }
    return lines.join(QLatin1Char('\n'));
}

QString formulaText(const Run& run, std::int32_t node)
{
    const Op* op = costliest(run, node);
    if (op == nullptr)
        return {};
    QString title = text::from(nameOf(*op));
    if (op->module != node)
        title = tr("%1 in %2, the costliest operator").arg(title, pathWithin(run, node, op->module));
    const std::int64_t instances = nodeOf(run, op->module).instances;
    if (instances > 1)
        title += tr(", one of %1").arg(text::exact(instances));
    const QString convention = text::from(run.convention->title);
    return (QStringList{title} + formulaLines(formulaOf(run.trace, *op, *run.convention), *op, convention))
        .join(QLatin1Char('\n'));
}

QString remarksText(const Run& run, std::int32_t node)
{
    QStringList lines;
    if (const QString dormancy = dormancySentence(run, node); !dormancy.isEmpty())
        lines << dormancy;
    for (QString sentence : tieSentences(run, node)) {
        sentence[0] = sentence[0].toUpper();
        lines << sentence;
    }
    if (const QString uncounted = uncountedSentence(run, node); !uncounted.isEmpty())
        lines << uncounted;
    return lines.join(QLatin1Char('\n'));
}

} // namespace sunflop::details
