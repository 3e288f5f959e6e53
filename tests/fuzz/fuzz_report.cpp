// SPDX-License-Identifier: GPL-3.0-or-later
// A text report from anywhere: read, and the run behind it searched for, or refused with a reason.

#include "core/audit/audit.h"
#include "tests/fuzz/exercise.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sunflop;
    if (const auto source = fuzz::read("report", fuzz::text(data, size)))
        fuzz::requireReason(audit(*source));
    return 0;
}
