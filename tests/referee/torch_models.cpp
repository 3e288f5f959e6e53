// SPDX-License-Identifier: GPL-3.0-or-later
// Qwen2 and InternViT written once more, with LibTorch's operators on Meta tensors: shapes without data.
// Sources: transformers' modeling_qwen2.py, OpenGVLab's modeling_intern_vit.py.

#include "tests/referee/torch_models.h"

#include "tests/referee/recorder.h"

#include <ATen/ATen.h>
#include <ATen/native/ConvUtils.h>
#include <torch/library.h>
#include <torch/version.h>

#include <cmath>
#include <tuple>
#include <vector>

// Operators of LibTorch 1.13 or 2.6 without a Meta kernel of their own; all that is asked of these is the
// shape.
namespace {

at::Tensor convolutionShape(const at::Tensor& x, const at::Tensor& weight, const c10::optional<at::Tensor>&,
                            at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, bool,
                            at::IntArrayRef, std::int64_t)
{
    const auto sizes = at::native::conv_output_size(x.sizes(), weight.sizes(), padding, stride, dilation);
    return at::empty(sizes, x.options());
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> layerNormShapes(const at::Tensor& x, c10::SymIntArrayRef,
                                                               const c10::optional<at::Tensor>&,
                                                               const c10::optional<at::Tensor>&, double)
{
    return {at::empty_like(x), at::empty({0}, x.options()), at::empty({0}, x.options())};
}

#if TORCH_VERSION_MAJOR >= 2
at::Tensor softmaxShape(const at::Tensor& x, std::int64_t, c10::optional<at::ScalarType>)
{
    return at::empty_like(x);
}
#endif

TORCH_LIBRARY_IMPL(aten, Meta, library)
{
    library.impl("convolution_overrideable", convolutionShape);
    library.impl("native_layer_norm", layerNormShapes);
#if TORCH_VERSION_MAJOR >= 2
    library.impl("_safe_softmax", softmaxShape);
#endif
}

} // namespace

namespace sunflop::referee {

namespace {

using at::Tensor;
using Sizes = at::IntArrayRef;

constexpr double epsilon = 1e-6;

Tensor tensor(Sizes sizes, at::ScalarType dtype = at::kBFloat16)
{
    return at::empty(sizes, at::TensorOptions().device(at::kMeta).dtype(dtype));
}

Tensor linear(Recorder& r, std::string_view name, const Tensor& x, std::int64_t out, bool bias)
{
    const auto scope = r.module(name);
    return at::linear(x, tensor({out, x.size(-1)}),
                      bias ? c10::make_optional(tensor({out})) : c10::optional<Tensor>());
}

Tensor rmsNorm(Recorder& r, std::string_view name, const Tensor& x)
{
    const auto scope = r.module(name);
    const Tensor wide = x.to(at::kFloat);
    const Tensor variance = wide.pow(2).mean(-1, true);
    return tensor({x.size(-1)}) * (wide * at::rsqrt(variance + epsilon)).to(x.scalar_type());
}

Tensor layerNorm(Recorder& r, std::string_view name, const Tensor& x)
{
    const auto scope = r.module(name);
    const std::int64_t width = x.size(-1);
    return at::layer_norm(x, {width}, tensor({width}), tensor({width}), epsilon);
}

/// [b, n, heads * width] to [b, heads, n, width].
Tensor splitHeads(const Tensor& x, std::int64_t heads)
{
    return x.view({x.size(0), x.size(1), heads, -1}).transpose(1, 2);
}

Tensor mergeHeads(const Tensor& x)
{
    return x.transpose(1, 2).reshape({x.size(0), x.size(2), -1});
}

/// cos and sin [rows, 1, tokens, headDim].
struct Rotary {
    Tensor cos;
    Tensor sin;
};

Rotary rotaryEmbedding(Recorder& r, const DecoderForward& f)
{
    const auto scope = r.module("rotary_emb");
    const Tensor frequencies = tensor({f.positionRows, f.headDim / 2, 1}, at::kFloat);
    const Tensor positions = tensor({f.positionRows, 1, f.tokens}, at::kFloat);
    const Tensor angles = at::matmul(frequencies, positions).transpose(1, 2);
    const Tensor both = at::cat({angles, angles}, -1);
    return {both.cos().to(at::kBFloat16).unsqueeze(1), both.sin().to(at::kBFloat16).unsqueeze(1)};
}

Tensor rotated(const Tensor& x, const Rotary& rotary)
{
    const auto halves = x.chunk(2, -1);
    return x * rotary.cos + at::cat({-halves[1], halves[0]}, -1) * rotary.sin;
}

/// repeat_kv: each key and value head once for every query head of its group.
Tensor repeated(const Tensor& x, std::int64_t groups)
{
    const std::int64_t heads = x.size(1);
    return x.unsqueeze(2)
        .expand({x.size(0), heads, groups, x.size(2), x.size(3)})
        .reshape({x.size(0), heads * groups, x.size(2), x.size(3)});
}

Tensor eagerAttention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask)
{
    const Tensor scores = at::matmul(q, k.transpose(2, 3)) / std::sqrt(static_cast<double>(q.size(-1)));
    return at::matmul(at::softmax(scores + mask, -1, at::kFloat).to(q.scalar_type()), v);
}

/// LibTorch 1.13 has no public scaled_dot_product_attention, only this decomposition of it into a product, a
/// softmax and a product. Its dense square is also what FlopCounterMode's formula for the fused kernels says.
Tensor fusedAttention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask)
{
    return std::get<0>(at::_scaled_dot_product_attention_math(q, k, v, mask));
}

Tensor decoderAttention(Recorder& r, const Tensor& x, const Rotary& rotary, const DecoderForward& f)
{
    const auto scope = r.module("self_attn");
    const auto withCache = [&](const Tensor& fresh) {
        return at::cat({tensor({f.batch, f.kvHeads, f.cached, f.headDim}), fresh}, 2);
    };
    const Tensor q = rotated(splitHeads(linear(r, "q_proj", x, f.heads * f.headDim, true), f.heads), rotary);
    const Tensor k =
        rotated(splitHeads(linear(r, "k_proj", x, f.kvHeads * f.headDim, true), f.kvHeads), rotary);
    const Tensor v = splitHeads(linear(r, "v_proj", x, f.kvHeads * f.headDim, true), f.kvHeads);
    const Tensor keys = repeated(withCache(k), f.heads / f.kvHeads);
    const Tensor values = repeated(withCache(v), f.heads / f.kvHeads);
    const Tensor mask = tensor({f.batch, 1, f.tokens, f.cached + f.tokens});
    const Tensor mixed = f.attention == Attention::Eager ? eagerAttention(q, keys, values, mask)
                                                         : fusedAttention(q, keys, values, mask);
    return linear(r, "o_proj", mergeHeads(mixed), f.hidden, false);
}

Tensor decoderMlp(Recorder& r, const Tensor& x, const DecoderForward& f)
{
    const auto scope = r.module("mlp");
    const Tensor gate = at::silu(linear(r, "gate_proj", x, f.intermediate, false));
    return linear(r, "down_proj", gate * linear(r, "up_proj", x, f.intermediate, false), f.hidden, false);
}

Tensor decoderLayer(Recorder& r, const Tensor& x, const Rotary& rotary, const DecoderForward& f)
{
    const auto scope = r.module("layers.0");
    const Tensor attended = x + decoderAttention(r, rmsNorm(r, "input_layernorm", x), rotary, f);
    return attended + decoderMlp(r, rmsNorm(r, "post_attention_layernorm", attended), f);
}

/// Patches behind a class token, plus the position table, which is always interpolated.
Tensor visionEmbeddings(Recorder& r, const Tensor& pixels, const VisionForward& f)
{
    const auto scope = r.module("embeddings");
    const std::int64_t side = f.imageSize / f.patch;
    Tensor grid;
    {
        const auto convolution = r.module("patch_embedding");
        grid = at::conv2d(pixels, tensor({f.hidden, 3, f.patch, f.patch}), tensor({f.hidden}), f.patch);
    }
    const Tensor tokens = at::cat({tensor({f.images, 1, f.hidden}), grid.flatten(2).transpose(1, 2)}, 1);
    const Tensor table =
        at::upsample_bicubic2d(tensor({1, f.hidden, side, side}, at::kFloat), {side, side}, false);
    const Tensor positions = table.to(at::kBFloat16).flatten(2).transpose(1, 2);
    return tokens + at::cat({tensor({1, 1, f.hidden}), positions}, 1);
}

Tensor visionAttention(Recorder& r, const Tensor& x, const VisionForward& f)
{
    const auto scope = r.module("attn");
    const std::int64_t n = x.size(1);
    const std::int64_t width = f.hidden / f.heads;
    const auto qkv = linear(r, "qkv", x, 3 * f.hidden, f.qkvBias)
                         .reshape({f.images, n, 3, f.heads, width})
                         .permute({2, 0, 3, 1, 4})
                         .unbind(0);
    Tensor q = qkv[0];
    Tensor k = qkv[1];
    if (f.normalisesHeads) {
        q = splitHeads(rmsNorm(r, "q_norm", mergeHeads(q)), f.heads);
        k = splitHeads(rmsNorm(r, "k_norm", mergeHeads(k)), f.heads);
    }
    const Tensor scores = at::matmul(q / std::sqrt(static_cast<double>(width)), k.transpose(-2, -1));
    return linear(r, "proj", mergeHeads(at::matmul(at::softmax(scores, -1), qkv[2])), f.hidden, true);
}

Tensor visionMlp(Recorder& r, const Tensor& x, const VisionForward& f)
{
    const auto scope = r.module("mlp");
    return linear(r, "fc2", at::gelu(linear(r, "fc1", x, f.intermediate, true)), f.hidden, true);
}

Tensor visionLayer(Recorder& r, const Tensor& x, const VisionForward& f)
{
    const auto scope = r.module("encoder.layers.0");
    const Tensor attended = x + visionAttention(r, layerNorm(r, "norm1", x), f) * tensor({f.hidden});
    return attended + visionMlp(r, layerNorm(r, "norm2", attended), f) * tensor({f.hidden});
}

} // namespace

