// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/aten.h"

#include <utility>

namespace sunflop::aten {

namespace {

/// How cuDNN, MIOpen and oneDNN number the kinds.
OpKind kindOfMode(std::int64_t mode)
{
    return mode == 2 ? OpKind::Lstm : mode == 3 ? OpKind::Gru : OpKind::Rnn;
}

} // namespace

void playRecurrent(Player& player, const AtenOperator& op)
{
    std::vector<Operand> inputs = player.operandsNamed({"input"});
    if (inputs.empty()) { // packed sequences: the steps are in batch_sizes
        player.dependsOnValues("sequences packed for a recurrent layer");
        return player.record(OpKind::Unknown, op.name, player.operands(false));
    }
    for (Operand& weight : player.tensors("params"))
        inputs.push_back(std::move(weight));
    player.record(op.kind, op.name, std::move(inputs),
                  RecurrentAttributes{.layers = player.integer("num_layers", 1),
                                      .isBidirectional = player.flag("bidirectional"),
                                      .hasBias = player.flag("has_biases", true)});
}

void playRecurrentKernel(Player& player, const AtenOperator& op)
{
    std::vector<Operand> inputs = player.operandsNamed({"input", "weight0", "weight1", "weight2", "weight3"});
    const bool isOneLayer = inputs.size() > 1;
    if (!isOneLayer)
        for (Operand& weight : player.tensors("weight"))
            inputs.push_back(std::move(weight));
    // One call of oneDNN's is one layer in one direction, whatever module it stands in.
    player.record(kindOfMode(player.integer("mode", 2)), op.name, std::move(inputs),
                  RecurrentAttributes{.layers = isOneLayer ? 1 : player.integer("num_layers", 1),
                                      .isBidirectional = !isOneLayer && player.flag("bidirectional"),
                                      .hasBias = player.flag("has_biases", true)});
}

void playRecurrentCell(Player& player, const AtenOperator& op)
{
    const auto input = player.tensor("input");
    const std::vector<Operand> states = player.tensors("hx");
    const auto forInput = player.operandsNamed({"w_ih", "b_ih"});
    const auto forState = player.operandsNamed({"w_hh", "b_hh"});
    if (!input || states.empty() || forInput.empty() || forState.empty() || input->shape.rank() == 0 ||
        states.front().shape.rank() == 0)
        return player.record(OpKind::Unknown, op.name, player.operands(false));
    const auto gates = [&](const Operand& x, const std::vector<Operand>& weights) {
        std::vector<Operand> inputs{x};
        inputs.insert(inputs.end(), weights.begin(), weights.end());
        Shape shape = x.shape;
        shape.set(shape.rank() - 1, weights.front().shape.rank() == 2 ? weights.front().shape[0] : 0);
        return player.intermediate(OpKind::Linear, {}, std::move(inputs), shape);
    };
    const Operand fromInput = gates(*input, forInput);
    const Operand fromState = gates(states.front(), forState);
    player.record(op.kind, op.name, {fromInput, fromState});
}

} // namespace sunflop::aten
