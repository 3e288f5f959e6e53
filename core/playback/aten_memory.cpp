// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/aten.h"
#include "core/playback/strides.h"

namespace sunflop::aten {

namespace {

/// The tensor that a call is about: the first in its schema.
std::optional<Operand> subject(Player& player)
{
    for (const std::string_view name : {"self", "input", "a"})
        if (auto operand = player.tensor(name))
            return operand;
    std::vector<Operand> all = player.operands(false);
    return all.empty() ? std::nullopt : std::optional(std::move(all.front()));
}

const RecordedTensor* recordedSubject(const Player& player)
{
    for (const std::string_view name : {"self", "input", "a"})
        if (const RecordedTensor* tensor = player.recordedTensor(name))
            return tensor;
    return nullptr;
}

Layout layoutOf(const Player& player, const RecordedTensor& tensor)
{
    return {player.sizesOf(tensor.sizes), player.sizesOf(tensor.strides)};
}

/// What a recorder that knows memory says of the result: nothing if it does not know.
std::optional<bool> sharesMemory(const Player& player)
{
    const RecordedTensor* from = recordedSubject(player);
    const RecordedTensor* result = player.firstResult();
    if (from == nullptr || result == nullptr || from->memory < 0 || result->memory < 0)
        return std::nullopt;
    return from->memory == result->memory;
}

void shareOrCopy(Player& player, bool isFree)
{
    const auto from = subject(player);
    if (from && sharesMemory(player).value_or(isFree))
        player.share(*from);
    else if (from)
        player.record(OpKind::Copy, {}, {*from});
    else
        player.allocate();
}

} // namespace

void playNothing(Player& player, const AtenOperator&)
{
    player.allocate();
}

void playView(Player& player, const AtenOperator&)
{
    if (const auto from = subject(player))
        player.share(*from);
    else
        player.allocate();
}

void playDetach(Player& player, const AtenOperator&)
{
    auto from = subject(player);
    if (!from)
        return player.allocate();
    from->requiresGradient = false;
    player.share(*from);
}

void playReshape(Player& player, const AtenOperator&)
{
    const RecordedTensor* from = recordedSubject(player);
    const RecordedTensor* result = player.firstResult();
    shareOrCopy(player, from == nullptr || result == nullptr ||
                            isViewable(layoutOf(player, *from), player.sizesOf(result->sizes)));
}

void playContiguous(Player& player, const AtenOperator&)
{
    const RecordedTensor* from = recordedSubject(player);
    const RecordedTensor* result = player.firstResult();
    shareOrCopy(player, from == nullptr || result == nullptr ||
                            isSameLayout(layoutOf(player, *from), layoutOf(player, *result)));
}

void playConvert(Player& player, const AtenOperator&)
{
    const RecordedTensor* from = recordedSubject(player);
    const RecordedTensor* result = player.firstResult();
    shareOrCopy(player,
                !player.flag("copy") && (from == nullptr || result == nullptr ||
                                         (from->dtype == result->dtype &&
                                          isSameLayout(layoutOf(player, *from), layoutOf(player, *result)))));
}

void playCopy(Player& player, const AtenOperator&)
{
    shareOrCopy(player, false);
}

void playCopyInto(Player& player, const AtenOperator& op)
{
    const std::string_view name = op.name == opName(op.kind) ? std::string_view() : op.name;
    std::vector<Operand> inputs = player.operandsNamed({"src"});
    player.record(OpKind::Copy, name, std::move(inputs));
}

void playFactory(Player& player, const AtenOperator&)
{
    const auto self = player.tensor("self");
    if (player.isInPlace() && self)
        player.share(*self);
    else
        player.allocate();
}

} // namespace sunflop::aten
