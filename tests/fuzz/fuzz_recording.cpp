// SPDX-License-Identifier: GPL-3.0-or-later
// A line from a worker that may have become anything: refused with a reason, or a recording that holds.

#include "core/worker/recording_json.h"
#include "tests/fuzz/reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sunflop;
    const auto answer = nlohmann::json::parse(fuzz::text(data, size), nullptr, false);
    if (answer.is_discarded())
        return 0;
    // Two modules and two tensors, of which the worker knows one by its number.
    static const TorchNumbers numbers{.modules = {0, 1}, .tensors = {1}};
    static const Stored stored{.modules = std::vector<StoredModule>(2),
                               .tensors = std::vector<StoredTensor>(2)};
    auto run = readRecording(answer, numbers);
    fuzz::requireReason(run);
    if (run)
        fuzz::check({.graph = std::make_shared<const Recording>(std::move(run->graph))}, stored);
    return 0;
}
