// SPDX-License-Identifier: GPL-3.0-or-later
// Whole layers that PyTorch's inference calls as one operator: taken apart into what torch.nn would call
// elsewhere, so that each part is counted as such.
// Source: aten/src/ATen/native/transformers/{attention,transformer}.cpp.
#include "app/worker/fake_mode.h"

#include <ATen/Functions.h>
#include <torch/library.h>

#include <array>
#include <cmath>
#include <tuple>
#include <vector>

namespace sunflop::worker {

namespace {

using at::Tensor;
using Optional = c10::optional<Tensor>;
using Which = c10::optional<std::int64_t>;

/// Queries, keys and values: [batch, tokens, width] each.
std::array<Tensor, 3> projected(const Tensor& query, const Tensor& key, const Tensor& value,
                                std::int64_t width, const Tensor& weight, const Tensor& bias)
{
    if (query.is_same(key) && key.is_same(value)) {
        const std::vector<Tensor> parts = at::linear(query, weight, bias).chunk(3, -1);
        return {parts.at(0), parts.at(1), parts.at(2)};
    }
    const auto part = [&](const Tensor& input, std::int64_t i) {
        return at::linear(input, weight.narrow(0, i * width, width), bias.narrow(0, i * width, width));
    };
    return {part(query, 0), part(key, 1), part(value, 2)};
}

std::tuple<Tensor, Tensor> attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                     std::int64_t width, std::int64_t heads, const Tensor& weight,
                                     const Tensor& bias, const Tensor& outWeight, const Tensor& outBias,
                                     const Optional& mask, bool needsWeights, bool isAverage, Which)
{
    TORCH_CHECK(query.dim() == 3 && key.dim() == 3 && value.dim() == 3 && heads > 0 && width % heads == 0,
                "attention of ", heads, " heads over ", width, " numbers, and ", query.dim(), " dimensions");
    const auto split = [&](const Tensor& tensor) {
        return tensor.view({tensor.size(0), tensor.size(1), heads, width / heads}).transpose(1, 2);
    };
    const std::array<Tensor, 3> all = projected(query, key, value, width, weight, bias);
    const double scale = 1 / std::sqrt(static_cast<double>(width / heads));
    Tensor scores = at::matmul(split(all[0]).mul(scale), split(all[1]).transpose(-2, -1));
    if (mask)
        scores = scores.masked_fill(mask->dim() == 2 && mask->size(0) == key.size(0) &&
                                            mask->size(1) == key.size(1)
                                        ? mask->view({mask->size(0), 1, 1, mask->size(1)})
                                        : *mask,
                                    -INFINITY);
    const Tensor weights = at::softmax(scores, -1);
    const Tensor context = at::matmul(weights, split(all[2])).transpose(1, 2);
    const Tensor out = at::linear(context.reshape({query.size(0), query.size(1), width}), outWeight, outBias);
    if (!needsWeights)
        return {out, Tensor()};
    return {out, isAverage ? weights.mean({1}) : weights};
}

Tensor encoderLayer(const Tensor& source, std::int64_t width, std::int64_t heads, const Tensor& weight,
                    const Tensor& bias, const Tensor& outWeight, const Tensor& outBias, bool usesGelu,
                    bool isNormFirst, double eps, const Tensor& normWeight1, const Tensor& normBias1,
                    const Tensor& normWeight2, const Tensor& normBias2, const Tensor& ffnWeight1,
                    const Tensor& ffnBias1, const Tensor& ffnWeight2, const Tensor& ffnBias2,
                    const Optional& mask, Which maskType)
{
    const auto norm = [&](const Tensor& x, const Tensor& w, const Tensor& b) {
        return at::layer_norm(x, {width}, w, b, eps);
    };
    const auto attend = [&](const Tensor& x) {
        return std::get<0>(
            attention(x, x, x, width, heads, weight, bias, outWeight, outBias, mask, false, false, maskType));
    };
    const auto feed = [&](const Tensor& x) {
        const Tensor hidden = at::linear(x, ffnWeight1, ffnBias1);
        return at::linear(usesGelu ? at::gelu(hidden) : at::relu(hidden), ffnWeight2, ffnBias2);
    };
    if (isNormFirst) {
        const Tensor x = source.add(attend(norm(source, normWeight1, normBias1)));
        return x.add(feed(norm(x, normWeight2, normBias2)));
    }
    const Tensor x = norm(source.add(attend(source)), normWeight1, normBias1);
    return norm(x.add(feed(x)), normWeight2, normBias2);
}

} // namespace

TORCH_LIBRARY_IMPL(aten, Meta, library)
{
    library.impl("_native_multi_head_attention", attention);
    library.impl("_transformer_encoder_layer_fwd", encoderLayer);
}

} // namespace sunflop::worker
