// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Bricks that families share: torch.nn modules with their printed attributes, and the run's phases.

#include "core/model/config.h"
#include "core/model/inputs.h"
#include "core/model/ops.h"
#include "core/model/workload.h"

#include <span>
#include <string_view>
#include <vector>

namespace sunflop {

enum class Bias { No, Yes };

/// Limit of "num_hidden_layers" in configs: lists whose layers all differ stay within memory.
inline constexpr std::int64_t mostLayers = 4'000;

/// torch.nn.Linear: x [..., in] to [..., out]. `tie` and `biasTie` name what weight and bias are shared with.
Tensor linear(Tracer& t, std::string_view name, const Tensor& x, std::int64_t out, Bias bias,
              Role role = Role::Other, std::string_view tie = {}, std::string_view biasTie = {});

/// Layers that multiply by a matrix: torch.nn.Linear, or transformers' Conv1D, whose weight stands [in, out].
enum class ProductClass : std::uint8_t { Linear, Conv1d };
/// Such a layer without ties: x [b, n, in] to [b, n, out]. A Conv1D always has a bias.
Tensor product(Tracer& t, ProductClass layer, std::string_view name, const Tensor& x, std::int64_t out,
               Bias bias);

/// torch.nn.Embedding(rows, width), or a class of its kind that multiplies by a number: ids [...] to [...,
/// width]. `paddingRow` prints; negative counts from the end.
Tensor embedding(Tracer& t, std::string_view name, const Tensor& ids, std::int64_t rows, std::int64_t width,
                 std::optional<std::int64_t> paddingRow = {}, std::string_view tie = {},
                 std::string_view className = "Embedding", bool scales = false);

/// torch.nn.Conv2d whose kernel is its stride: x [n, c, h, w] to [n, out, h / patch, w / patch].
Tensor patchConvolution(Tracer& t, std::string_view name, const Tensor& x, std::int64_t out,
                        std::int64_t patch);

/// torch.nn.LayerNorm over the last dimension.
Tensor layerNorm(Tracer& t, std::string_view name, const Tensor& x, double epsilon);

/// Root-mean-square norm over the last dimension, in float32, written out in Python. The weight stands left
/// of the product in transformers (`weight * x`), right of it elsewhere (`x * weight`), which some counters
/// notice.
struct RmsNormStyle {
    std::string_view className;
    double epsilon = 1e-6;
    bool printsShape = true;
    bool weightOnTheLeft = true;
    bool addsOne = false; ///< multiplies by 1 + weight in float32, and casts last
};
Tensor rmsNorm(Tracer& t, std::string_view name, const Tensor& x, const RmsNormStyle& style);

/// A child that computes nothing here: Dropout in evaluation, Identity.
void idle(Tracer& t, std::string_view name, std::string_view className, std::string detail = {});
void dropout(Tracer& t, std::string_view name, double probability);
/// torch.nn.Dropout behind x, which drops elements in training.
Tensor dropout(Tracer& t, std::string_view name, Tensor x, double probability, Mode mode);

/// An activation module as transformers' ACT2FN makes it for config value `act` and version `transformers`.
/// Unknown names are the tracer's error.
Tensor activation(Tracer& t, std::string_view name, const Tensor& x, std::string_view act,
                  Version transformers);

/// Heads of x [b, n, heads * width] as [b, heads, n, width].
Tensor splitHeads(const Tensor& x, std::int64_t heads, std::int64_t width);
/// softmax(scores, dtype=torch.float32).to(result): bf16 scores are cast first, as PyTorch fuses the cast for
/// fp16 only.
Tensor floatSoftmax(const Tensor& scores, DType result);

/// How the memory of [b, heads, n, width] is laid out. A product leaves it as it is written; PyTorch's fused
/// kernels compute [b, n, heads, width] and return a transposed view.
enum class HeadOrder { HeadsFirst, TokensFirst };
HeadOrder headOrder(AttentionKernel kernel);
/// And back: [b, heads, n, width] to [b, n, heads * width], a copy unless the memory is in that order.
Tensor mergeHeads(const Tensor& x, HeadOrder order);

/// Sizes of a vision transformer that must fit: heads divide the width, a patch is no larger than the image,
/// and the image no larger than an input may be.
struct VisionSizes {
    std::int64_t hidden = 0;
    std::int64_t heads = 0;
    std::int64_t imageSize = 0; ///< pixels, square
    std::int64_t patch = 0;     ///< pixels, square
};
void checkVisionSizes(ConfigReader& config, const VisionSizes& sizes);

/// The first name under "architectures" as an index of `known`, whatever its capitals; nothing where the key
/// is missing. Another name is the reader's error.
std::optional<std::size_t> readArchitecture(ConfigReader& config, std::span<const std::string_view> known);
/// A classifier's outputs as transformers counts them: the names in "id2label", else "num_labels", else 2.
std::int64_t readLabels(ConfigReader& config);

/// "dtype" or "torch_dtype" of a config, bf16 where there is none; unknown names are the reader's error.
DType readDType(ConfigReader& config);
/// The type that activations have beside weights of `dtype`: the same, or bf16 where nothing computes in it.
DType activationsFor(DType dtype);

/// How a tracer should see a run's tensors.
Tracer::Settings tracerSettings(const Workload& workload);

/// One forward of the run, or a stretch of decode steps in which the cache grows by one token a step.
struct Step {
    Phase phase;
    Extent cached;           ///< tokens in the KV cache before it
    std::int64_t tokens = 0; ///< new tokens per sequence
    std::int64_t end = 0;    ///< tokens per sequence when the whole run ends
};

/// Prefill of `promptTokens` and the decode steps, cut wherever the cache (new token included) reaches one of
/// `windows`, so that min(cached, window - 1) is linear within every step.
std::vector<Step> runSteps(const Workload& workload, std::int64_t promptTokens,
                           std::vector<std::int64_t> windows = {});

} // namespace sunflop