ModuleMacs run(const DecoderForward& f)
{
    const c10::InferenceMode noGradients;
    Recorder r;
    Tensor states;
    {
        const auto scope = r.module("model");
        const Rotary rotary = rotaryEmbedding(r, f);
        states = rmsNorm(r, "norm", decoderLayer(r, tensor({f.batch, f.tokens, f.hidden}), rotary, f));
    }
    linear(r, "lm_head", states.slice(1, f.tokens - f.headPositions), f.vocabulary, false);
    return r.macs();
}

ModuleMacs run(const VisionForward& f)
{
    const c10::InferenceMode noGradients;
    Recorder r;
    visionLayer(r, visionEmbeddings(r, tensor({f.images, 3, f.imageSize, f.imageSize}), f), f);
    return r.macs();
}

ModuleMacs run(const ConvolutionForward& f)
{
    const c10::InferenceMode noGradients;
    Recorder r;
    const auto scope = r.module("conv");
    at::conv2d(tensor({f.images, f.channels, f.height, f.width}),
               tensor({f.out, f.channels / f.groups, f.kernelHeight, f.kernelWidth}),
               f.bias ? c10::make_optional(tensor({f.out})) : c10::optional<Tensor>(), f.stride, f.padding,
               /*dilation=*/1, f.groups);
    return r.macs();
}

} // namespace sunflop::referee
