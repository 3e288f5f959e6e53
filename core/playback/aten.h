// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// PyTorch's operators by name, and the rules that play them.

#include "core/playback/player.h"

#include <string_view>

namespace sunflop {

/// A target of a recorded call, taken apart: "aten.add_.Tensor".
struct AtenTarget {
    std::string_view name;  ///< "add"; of other namespaces than aten with it: "torchvision.nms"
    bool isInPlace = false; ///< writes to "self"
};
AtenTarget atenTarget(std::string_view target);

/// The operator of this name, by its row or as what its calls come to; one without a rule where it is not
/// known. Covers what graphs of torch.export (before and after decomposition) and TorchScript's interpreter
/// hold, as of PyTorch 2.1 to 2.11. Source: native_functions.yaml.
AtenOperator atenOperator(std::string_view name);

/// Rules of operators that are more than one look at their operands. Each plays the present call.
namespace aten {

void playLinear(Player& player, const AtenOperator& op);
void playAddedProduct(Player& player, const AtenOperator& op);  ///< addmm, baddbmm
void playProduct(Player& player, const AtenOperator& op);       ///< mm, bmm, matmul, mv, dot
void playFoldedProduct(Player& player, const AtenOperator& op); ///< inner, tensordot, addbmm, addmv
void playBilinear(Player& player, const AtenOperator& op);
void playEinsum(Player& player, const AtenOperator& op);
void playPackedLinear(Player& player, const AtenOperator& op); ///< weights in a layout of the kernel's own
void playGroupedProduct(Player& player, const AtenOperator& op);
void playConvolution(Player& player, const AtenOperator& op);
void playConvTbc(Player& player, const AtenOperator& op);
void playQuantisedLayer(Player& player, const AtenOperator& op); ///< with the ReLU behind it

void playAttention(Player& player, const AtenOperator& op);
void playFlashAttention(Player& player, const AtenOperator& op); ///< heads behind positions
void playMultiHeadAttention(Player& player, const AtenOperator& op);
void playEncoderLayer(Player& player, const AtenOperator& op);

void playRecurrent(Player& player, const AtenOperator& op);
void playRecurrentKernel(Player& player, const AtenOperator& op); ///< mkldnn_rnn_layer, _cudnn_rnn
void playRecurrentCell(Player& player, const AtenOperator& op);

void playNorm(Player& player, const AtenOperator& op);
void playPool(Player& player, const AtenOperator& op);
void playInterpolate(Player& player, const AtenOperator& op);
void playEmbedding(Player& player, const AtenOperator& op);
void playEmbeddingBag(Player& player, const AtenOperator& op);
void playGelu(Player& player, const AtenOperator& op);
void playClamp(Player& player, const AtenOperator& op);
void playDropout(Player& player, const AtenOperator& op);
void playCrossEntropy(Player& player, const AtenOperator& op);
void playNllLoss(Player& player, const AtenOperator& op);

void playNothing(Player& player, const AtenOperator& op);
void playView(Player& player, const AtenOperator& op);
void playDetach(Player& player, const AtenOperator& op);
void playReshape(Player& player, const AtenOperator& op); ///< a view where strides allow it, else a copy
void playContiguous(Player& player, const AtenOperator& op);
void playConvert(Player& player, const AtenOperator& op); ///< free where the dtype stays
void playCopy(Player& player, const AtenOperator& op);
void playFactory(Player& player, const AtenOperator& op);
void playPlain(Player& player, const AtenOperator& op);      ///< the operands as they stand
void playBinary(Player& player, const AtenOperator& op);     ///< two operands, numbers included
void playExtremum(Player& player, const AtenOperator& op);   ///< max, min: of two tensors or of one
void playCopyInto(Player& player, const AtenOperator& op);   ///< copy_
void playAccumulate(Player& player, const AtenOperator& op); ///< index_add, scatter_add
void playSelected(Player& player, const AtenOperator& op);   ///< as many results as values say
void playIndex(Player& player, const AtenOperator& op);
void playValue(Player& player, const AtenOperator& op); ///< a tensor's value becomes a number

} // namespace aten

} // namespace sunflop
