// SPDX-License-Identifier: GPL-3.0-or-later
// Layers that LibTorch runs on integers. Source: aten/src/ATen/native/quantized/library.cpp. A program's
// recorder writes "input", "weight" and "bias" for the object that holds the last two.
#include "core/playback/aten.h"

#include <optional>
#include <utility>
#include <vector>

namespace sunflop::aten {

namespace {

OpKind kindOf(const AtenOperator& op, std::size_t rank)
{
    const bool isTransposed = op.name.find("transpose") != std::string_view::npos;
    switch (rank) {
    case 2: return OpKind::Linear;
    case 3: return isTransposed ? OpKind::ConvTranspose1d : OpKind::Conv1d;
    case 4: return isTransposed ? OpKind::ConvTranspose2d : OpKind::Conv2d;
    case 5: return isTransposed ? OpKind::ConvTranspose3d : OpKind::Conv3d;
    default: return OpKind::Unknown;
    }
}

} // namespace

void playQuantisedLayer(Player& player, const AtenOperator& op)
{
    std::vector<Operand> inputs = player.operandsNamed({"input", "weight", "bias"});
    const Shape result = player.resultShape();
    // A convolution along one dimension is packed as one along two, of height 1.
    if (inputs.size() > 1 && inputs[1].shape.rank() == 4 && result.rank() == 3)
        inputs[1].shape = {inputs[1].shape[0], inputs[1].shape[1], inputs[1].shape[3]};
    const OpKind kind = inputs.size() < 2 ? OpKind::Unknown : kindOf(op, inputs[1].shape.rank());
    if (kind == OpKind::Unknown)
        return player.record(kind, op.name, player.operands(false));
    const OpAttributes attributes =
        kind == OpKind::Linear ? OpAttributes() : OpAttributes(ConvolutionAttributes{});
    if (op.name.find("relu") == std::string_view::npos)
        return player.record(kind, op.name, std::move(inputs), attributes);
    const Operand product = player.intermediate(kind, op.name, std::move(inputs), result, attributes);
    player.record(OpKind::ReLU, {}, {product});
}

} // namespace sunflop::aten
