// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/aten.h"

#include "core/operators/operator.h"

#include <unordered_map>

namespace sunflop {

namespace {

using namespace aten;

using Play = void (*)(Player&, const AtenOperator&);

/// How calls are played that are one operator and nothing else: ATen's names in the operator's row.
Play playOf(OpKind kind)
{
    switch (kind) {
    case OpKind::Bilinear: return playBilinear;
    case OpKind::GeLU: return playGelu;
    case OpKind::Pow: return playBinary;
    case OpKind::NllLoss: return playNllLoss;
    case OpKind::Copy: return playCopy;
    default: break;
    }
    switch (groupOf(kind)) {
    case OpGroup::Linear: return playLinear;
    case OpGroup::Product: return playProduct;
    case OpGroup::AddedProduct: return playAddedProduct;
    case OpGroup::Convolution:
    case OpGroup::TransposedConvolution: return playConvolution;
    case OpGroup::Attention: return playAttention;
    case OpGroup::Recurrence: return playRecurrent;
    case OpGroup::RecurrentCell: return playRecurrentCell;
    case OpGroup::Lookup: return playEmbedding;
    case OpGroup::Norm: return playNorm;
    case OpGroup::Pool:
    case OpGroup::AdaptivePool: return playPool;
    case OpGroup::Interpolation: return playInterpolate;
    case OpGroup::Addition:
    case OpGroup::Subtraction:
    case OpGroup::Multiplication:
    case OpGroup::Division: return playBinary;
    default: return playPlain;
    }
}

/// Calls that come to several operators, to one of several, or to none; names stand between blanks.
struct Calls {
    OpKind kind;
    Play play;
    std::string_view names;
};

constexpr Calls calls[] = {
    // products
    {OpKind::MatMul, playFoldedProduct, "inner tensordot addbmm addmv"},
    {OpKind::MatMul, playEinsum, "einsum"},
    {OpKind::Linear, playPackedLinear,
     "_weight_int8pack_mm _weight_int4pack_mm _weight_int4pack_mm_for_cpu "
     "_weight_int4pack_mm_with_scales_and_zeros _dyn_quant_matmul_4bit"},
    {OpKind::MatMul, playGroupedProduct, "_grouped_mm _scaled_grouped_mm _scaled_grouped_mm_v2"},
    {OpKind::Conv2d, playConvolution,
     "convolution _convolution _convolution_mode convolution_overrideable cudnn_convolution "
     "cudnn_convolution_relu cudnn_convolution_transpose miopen_convolution miopen_convolution_relu "
     "miopen_convolution_transpose miopen_depthwise_convolution mkldnn_convolution _mps_convolution "
     "_mps_convolution_transpose slow_conv3d slow_conv3d_forward slow_conv_dilated2d slow_conv_dilated3d "
     "slow_conv_transpose2d slow_conv_transpose3d thnn_conv2d _slow_conv2d_forward _conv_depthwise2d "
     "conv_depthwise3d torchvision.deform_conv2d"},
    {OpKind::Conv1d, playConvTbc, "conv_tbc"},
    {OpKind::Linear, playQuantisedLayer,
     "quantized.linear quantized.linear_relu quantized.linear_dynamic quantized.linear_relu_dynamic "
     "quantized.linear_dynamic_fp16 quantized.linear_relu_dynamic_fp16 quantized.conv1d "
     "quantized.conv1d_relu quantized.conv2d quantized.conv2d_relu quantized.conv3d "
     "quantized.conv3d_relu quantized.conv1d_dynamic quantized.conv2d_dynamic quantized.conv3d_dynamic "
     "quantized.conv_transpose1d quantized.conv_transpose2d quantized.conv_transpose3d"},

    // attention and recurrence
    {OpKind::ScaledDotProductAttention, playFlashAttention,
     "_flash_attention_forward _efficient_attention_forward _cudnn_attention_forward"},
    {OpKind::ScaledDotProductAttention, playMultiHeadAttention,
     "_native_multi_head_attention _triton_multi_head_attention"},
    {OpKind::Linear, playEncoderLayer, "_transformer_encoder_layer_fwd"},
    {OpKind::Lstm, playRecurrentKernel, "mkldnn_rnn_layer _cudnn_rnn miopen_rnn"},

    // look-ups, losses and functions of elements
    {OpKind::Reduction, playEmbeddingBag, "embedding_bag _embedding_bag _embedding_bag_forward_only"},
    {OpKind::NllLoss, playCrossEntropy, "cross_entropy_loss"},
    {OpKind::HardTanh, playClamp, "clamp clip"},
    {OpKind::Elementwise, playDropout,
     "dropout native_dropout feature_dropout alpha_dropout feature_alpha_dropout"},
    {OpKind::Elementwise, playExtremum, "max min"},
    {OpKind::Reduction, playAccumulate, "index_add scatter_add scatter_reduce index_reduce"},

    // what moves elements
    {OpKind::Copy, playCopyInto, "copy"},
    {OpKind::Movement, playIndex, "index _unsafe_index _unsafe_masked_index"},
    {OpKind::Movement, playSelected,
     "nonzero nonzero_numpy nonzero_static argwhere masked_select _unique _unique2 unique_dim "
     "unique_consecutive unique_dim_consecutive bincount repeat_interleave combinations torchvision.nms "
     "_pack_padded_sequence _pad_packed_sequence"},

    // views, copies where strides or dtypes ask for them, and memory
    {OpKind::Copy, playView,
     "adjoint alias align_to meshgrid as_strided broadcast_to broadcast_tensors chunk conj _conj "
     "diagonal dsplit expand expand_as hsplit imag lift lift_fresh mH mT matrix_H moveaxis movedim "
     "narrow numpy_T permute positive real refine_names rename resolve_conj resolve_neg _reshape_alias "
     "select slice split split_with_sizes squeeze swapaxes swapdims t tensor_split transpose unbind "
     "unflatten unfold unsqueeze view view_as view_as_complex view_as_real vsplit _unsafe_view "
     "_conj_copy _neg_view atleast_1d atleast_2d atleast_3d requires_grad set set_data resize resize_as "
     "_tensor_to_list pin_memory data prims.broadcast_in_dim prims.view_of prims.collapse_view "
     "prims.squeeze prims.transpose"},
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

void add(Table& table, const Calls& added)
{
    for (std::string_view rest = added.names; !rest.empty();) {
        const auto end = std::min(rest.find(' '), rest.size());
        const std::string_view name = rest.substr(0, end);
        table.emplace(name, AtenOperator{.name = name, .kind = added.kind, .play = added.play});
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

Table makeTable()
{
    Table table;
    for (std::size_t i = 0; i < allOperators().size(); ++i) {
        const auto kind = static_cast<OpKind>(i);
        add(table, {kind, playOf(kind), allOperators()[i].aten});
    }
    for (const Calls& each : calls)
        add(table, each);
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
