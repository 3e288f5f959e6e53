// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/aten.h"

#include <unordered_map>

namespace sunflop {

namespace {

using namespace aten;

/// Operators that one rule plays; names stand between blanks.
struct Row {
    OpKind kind;
    void (*play)(Player&, const AtenOperator&);
    std::string_view names;
};

constexpr Row rows[] = {
    // products
    {OpKind::Linear, playLinear, "linear mkldnn_linear _mixed_dtypes_linear"},
    {OpKind::MatMul, playProduct,
     "mm bmm matmul linalg_matmul mv dot vdot _int_mm _scaled_mm _cslt_sparse_mm _sparse_mm"},
    {OpKind::AddMm, playAddedProduct, "addmm _addmm_activation"},
    {OpKind::BAddBmm, playAddedProduct, "baddbmm"},
    {OpKind::MatMul, playFoldedProduct, "inner tensordot addbmm addmv"},
    {OpKind::MatMul, playBilinear, "bilinear"},
    {OpKind::MatMul, playEinsum, "einsum"},
    {OpKind::Linear, playPackedLinear,
     "_weight_int8pack_mm _weight_int4pack_mm _weight_int4pack_mm_for_cpu "
     "_weight_int4pack_mm_with_scales_and_zeros _dyn_quant_matmul_4bit"},
    {OpKind::MatMul, playGroupedProduct, "_grouped_mm _scaled_grouped_mm _scaled_grouped_mm_v2"},
    {OpKind::Conv2d, playConvolution,
     "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d convolution _convolution "
     "_convolution_mode convolution_overrideable cudnn_convolution cudnn_convolution_relu "
     "cudnn_convolution_transpose miopen_convolution miopen_convolution_relu "
     "miopen_convolution_transpose miopen_depthwise_convolution mkldnn_convolution _mps_convolution "
     "_mps_convolution_transpose slow_conv3d slow_conv3d_forward slow_conv_dilated2d slow_conv_dilated3d "
     "slow_conv_transpose2d slow_conv_transpose3d thnn_conv2d _slow_conv2d_forward _conv_depthwise2d "
     "conv_depthwise3d torchvision.deform_conv2d"},
    {OpKind::Conv1d, playConvTbc, "conv_tbc"},
    {OpKind::Linear, playQuantisedLayer,
     "quantized.linear quantized.linear_relu quantized.linear_dynamic quantized.linear_relu_dynamic "
     "quantized.linear_dynamic_fp16 quantized.linear_relu_dynamic_fp16 quantized.conv1d "
     "quantized.conv1d_relu "
     "quantized.conv2d quantized.conv2d_relu quantized.conv3d quantized.conv3d_relu quantized.conv1d_dynamic "
     "quantized.conv2d_dynamic quantized.conv3d_dynamic quantized.conv_transpose1d "
     "quantized.conv_transpose2d quantized.conv_transpose3d"},

    // attention and recurrence
    {OpKind::ScaledDotProductAttention, playAttention,
     "scaled_dot_product_attention _scaled_dot_product_flash_attention "
     "_scaled_dot_product_flash_attention_for_cpu _scaled_dot_product_efficient_attention "
     "_scaled_dot_product_cudnn_attention _scaled_dot_product_attention_math "
     "_scaled_dot_product_attention_math_for_mps _scaled_dot_product_fused_attention_overrideable "
     "_triton_scaled_dot_attention"},
    {OpKind::ScaledDotProductAttention, playFlashAttention,
     "_flash_attention_forward _efficient_attention_forward _cudnn_attention_forward"},
    {OpKind::ScaledDotProductAttention, playMultiHeadAttention,
     "_native_multi_head_attention _triton_multi_head_attention"},
    {OpKind::Linear, playEncoderLayer, "_transformer_encoder_layer_fwd"},
    {OpKind::Lstm, playRecurrent, "lstm"},
    {OpKind::Gru, playRecurrent, "gru"},
    {OpKind::Rnn, playRecurrent, "rnn_tanh rnn_relu"},
    {OpKind::Lstm, playRecurrentKernel, "mkldnn_rnn_layer _cudnn_rnn miopen_rnn"},
    {OpKind::Elementwise, playRecurrentCell, "lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell"},

    // norms and pools
    {OpKind::BatchNorm, playBatchNorm,
     "batch_norm native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_functional "
     "_native_batch_norm_legit_no_training _batch_norm_with_update _batch_norm_with_update_functional "
     "_batch_norm_no_update _batch_norm_impl_index cudnn_batch_norm miopen_batch_norm"},
    {OpKind::LayerNorm, playRowNorm, "layer_norm native_layer_norm"},
    {OpKind::RmsNorm, playRowNorm, "rms_norm _fused_rms_norm"},
    {OpKind::GroupNorm, playGroupNorm, "group_norm native_group_norm"},
    {OpKind::InstanceNorm, playInstanceNorm, "instance_norm"},
    {OpKind::MaxPool, playPool,
     "max_pool1d max_pool2d max_pool3d max_pool1d_with_indices max_pool2d_with_indices "
     "max_pool3d_with_indices mkldnn_max_pool2d mkldnn_max_pool3d"},
    {OpKind::AvgPool, playPool, "avg_pool1d avg_pool2d avg_pool3d"},
    {OpKind::AdaptiveAvgPool, playPool,
     "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d _adaptive_avg_pool2d "
     "_adaptive_avg_pool3d mkldnn_adaptive_avg_pool2d"},
    {OpKind::AdaptiveMaxPool, playPool, "adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d"},
    {OpKind::Interpolate, playInterpolate,
     "upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d "
     "_upsample_nearest_exact2d _upsample_nearest_exact3d upsample_linear1d upsample_bilinear2d "
     "_upsample_bilinear2d_aa grid_sampler grid_sampler_2d grid_sampler_3d cudnn_grid_sampler "
     "upsample_trilinear3d upsample_bicubic2d _upsample_bicubic2d_aa"},

    // look-ups and losses
    {OpKind::Embedding, playEmbedding, "embedding"},
    {OpKind::Reduction, playEmbeddingBag, "embedding_bag _embedding_bag _embedding_bag_forward_only"},
    {OpKind::NllLoss, playCrossEntropy, "cross_entropy_loss"},
    {OpKind::NllLoss, playNllLoss, "nll_loss nll_loss_nd nll_loss_forward nll_loss2d nll_loss2d_forward"},

    // activations
    {OpKind::Softmax, playPlain, "softmax _softmax _safe_softmax special_softmax _masked_softmax"},
    {OpKind::LogSoftmax, playPlain, "log_softmax _log_softmax special_log_softmax"},
    {OpKind::GeLU, playGelu, "gelu"},
    {OpKind::ReLU, playPlain, "relu"},
    {OpKind::SiLU, playPlain, "silu"},
    {OpKind::Tanh, playPlain, "tanh"},
    {OpKind::Sigmoid, playPlain, "sigmoid special_expit"},
    {OpKind::HardSigmoid, playPlain, "hardsigmoid"},
    {OpKind::HardSwish, playPlain, "hardswish"},
    {OpKind::HardTanh, playPlain, "hardtanh relu6"},
    {OpKind::LeakyReLU, playPlain, "leaky_relu prelu _prelu_kernel rrelu rrelu_with_noise"},
    {OpKind::ELU, playPlain, "elu selu celu"},
    {OpKind::Softplus, playPlain, "softplus"},
    {OpKind::Mish, playPlain, "mish"},
    {OpKind::HardTanh, playClamp, "clamp clip"},
    {OpKind::Elementwise, playDropout,
     "dropout native_dropout feature_dropout alpha_dropout feature_alpha_dropout"},

    // arithmetic
    {OpKind::Add, playBinary, "add prims.add"},
    {OpKind::Sub, playBinary, "sub subtract prims.sub"},
    {OpKind::RSub, playBinary, "rsub"},
    {OpKind::Mul, playBinary, "mul multiply prims.mul"},
    {OpKind::Div, playBinary, "div divide true_divide prims.div"},
    {OpKind::Pow, playBinary, "pow prims.pow"},
    {OpKind::Neg, playPlain, "neg negative prims.neg"},
    {OpKind::RSqrt, playPlain, "rsqrt prims.rsqrt"},
    {OpKind::Cos, playPlain, "cos prims.cos"},
    {OpKind::Sin, playPlain, "sin prims.sin"},
    {OpKind::Mean, playPlain, "mean"},
    {OpKind::ArgMax, playPlain, "argmax"},
    {OpKind::MaskedFill, playPlain, "masked_fill"},
    {OpKind::Elementwise, playExtremum, "max min"},
    {OpKind::Elementwise, playPlain,
     "abs absolute acos acosh _add_relu addcdiv addcmul addr angle arccos arccosh arcsin arcsinh arctan "
     "arctan2 arctanh asin asinh atan atan2 atanh bernoulli bitwise_and bitwise_left_shift bitwise_not "
     "bitwise_or bitwise_right_shift bitwise_xor __and__ __or__ __xor__ __lshift__ __rshift__ __iand__ "
     "__ior__ __ixor__ __ilshift__ __irshift__ bucketize ceil clamp_max clamp_min complex copysign cosh "
     "cross linalg_cross deg2rad digamma eq erf erfc erfinv exp exp2 expm1 "
     "fake_quantize_per_channel_affine fake_quantize_per_tensor_affine fix float_power floor "
     "floor_divide fmax fmin fmod frac gcd ge glu greater greater_equal gt hardshrink heaviside hypot i0 "
     "isclose isfinite isinf isnan isneginf isposinf lcm ldexp le lerp less less_equal lgamma log log10 "
     "log1p log2 log_sigmoid log_sigmoid_forward logaddexp logaddexp2 logical_and logical_not logical_or "
     "logical_xor logit lt maximum minimum nan_to_num ne nextafter not_equal outer ger kron polar "
     "rad2deg reciprocal remainder round sgn sign signbit sinc sinh softshrink special_entr special_erf "
     "special_erfc special_exp2 special_expm1 special_log1p special_sinc special_xlogy special_round "
     "sqrt square tan threshold trunc where xlogy dequantize quantize_per_tensor quantize_per_channel "
     "quantize_per_tensor_dynamic quantized.add quantized.add_relu quantized.add_scalar quantized.mul "
     "quantized.mul_relu quantized.mul_scalar quantized.hardswish quantized.leaky_relu quantized.elu "
     "quantized.sigmoid "
     "quantized_decomposed.quantize_per_tensor quantized_decomposed.dequantize_per_tensor "
     "quantized_decomposed.quantize_per_channel quantized_decomposed.dequantize_per_channel "
     "_conj_physical conj_physical _weight_norm _weight_norm_interface isin searchsorted renorm poisson "
     "binomial geometric log_normal cauchy igamma igammac polygamma mvlgamma frexp _masked_scale "
     "fake_quantize_per_tensor_affine_cachemask fake_quantize_per_channel_affine_cachemask "
     "fused_moving_avg_obs_fake_quant special_digamma special_erfcx special_erfinv special_gammaln "
     "special_i0 special_i0e special_i1 special_i1e special_log_ndtr special_logit special_ndtr "
     "special_ndtri special_polygamma special_psi special_xlog1py special_zeta special_gammainc "
     "special_gammaincc"},
    {OpKind::Reduction, playPlain,
     "all amax amin aminmax _aminmax any argmin argsort count_nonzero cummax cummin cumprod cumsum diff "
     "histc kthvalue linalg_norm linalg_vector_norm frobenius_norm logcumsumexp _logcumsumexp logsumexp "
     "special_logsumexp median mode msort nanmean nanmedian nansum norm norm_except_dim native_norm prod "
     "quantile nanquantile sort std std_mean sum topk trace var var_mean prims.var binary_cross_entropy "
     "binary_cross_entropy_with_logits huber_loss kl_div l1_loss mse_loss smooth_l1_loss "
     "soft_margin_loss poisson_nll_loss hinge_embedding_loss linalg_vecdot dist pairwise_distance "
     "trapezoid cumulative_trapezoid sum_to_size multinomial _cummax_helper _cummin_helper"},
    {OpKind::Reduction, playAccumulate, "index_add scatter_add scatter_reduce index_reduce"},

    // what moves elements
    {OpKind::Cat, playPlain,
     "cat concat concatenate stack hstack vstack dstack column_stack row_stack _stack"},
    {OpKind::Copy, playCopy,
     "clone _to_copy prims.convert_element_type repeat tile view_copy expand_copy permute_copy "
     "transpose_copy t_copy slice_copy select_copy squeeze_copy unsqueeze_copy split_copy unbind_copy "
     "split_with_sizes_copy as_strided_copy alias_copy detach_copy diagonal_copy unfold_copy narrow_copy "
     "view_as_complex_copy view_as_real_copy _reshape_copy _reshape_alias_copy _lazy_clone unsafe_split "
     "unsafe_split_with_sizes unsafe_chunk"},
    {OpKind::Copy, playCopyInto, "copy"},
    {OpKind::Movement, playPlain,
     "constant_pad_nd pad reflection_pad1d reflection_pad2d reflection_pad3d replication_pad1d "
     "replication_pad2d replication_pad3d _pad_circular _pad_enum flip fliplr flipud roll rot90 gather "
     "scatter index_select index_copy index_fill index_put _index_put_impl _unsafe_index_put take "
     "take_along_dim put select_scatter slice_scatter diagonal_scatter as_strided_scatter masked_scatter "
     "tril triu diag diag_embed diagflat block_diag pixel_shuffle pixel_unshuffle channel_shuffle "
     "native_channel_shuffle im2col col2im max_unpool2d max_unpool3d one_hot _chunk_cat "
     "pad_sequence fill_diagonal cartesian_prod slice_inverse"},
    {OpKind::Movement, playIndex, "index _unsafe_index _unsafe_masked_index"},
    {OpKind::Movement, playSelected,
     "nonzero nonzero_numpy nonzero_static argwhere masked_select _unique _unique2 unique_dim "
     "unique_consecutive unique_dim_consecutive bincount repeat_interleave combinations torchvision.nms "
     "_pack_padded_sequence _pad_packed_sequence"},

    // views, copies where strides or dtypes ask for them, and memory
    {OpKind::Copy, playView,
     "adjoint alias align_to meshgrid as_strided broadcast_to broadcast_tensors chunk conj _conj diagonal "
     "dsplit "
     "expand expand_as hsplit imag lift lift_fresh mH mT matrix_H moveaxis movedim narrow numpy_T "
     "permute positive real refine_names rename resolve_conj resolve_neg _reshape_alias select slice "
     "split split_with_sizes squeeze swapaxes swapdims t tensor_split transpose unbind unflatten unfold "
     "unsqueeze view view_as view_as_complex view_as_real vsplit _unsafe_view _conj_copy _neg_view "
     "atleast_1d atleast_2d atleast_3d requires_grad set set_data resize resize_as _tensor_to_list "
     "pin_memory data prims.broadcast_in_dim prims.view_of prims.collapse_view prims.squeeze "
     "prims.transpose"},
    {OpKind::Copy, playDetach, "detach"},
    {OpKind::Copy, playReshape, "reshape reshape_as flatten ravel"},
    {OpKind::Copy, playContiguous, "contiguous"},
    {OpKind::Copy, playConvert,
     "to type_as _to_cpu cpu cuda chalf _autocast_to_full_precision _autocast_to_reduced_precision "
     "_cast_Byte _cast_Char _cast_Double _cast_Float _cast_Half _cast_Int _cast_Long _cast_Short"},
    {OpKind::Copy, playFactory,
     "arange as_tensor bartlett_window blackman_window empty empty_like empty_permuted empty_strided eye "
     "fill zero full full_like hamming_window hann_window kaiser_window lift_fresh_copy linspace "
     "logspace new_empty new_empty_strided new_full new_ones new_zeros ones ones_like rand rand_like "
     "randint randint_like randn randn_like randperm range scalar_tensor tensor tril_indices "
     "triu_indices vander zeros zeros_like _efficientzerotensor uniform normal random exponential "
     "normal_functional prims.iota prims.empty_strided prims.fill"},
    {OpKind::Copy, playNothing,
     "size sym_size sym_numel sym_stride sym_storage_offset numel stride storage_offset dim len "
     "is_floating_point is_complex is_contiguous is_same_size _assert_async _assert_scalar "
     "_assert_tensor_metadata _functional_assert_async _functional_assert_scalar "
     "_functional_sym_constrain_range _functional_sym_constrain_range_for_size sym_constrain_range "
     "sym_constrain_range_for_size _make_dep_token _fused_sdp_choice element_size get_device result_type "
     "_version _shape_as_tensor _print record_stream warn is_leaf is_pinned is_signed is_neg is_conj "
     "is_inference is_coalesced output_nr qscheme __contains__ device dtype prim.device prim.dtype"},
    {OpKind::Copy, playValue,
     "item _local_scalar_dense is_nonzero equal allclose Bool Int Float IntImplicit FloatImplicit "
     "ScalarImplicit"},
};

using Table = std::unordered_map<std::string_view, AtenOperator>;

Table makeTable()
{
    Table table;
    for (const Row& row : rows)
        for (std::string_view rest = row.names; !rest.empty();) {
            const auto end = std::min(rest.find(' '), rest.size());
            const std::string_view name = rest.substr(0, end);
            table.emplace(name, AtenOperator{.name = name, .kind = row.kind, .play = row.play});
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    return table;
}

const Table& table()
{
    static const Table made = makeTable();
    return made;
}

} // namespace

AtenTarget atenTarget(std::string_view target)
{
    AtenTarget parts;
    const auto overload = target.rfind('.');
    const auto nameSpace = target.find('.');
    parts.name = target;
    if (overload != std::string_view::npos && overload != nameSpace)
        parts.name = target.substr(0, overload);
    if (parts.name.starts_with("aten."))
        parts.name.remove_prefix(5);
    const bool isDunder = parts.name.starts_with("__");
    parts.isInPlace = isDunder ? parts.name.starts_with("__i") && parts.name != "__invert__"
                               : parts.name.size() > 1 && parts.name.ends_with('_');
    if (parts.isInPlace && !isDunder)
        parts.name.remove_suffix(1);
    return parts;
}

AtenOperator atenOperator(std::string_view name)
{
    const auto known = table().find(name);
    return known != table().end() ? known->second : AtenOperator{.name = name};
}

} // namespace sunflop
