// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/timing/efficiency.h"

#include "core/base/nearest.h"
#include "core/base/plain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace sunflop {

namespace {

// Single kernels of PyTorch 2.11 in a CUDA graph on an H200 (4.8 TB/s, 989 TFLOP/s), 16,384 x 2048 elements:
//   contiguous add, mul, pow, mean, silu, cast to bf16     3.7 to 4.2 TB/s
//   mul with a broadcast row or column                     2.6 and 1.6 TB/s
//   cast to fp32, layer_norm, permuted contiguous()        2.1, 2.2 and 1.5 TB/s
//   cat of two halves, repeat_kv                           1.0 and 1.2 TB/s
constexpr std::array pytorchBandwidth{0.85, 0.37, 0.22};
// scaled_dot_product_attention without a mask, heads of 64, 128 and 256: 478, 617 and 738 TFLOP/s, that is
// 0.26 ps for each score beside two products at 0.9 of the peak. The H200 makes 3.7e12 exponentials a second,
// 16 on each multiprocessor and clock, where it does 256 fp32 operations. Lengths between two tiles of 128
// cost the longer one: 1,025 and 197 tokens reach 300 and 186 TFLOP/s.
constexpr double pytorchAttention = 0.9;
constexpr double exponential = 256.0 / 16;
constexpr std::int64_t attentionTile = 128;
// Handed a mask, it computes every pair, and 4,096, 8,192 and 512 queries before 4,608 keys (heads of 128)
// take 1.52, 1.50 and 1.63 ps for each score, 2,048 with heads of 64 1.01 ps: 0.4 to 0.7 ps more than without
// a mask. One query before 4,096 keys takes as long with a mask as without.
constexpr double addedMask = 38;
// Elementwise kernels on a few thousand elements take 1.4 to 2.6 us, a row times a small matrix 3.8 to 5.4 us
// and attention with one query 5.5 to 10 us. This is also what keeps small matrix products from the peak:
// 512 x 896 x 4864 reaches 0.44 of it, 16,384 x 2048 x 2048 reaches 0.78, as 4 us and 0.8 predict.
constexpr double elementwiseKernel = 2e-6;
constexpr double tiledKernel = 4e-6;
// What Python, the module calls around an operator and its views cost until the kernel is queued, for each
// recorded operator. Forwards of transformers 5.17 that leave the device idle took 18 to 30 us for each
// operator of their trace on one host, two runs of the same model a factor of 1.6 apart, 12 to 16 us on
// another, and decode steps 33 to 37 us. This is the geometric middle of the first; no constant can do better
// than a half.
constexpr double pytorchHost = 24e-6;

} // namespace

std::string_view presetName(Preset preset)
{
    switch (preset) {
    case Preset::Ideal: return "ideal";
    case Preset::Eager: return "eager";
    case Preset::Compiled: return "compiled";
    case Preset::Fused: return "fused";
    }
    return {};
}

Result<Preset> presetNamed(std::string_view name)
{
    const auto found = std::ranges::find(presets, name, presetName);
    if (found != presets.end())
        return *found;
    std::vector<std::string_view> names;
    std::ranges::transform(presets, std::back_inserter(names), presetName);
    return failure(ErrorKind::NotFound, "preset",
                   fmt::format("\"{}\" is not known, {}", shortened(name), expectedName(name, names)));
}

Efficiency efficiencyOf(Preset preset)
{
    if (preset == Preset::Ideal)
        return {.reachesMatmulPeak = true, .fuses = true, .staticCache = true};
    Efficiency efficiency{.attention = pytorchAttention,
                          .vectorFlopsPerScore = exponential,
                          .maskFlopsPerScore = addedMask,
                          .attentionTile = attentionTile,
                          .bandwidth = pytorchBandwidth,
                          .kernelSeconds = elementwiseKernel,
                          .tiledKernelSeconds = tiledKernel};
    if (preset == Preset::Eager) {
        efficiency.hostSecondsPerCall = pytorchHost;
        return efficiency;
    }
    efficiency.staticCache = true;
    efficiency.fuses = preset == Preset::Fused;
    if (efficiency.fuses) // generated code computes addresses once for a run of elements
        efficiency.bandwidth.fill(pytorchBandwidth.front());
    return efficiency;
}

} // namespace sunflop
