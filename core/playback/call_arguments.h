// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The arguments of a recorded call by name, as far as they are no tensors.

#include "core/model/recording.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sunflop {

/// Refers to a recording and one of its calls, which outlive it. Absent arguments, and None, are nothing;
/// sizes of expressions that the recording does not have are 0.
class CallArguments {
public:
    CallArguments(const Recorded& recorded, const RecordedCall& call) : m_recorded(&recorded), m_call(&call)
    {}

    const RecordedCall& call() const { return *m_call; }
    const RecordedValue* find(std::string_view name) const;
    std::optional<std::int64_t> integer(std::string_view name) const; ///< flags are 0 and 1
    std::optional<double> number(std::string_view name) const;
    std::vector<std::int64_t> integers(std::string_view name) const; ///< a number is a list of one
    std::string_view text(std::string_view name) const;
    bool isNumber(std::string_view name) const;

    std::vector<std::int64_t> valuesOf(const std::vector<RecordedSize>& sizes) const;

private:
    std::int64_t valueOf(RecordedSize size) const;

    const Recorded* m_recorded;
    const RecordedCall* m_call;
};

} // namespace sunflop
