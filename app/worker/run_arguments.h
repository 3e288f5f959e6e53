// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What forward() is called with.

#include "app/worker/recorder.h"

#include <ATen/core/ivalue.h>
#include <nlohmann/json.hpp>

#include <cstdint>

namespace sunflop::worker {

/// Makes the arguments of a run, by the form that program.h describes.
class RunArguments {
public:
    explicit RunArguments(Recorder& recorder) : m_recorder(recorder) {}

    /// Throws std::invalid_argument where a value is none, or nested too deep.
    c10::IValue of(const nlohmann::json& value, const c10::TypePtr& type, int depth = 0);

private:
    at::Tensor tensor(const nlohmann::json& value);
    c10::IValue list(const nlohmann::json& values, const c10::Type& type, int depth);
    c10::IValue tuple(const nlohmann::json& values, const c10::Type& type, int depth);
    c10::IValue dict(const nlohmann::json& values, int depth);

    Recorder& m_recorder;
    std::int64_t m_count = 0;
};

} // namespace sunflop::worker
