// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Hyper-parameters read back from a printed module tree.

#include "core/model/printed_report.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace sunflop {

/// The number behind `key` in a printed attribute text ("out_features=" in "..., out_features=256, ...").
std::optional<std::int64_t> printedAttribute(std::string_view detail, std::string_view key);

/// Reads sizes of the modules below one root and remembers whether every one of them was there.
class PrintedSizes {
public:
    PrintedSizes(const PrintedReport& report, std::int32_t root) : m_report(report), m_root(root) {}

    /// Printed attributes of the module at a dotted path.
    std::string_view detail(std::string_view path);
    std::string_view className(std::string_view path);
    /// The number behind `key`; 1 where there is none.
    std::int64_t number(std::string_view path, std::string_view key);
    /// The number at the start of the printed attributes, after `skip` earlier ones ("65536, 2048").
    std::int64_t position(std::string_view path, int skip);
    /// Children of a list, runs counted in full.
    std::int64_t children(std::string_view path);

    bool complete() const { return m_complete; }

private:
    const PrintedModule* at(std::string_view path);
    std::int64_t found(std::optional<std::int64_t> value);

    const PrintedReport& m_report;
    std::int32_t m_root;
    bool m_complete = true;
};

} // namespace sunflop
