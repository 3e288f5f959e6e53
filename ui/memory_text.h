// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What holds memory, when it is most and whether it fits, in the user's language.

#include "core/run/run.h"
#include "ui/theme.h"

#include <QString>
#include <QStringList>

#include <array>

namespace sunflop {

/// One part of a footprint, as bars, gauges and texts show it.
struct MemoryPart {
    QString name;
    QColor colour;
    Count bytes;
};

/// Weights, KV cache, activations, gradients, optimizer and overhead: the workspace of matrix products and
/// the context of the driver.
std::array<MemoryPart, 6> memoryParts(const MemoryParts& parts, const Theme& theme);

/// "prefill", "forward", ...
QString stageTitle(Stage stage);

/// When memory is most: "decode, sdpa in llm.model.layers.0-35.self_attn"; the stage alone where no operator
/// is at work.
QString peakMoment(const Run& run);

/// Every part of the peak and what comes on top of it, a line each.
QStringList peakLines(const Run& run);

/// What the device has to have: allocated bytes and the context.
inline Count neededBytes(const Run& run)
{
    return run.memory.parts.total();
}

/// Devices that share the work.
std::int64_t devicesOf(const Run& run);

/// "8.4 of 79.1 GiB", with "on each of 8 devices" where there are several.
QString roomText(const Run& run);
/// "fits, 11 %", "does not fit: 12.3 GiB too much".
QString fitText(const Run& run);

} // namespace sunflop
