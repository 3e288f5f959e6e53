// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The same model in the ways that people run it: how much memory each of them takes.

#include "ui/session/session.h"

#include <QString>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace sunflop {

/// Inference as it is set, a batch as servers have it, and a training step.
enum class Scenario : std::uint8_t { Inference, Serving, Training };
inline constexpr std::array scenarios{Scenario::Inference, Scenario::Serving, Scenario::Training};

/// One of them.
struct MemoryBar {
    Scenario scenario = Scenario::Inference;
    QString title;
    MemoryParts parts;
    bool isLive = false; ///< the run that the window shows
    QString refusal;     ///< why the model cannot run so; empty: it can
};

/// The session's run as a bar.
MemoryBar liveBar(const Run& run);

/// What the other bars depend on. Owned, so that a worker can answer.
struct MemoryQuestion {
    std::shared_ptr<const Model> model;
    std::vector<Assignment> settings;
    Scenario live = Scenario::Inference; ///< left out
    friend bool operator==(const MemoryQuestion&, const MemoryQuestion&) = default;
};

MemoryQuestion memoryQuestion(const Session& session);

/// Traces and sums up every scenario but the live one; touches nothing but the question.
std::vector<MemoryBar> otherBars(const MemoryQuestion& question);

/// All three, in the order of scenarios.
std::vector<MemoryBar> allBars(const Run& run, std::vector<MemoryBar> others);

} // namespace sunflop
