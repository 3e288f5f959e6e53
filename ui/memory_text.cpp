// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/memory_text.h"

#include "core/memory/resident.h"
#include "ui/text.h"

#include <QCoreApplication>

namespace sunflop {

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("memory", text);
}

} // namespace

std::array<MemoryPart, 6> memoryParts(const MemoryParts& parts, const Theme& theme)
{
    return {MemoryPart{tr("Weights"), theme.role(Role::Attention), parts.weights},
            MemoryPart{tr("KV cache"), theme.role(Role::Conv), parts.cache},
            MemoryPart{tr("Activations"), theme.role(Role::Mlp), parts.activations},
            MemoryPart{tr("Gradients"), theme.role(Role::Embedding), parts.gradients},
            MemoryPart{tr("Optimizer"), theme.role(Role::Head), parts.optimizer},
            MemoryPart{tr("Overhead"), theme.rest, parts.rounding + parts.workspace + parts.context}};
}

QString stageTitle(Stage stage)
{
    switch (stage) {
    case Stage::Prefill: return tr("prefill");
    case Stage::Decode: return tr("decode");
    case Stage::Forward: return tr("forward");
    case Stage::Backward: return tr("backward");
    case Stage::Step: return tr("optimizer step");
    }
    return {};
}

QString peakMoment(const Run& run)
{
    if (run.memory.stages.empty())
        return tr("no operator ran");
    const StagePeak& stage = run.memory.stages[run.memory.peakStage];
    if (stage.peakCall < 0)
        return stageTitle(stage.stage);
    const Op& op = run.trace.ops[static_cast<std::size_t>(stage.peakCall)];
    return tr("%1, %2 in %3")
        .arg(stageTitle(stage.stage), text::from(nameOf(op)), text::path(run, op.module));
}

QStringList peakLines(const Run& run)
{
    const MemoryParts& parts = run.memory.parts;
    QStringList lines;
    const auto add = [&](const QString& name, Count bytes) {
        if (bytes > Count(0))
            lines += tr("%1: %2, %3 bytes").arg(name, text::bytes(bytes), text::exact(bytes));
    };
    add(tr("Weights"), parts.weights);
    add(tr("KV cache"), parts.cache);
    add(tr("Activations"), parts.activations);
    add(tr("Gradients"), parts.gradients);
    add(tr("Optimizer"), parts.optimizer);
    add(tr("Workspace"), parts.workspace);
    add(tr("Rounding of the weights' blocks"), parts.rounding);
    add(tr("Allocated"), parts.allocated());
    add(tr("Reserved by the allocator, about"), run.memory.reserved);
    add(tr("With the driver's context"), parts.total());
    lines += tr("Peak: %1").arg(peakMoment(run));
    return lines;
}

std::int64_t devicesOf(const Run& run)
{
    return parallelPlan(run.workload).devices();
}

QString roomText(const Run& run)
{
    const QString room =
        tr("%1 of %2").arg(text::bytes(neededBytes(run)), text::bytes(run.device->memoryBytes));
    const std::int64_t devices = devicesOf(run);
    return devices == 1 ? room : tr("%1 on each of %2 devices").arg(room, text::exact(devices));
}

QString fitText(const Run& run)
{
    const Count needed = neededBytes(run);
    const Count room = run.device->memoryBytes;
    return needed <= room ? tr("fits, %1").arg(text::share(needed, room))
                          : tr("does not fit: %1 too much").arg(text::bytes(needed - room));
}

} // namespace sunflop
