// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/worker/recipe.h"

#include <ATen/Functions.h>

#include <stdexcept>
#include <string_view>

namespace sunflop::test {

namespace {

using c10::IValue;

struct Written {
    const char* name; ///< of the operator, without its namespace; for one of its overloads, or for all
    /// name=value, apart by blanks. f2x3 is a tensor of fractions, l2x3 of whole numbers 0 and 1, z2x3 of
    /// zeros, o2x3 of ones, b2x3 of truth values, p3x3 a positive definite matrix; [..,..] a list of tensors,
    /// or of numbers; 'text.
    const char* arguments;
};

/// Products, convolutions and layers at sizes that all differ, and what refuses operands of one shape or
/// reads beyond them.
constexpr Written written[] = {
    {"linear", "input=f2x3x4 weight=f5x4 bias=f5"},
    {"bilinear", "input1=f2x3 input2=f2x4 weight=f5x3x4 bias=f5"},
    {"conv1d", "input=f2x4x7 weight=f6x2x3 bias=f6 groups=2"},
    {"conv2d", "input=f2x4x7x8 weight=f6x2x3x2 bias=f6 groups=2"},
    {"conv3d", "input=f2x4x5x6x7 weight=f6x2x2x3x2 bias=f6 groups=2"},
    {"conv_transpose1d", "input=f2x4x7 weight=f4x3x2 bias=f6 groups=2"},
    {"conv_transpose2d", "input=f2x4x7x8 weight=f4x3x2x3 bias=f6 groups=2"},
    {"conv_transpose3d", "input=f2x4x5x6x7 weight=f4x3x2x3x2 bias=f6 groups=2"},
    {"convolution", "input=f2x4x7x8 weight=f6x2x3x2 bias=f6 stride=[2,1] padding=[1,0] dilation=[1,2] "
                    "transposed=false output_padding=[0,0] groups=2"},
    {"_convolution", "input=f2x4x7x8 weight=f4x3x3x2 bias=f6 stride=[2,2] padding=[1,0] dilation=[1,1] "
                     "transposed=true output_padding=[1,0] groups=2"},
    {"_convolution_mode",
     "input=f2x4x7x8 weight=f6x2x3x2 bias=f6 stride=[1,1] padding='same dilation=[1,2] groups=2"},
    {"_slow_conv2d_forward",
     "self=f2x3x6x5 weight=f4x3x2x2 kernel_size=[2,2] bias=f4 stride=[1,2] padding=[0,1]"},
    {"thnn_conv2d", "self=f2x3x6x5 weight=f4x3x2x2 kernel_size=[2,2] bias=f4 stride=[1,2] padding=[0,1]"},
    {"slow_conv_dilated2d",
     "self=f2x3x6x5 weight=f4x3x2x2 kernel_size=[2,2] bias=f4 stride=[1,1] padding=[0,0] dilation=[2,1]"},
    {"slow_conv_dilated3d", "self=f2x3x6x5x4 weight=f4x3x2x2x2 kernel_size=[2,2,2] bias=f4 stride=[1,1,1] "
                            "padding=[0,0,0] dilation=[2,1,1]"},
    {"slow_conv_transpose2d", "self=f2x3x6x5 weight=f3x4x2x2 kernel_size=[2,2] bias=f4 stride=[2,1] "
                              "padding=[0,0] output_padding=[1,0] dilation=[1,1]"},
    {"slow_conv_transpose3d", "self=f2x3x6x5x4 weight=f3x4x2x2x2 kernel_size=[2,2,2] bias=f4 stride=[2,1,1] "
                              "padding=[0,0,0] output_padding=[1,0,0] dilation=[1,1,1]"},
    {"batch_norm", "input=f2x3x4x5 weight=f3 bias=f3 running_mean=f3 running_var=f3"},
    {"native_batch_norm", "input=f2x3x4x5 weight=f3 bias=f3 running_mean=f3 running_var=f3"},
    {"instance_norm", "input=f2x3x4x5 weight=f3 bias=f3 running_mean=f3 running_var=f3"},
    {"layer_norm", "input=f2x3x4 normalized_shape=[3,4] weight=f3x4 bias=f3x4"},
    {"native_layer_norm", "input=f2x3x4 normalized_shape=[3,4] weight=f3x4 bias=f3x4"},
    {"group_norm", "input=f2x4x3x5 num_groups=2 weight=f4 bias=f4"},
    {"native_group_norm", "input=f2x4x3x5 weight=f4 bias=f4 N=2 C=4 HxW=15 group=2"},
    {"matmul", "self=f2x3x4 other=f4x5"},
    {"mm", "self=f3x4 mat2=f4x5"},
    {"bmm", "self=f2x3x4 mat2=f2x4x5"},
    {"addmm", "self=f5 mat1=f3x4 mat2=f4x5"},
    {"addmm_", "self=f3x5 mat1=f3x4 mat2=f4x5"},
    {"baddbmm", "self=f2x3x5 batch1=f2x3x4 batch2=f2x4x5"},
    {"addbmm", "self=f3x5 batch1=f2x3x4 batch2=f2x4x5"},
    {"addbmm_", "self=f3x5 batch1=f2x3x4 batch2=f2x4x5"},
    {"mv", "self=f3x4 vec=f4"},
    {"addmv", "self=f3 mat=f3x4 vec=f4"},
    {"addmv_", "self=f3 mat=f3x4 vec=f4"},
    {"tensordot", "self=f3x4 other=f4x5 dims_self=[1] dims_other=[0]"},
    {"einsum", "equation='bij,bjk->bik tensors=[f2x3x4,f2x4x5] path=none"},
    {"cdist", "x1=f2x3x4 x2=f2x5x4"},
    {"linalg_cross", "self=f2x3 other=f2x3 dim=-1"},
    {"linalg_cholesky", "self=p4x4"},
    {"linalg_cholesky_ex", "self=p4x4"},
    {"cholesky", "self=p4x4"},
    {"linalg_norm.ord_str", "self=f3x4 ord='fro"},
    {"linalg_cond.p_str", "self=f4x4 p='fro"},
    {"nuclear_norm.dim", "self=f3x4 dim=[0,1]"},
    {"embedding", "weight=f5x4 indices=l2x3"},
    {"embedding_bag", "weight=f5x4 indices=l6 offsets=z2 mode=1 per_sample_weights=none padding_idx=0"},
    {"lstm.input", "input=f3x2x4 hx=[f1x2x5,f1x2x5] params=[f20x4,f20x5,f20,f20] has_biases=true "
                   "num_layers=1 bidirectional=false"},
    {"gru.input",
     "input=f3x2x4 hx=f1x2x5 params=[f15x4,f15x5,f15,f15] has_biases=true num_layers=1 bidirectional=false"},
    {"rnn_tanh.input",
     "input=f3x2x4 hx=f1x2x5 params=[f5x4,f5x5,f5,f5] has_biases=true num_layers=1 bidirectional=false"},
    {"rnn_relu.input",
     "input=f3x2x4 hx=f1x2x5 params=[f5x4,f5x5,f5,f5] has_biases=true num_layers=1 bidirectional=false"},
    {"lstm_cell", "input=f2x4 hx=[f2x5,f2x5] w_ih=f20x4 w_hh=f20x5 b_ih=f20 b_hh=f20"},
    {"gru_cell", "input=f2x4 hx=f2x5 w_ih=f15x4 w_hh=f15x5 b_ih=f15 b_hh=f15"},
    {"rnn_tanh_cell", "input=f2x4 hx=f2x5 w_ih=f5x4 w_hh=f5x5 b_ih=f5 b_hh=f5"},
    {"rnn_relu_cell", "input=f2x4 hx=f2x5 w_ih=f5x4 w_hh=f5x5 b_ih=f5 b_hh=f5"},
    {"_native_multi_head_attention",
     "query=f2x3x8 key=f2x3x8 value=f2x3x8 embed_dim=8 num_head=2 qkv_weight=f24x8 qkv_bias=f24 "
     "proj_weight=f8x8 proj_bias=f8 mask=none mask_type=none need_weights=true"},
    {"_transformer_encoder_layer_fwd",
     "src=f2x3x8 embed_dim=8 num_heads=2 qkv_weight=f24x8 qkv_bias=f24 proj_weight=f8x8 proj_bias=f8 "
     "norm_weight_1=f8 norm_bias_1=f8 norm_weight_2=f8 norm_bias_2=f8 ffn_weight_1=f16x8 ffn_bias_1=f16 "
     "ffn_weight_2=f8x16 ffn_bias_2=f8 mask=none mask_type=none"},
    {"_masked_softmax", "self=f2x3 mask=b2x3 dim=1 mask_type=0"},
    {"upsample_nearest1d.vec", "input=f2x3x4 output_size=none scale_factors=[2.0]"},
    {"upsample_nearest2d.vec", "input=f2x3x4x5 output_size=none scale_factors=[2.0,3.0]"},
    {"upsample_nearest3d.vec", "input=f2x3x4x5x6 output_size=none scale_factors=[2.0,3.0,2.0]"},
    {"_upsample_nearest_exact1d.vec", "input=f2x3x4 output_size=none scale_factors=[2.0]"},
    {"_upsample_nearest_exact2d.vec", "input=f2x3x4x5 output_size=none scale_factors=[2.0,3.0]"},
    {"_upsample_nearest_exact3d.vec", "input=f2x3x4x5x6 output_size=none scale_factors=[2.0,3.0,2.0]"},
    {"upsample_linear1d.vec", "input=f2x3x4 output_size=none scale_factors=[2.0]"},
    {"upsample_bilinear2d.vec", "input=f2x3x4x5 output_size=none scale_factors=[2.0,3.0]"},
    {"_upsample_bilinear2d_aa.vec", "input=f2x3x4x5 output_size=[6,7] scale_factors=none"},
    {"upsample_bicubic2d.vec", "input=f2x3x4x5 output_size=[6,7] scale_factors=none"},
    {"_upsample_bicubic2d_aa.vec", "input=f2x3x4x5 output_size=none scale_factors=[2.0,3.0]"},
    {"upsample_trilinear3d.vec", "input=f2x3x4x5x6 output_size=none scale_factors=[2.0,3.0,2.0]"},
    {"grid_sampler", "input=f2x3x4x5 grid=f2x6x7x2 interpolation_mode=0 padding_mode=0"},
    {"grid_sampler_2d", "input=f2x3x4x5 grid=f2x6x7x2 interpolation_mode=0 padding_mode=0"},
    {"grid_sampler_3d", "input=f2x3x4x5x6 grid=f2x3x4x5x3 interpolation_mode=0 padding_mode=0"},
    {"affine_grid_generator", "theta=f2x2x3 size=[2,3,4,5]"},
    {"col2im", "self=f2x12x6 output_size=[4,6] kernel_size=[2,2] dilation=[1,1] padding=[0,0] stride=[2,2]"},
    {"stft", "self=f2x16 n_fft=4 hop_length=none win_length=none window=none return_complex=true"},
    {"stft.center", "self=f2x16 n_fft=4 hop_length=none win_length=none window=none return_complex=true"},
    {"view_as_complex", "self=f3x2"},
    {"ctc_loss.IntList", "log_probs=f5x2x4 targets=l2x3 input_lengths=[5,5] target_lengths=[3,3]"},
    {"_ctc_loss", "log_probs=f5x2x4 targets=l2x3 input_lengths=[5,5] target_lengths=[3,3]"},
    {"nll_loss2d", "self=f2x3x4x5 target=l2x4x5 weight=f3"},
    {"nll_loss2d_forward", "self=f2x3x4x5 target=l2x4x5 weight=f3"},
    {"scatter.reduce", "self=f3x5 dim=0 index=l3x5 src=f3x5 reduce='add"},
    {"scatter.value_reduce", "self=f3x5 dim=0 index=l3x5 reduce='add"},
    {"scatter_.reduce", "self=f3x5 dim=0 index=l3x5 src=f3x5 reduce='add"},
    {"scatter_.value_reduce", "self=f3x5 dim=0 index=l3x5 reduce='add"},
    {"randint.low", "low=0 high=5 size=[2,3]"},
    {"unflatten_dense_tensors", "flat=f6 tensors=[f3,f3]"},
    {"histogramdd", "self=f4x2 bins=[3,5] range=none weight=none"},
    {"_histogramdd_bin_edges", "self=f4x2 bins=[3,5] range=none weight=none"},
    {"_histogramdd_from_bin_cts", "self=f4x2 bins=[3,5] range=none weight=none"},
    {"_cummax_helper", "self=f3x5 values=f3x5 indices=l3x5 dim=1"},
    {"_cummin_helper", "self=f3x5 values=f3x5 indices=l3x5 dim=1"},
    {"_symeig_helper", "self=f4x4"},
    {"rrelu_with_noise", "self=f2x3 noise=f2x3"},
    {"ctc_loss.Tensor", "log_probs=f5x2x4 targets=l2x3 input_lengths=o2 target_lengths=z2"},
    {"_pack_padded_sequence", "input=f3x2x4 lengths=o2"},
    {"_pad_packed_sequence", "data=f2x4 batch_sizes=o2 total_length=2"},
    {"_reshape_from_tensor", "self=f1 shape=o1"},
    {"_rowwise_prune", "weight=f3x4 mask=b3 compressed_indices_dtype=3"},
    {"segment_reduce", "data=f4x3 reduce='max lengths=o4 indices=none offsets=none axis=0 initial=none"},
    {"cumprod_backward", "grad=f3x5 input=f3x5 output=f3x5"},
};

/// "2x3" of "f2x3".
std::vector<std::int64_t> sizesOf(std::string_view text)
{
    std::vector<std::int64_t> sizes;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('x'), text.size());
        sizes.push_back(std::stoll(std::string(text.substr(0, end))));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return sizes;
}

bool isTensor(std::string_view text)
{
    return text.size() > 1 && text[1] >= '0' && text[1] <= '9' &&
           std::string_view("flbpzo").find(text.front()) != std::string_view::npos;
}

/// "f2x3".
at::Tensor tensorOf(std::string_view text)
{
    const std::vector<std::int64_t> sizes = sizesOf(text.substr(1));
    switch (text.front()) {
    case 'l': return values(sizes, at::kLong);
    case 'b': return values(sizes, at::kBool);
    case 'z': return at::zeros(sizes, at::kLong);
    case 'o': return at::ones(sizes, at::kLong);
    case 'p': return at::eye(sizes.back()).mul(2).add(1).expand(sizes).contiguous();
    default: return values(sizes, at::kFloat);
    }
}

IValue listOf(std::string_view text)
{
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        parts.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (!parts.empty() && isTensor(parts.front())) {
        std::vector<at::Tensor> tensors;
        for (const std::string_view part : parts)
            tensors.push_back(tensorOf(part));
        return tensors;
    }
    if (!parts.empty() && parts.front().find('.') != std::string_view::npos) {
        std::vector<double> numbers;
        for (const std::string_view part : parts)
            numbers.push_back(std::stod(std::string(part)));
        return numbers;
    }
    std::vector<std::int64_t> numbers;
    for (const std::string_view part : parts)
        numbers.push_back(std::stoll(std::string(part)));
    return numbers;
}

IValue valueOf(const std::string& text)
{
    if (text == "true" || text == "false")
        return text == "true";
    if (text == "none")
        return IValue();
    if (text.front() == '[')
        return listOf(std::string_view(text).substr(1, text.size() - 2));
    if (text.front() == '\'')
        return text.substr(1);
    if (isTensor(text))
        return tensorOf(text);
    if (text.find('.') != std::string::npos)
        return std::stod(text);
    return std::int64_t{std::stoll(text)};
}

Recipe recipeOf(std::string_view arguments)
{
    Recipe recipe;
    while (!arguments.empty()) {
        const std::size_t end = std::min(arguments.find(' '), arguments.size());
        const std::string_view part = arguments.substr(0, end);
        arguments.remove_prefix(std::min(end + 1, arguments.size()));
        const std::size_t sign = part.find('=');
        if (sign == std::string_view::npos || sign + 1 == part.size())
            throw std::logic_error("no name=value: " + std::string(part));
        recipe[std::string(part.substr(0, sign))] = [text = std::string(part.substr(sign + 1))] {
            return valueOf(text);
        };
    }
    return recipe;
}

} // namespace

at::Tensor values(const std::vector<std::int64_t>& sizes, c10::ScalarType type)
{
    if (type == at::kLong || type == at::kBool)
        return at::randint(0, 2, sizes, at::TensorOptions().dtype(at::kLong)).to(type);
    if (c10::isComplexType(type))
        return at::complex(values(sizes, at::kFloat), values(sizes, at::kFloat));
    return at::rand(sizes).mul(0.8).add(0.1).to(type);
}

const Recipe* recipeFor(const c10::FunctionSchema& schema)
{
    static const std::unordered_map<std::string, Recipe> all = [] {
        std::unordered_map<std::string, Recipe> made;
        for (const Written& row : written)
            made.emplace(std::string("aten::") + row.name, recipeOf(row.arguments));
        return made;
    }();
    const std::string name = schema.name() + "." + schema.overload_name();
    auto found = all.find(name);
    if (found == all.end())
        found = all.find(schema.name());
    return found == all.end() ? nullptr : &found->second;
}

} // namespace sunflop::test
