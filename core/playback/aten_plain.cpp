// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/aten.h"

#include <algorithm>

namespace sunflop::aten {

void playPlain(Player& player, const AtenOperator& op)
{
    if (player.firstResult() == nullptr && player.operands(false).empty())
        return player.leave(); // arithmetic on numbers
    player.record(op.kind, op.name, player.operands(groupOf(op.kind) == OpGroup::Elementwise));
}

void playBinary(Player& player, const AtenOperator& op)
{
    std::vector<Operand> inputs = player.operands(true);
    if (inputs.empty() && player.firstResult() == nullptr)
        return player.leave();
    if (inputs.size() == 1) // the number may be of a kind that recorders do not keep: complex, a sum of sizes
        inputs.push_back({.dtype = player.resultDType(), .isNumber = true});
    player.record(op.kind, {}, std::move(inputs));
}

void playExtremum(Player& player, const AtenOperator& op)
{
    const bool isOfTwo = player.argument("other") != nullptr;
    player.record(isOfTwo ? OpKind::Elementwise : OpKind::Reduction, op.name, player.operands(false));
}

void playAccumulate(Player& player, const AtenOperator& op)
{
    std::vector<Operand> inputs = player.operandsNamed({"source", "src"}); // one addition for each of these
    for (Operand& operand : player.operandsNamed({"self", "index"}))
        inputs.push_back(operand);
    player.record(op.kind, op.name, std::move(inputs));
}

void playSelected(Player& player, const AtenOperator& op)
{
    const bool isByNumber = op.name == "repeat_interleave" && player.isNumber("repeats");
    const bool isGiven = player.argument("output_size") != nullptr || op.name == "nonzero_static";
    if (!isByNumber && !isGiven)
        player.dependsOnValues(op.name);
    playPlain(player, op);
}

void playIndex(Player& player, const AtenOperator& op)
{
    for (const Operand& index : player.tensors("indices"))
        if (index.dtype == DType::Bool)
            player.dependsOnValues("a mask as index");
    playPlain(player, op);
}

void playValue(Player& player, const AtenOperator& op)
{
    player.dependsOnValues(op.name);
    player.allocate();
}

void playGelu(Player& player, const AtenOperator& op)
{
    const bool isTanh = player.text("approximate") == "tanh";
    player.record(isTanh ? OpKind::GeLUTanh : op.kind, {}, player.operands(false));
}

void playClamp(Player& player, const AtenOperator& op)
{
    const bool hasBounds = player.isNumber("min") && player.isNumber("max");
    player.record(hasBounds ? OpKind::HardTanh : OpKind::Elementwise, op.name, player.operands(false));
}

void playDropout(Player& player, const AtenOperator& op)
{
    std::vector<Operand> inputs = player.operands(false);
    if (player.flag("train") || inputs.empty()) {
        player.actsAsInTraining();
        return player.record(op.kind, op.name, std::move(inputs));
    }
    player.actsAsInInference();
    player.share(inputs.front());
}

void playNllLoss(Player& player, const AtenOperator& op)
{
    player.record(op.kind, {}, player.operandsNamed({"self", "target"}));
}

void playCrossEntropy(Player& player, const AtenOperator& op)
{
    const auto logits = player.tensor("self");
    const auto target = player.tensor("target");
    if (!logits || !target)
        return player.record(OpKind::Unknown, op.name, player.operands(false));
    const Operand logs = player.intermediate(OpKind::LogSoftmax, {}, {*logits}, logits->shape);
    player.record(op.kind, {}, {logs, *target});
}

void playEmbedding(Player& player, const AtenOperator& op)
{
    player.record(op.kind, {}, player.operandsNamed({"indices", "weight"}));
}

void playEmbeddingBag(Player& player, const AtenOperator& op)
{
    const auto table = player.tensor("weight");
    const auto indices = player.tensor("indices");
    if (!table || !indices || table->shape.rank() != 2 || indices->shape.rank() == Shape::maxRank)
        return player.record(OpKind::Unknown, op.name, player.operands(false));
    Operand rows = *table; // the rows that are summed, read where they lie
    rows.shape = indices->shape;
    rows.shape.append(table->shape[1]);
    player.record(op.kind, op.name, {rows, *indices});
}

} // namespace sunflop::aten
