// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/aten.h"

#include <algorithm>

namespace sunflop::aten {

namespace {

/// "upsample_bilinear2d" works on two dimensions: the last digit of a name.
std::int64_t spatialRank(std::string_view name)
{
    const auto digit = name.find_last_of("123");
    return digit == std::string_view::npos ? 1 : name[digit] - '0';
}

std::int64_t elements(const Shape& shape)
{
    return shape.elements().value();
}

void recordNorm(Player& player, OpKind kind, const NormAttributes& attributes)
{
    player.record(kind, {}, player.operandsNamed({"input", "weight", "bias"}), attributes);
}

void playBatchNorm(Player& player, const AtenOperator& op)
{
    const auto input = player.tensor("input");
    const bool hasFlag = player.argument("training") != nullptr || player.argument("train") != nullptr;
    const bool isTraining = hasFlag ? player.flag("training") || player.flag("train")
                                    : op.name.find("update") != std::string_view::npos &&
                                          op.name.find("no_update") == std::string_view::npos;
    // Without statistics of its own it uses those of its batch in either mode.
    if (player.tensor("running_mean"))
        isTraining ? player.actsAsInTraining() : player.actsAsInInference();
    recordNorm(
        player, op.kind,
        {.rows = input && input->shape.rank() > 1 ? input->shape[1] : 0, .usesStatistics = !isTraining});
}

/// layer_norm, rms_norm
void playRowNorm(Player& player, const AtenOperator& op)
{
    const auto input = player.tensor("input");
    Count row = 1;
    for (const std::int64_t size : player.integers("normalized_shape"))
        row *= size;
    const std::int64_t rows = input && row > Count(0) ? elements(input->shape) / row.value() : 0;
    recordNorm(player, op.kind, {.rows = rows});
}

void playGroupNorm(Player& player, const AtenOperator& op)
{
    const auto input = player.tensor("input");
    const std::int64_t groups = player.integer("num_groups", player.integer("group", 1));
    const std::int64_t samples = input && input->shape.rank() > 0 ? input->shape[0] : 1;
    recordNorm(player, op.kind, {.rows = (Count(samples) * groups).value()});
}

void playInstanceNorm(Player& player, const AtenOperator& op)
{
    const auto input = player.tensor("input");
    const Shape shape = input ? input->shape : Shape();
    const Count rows = shape.rank() > 1 ? Count(shape[0]) * shape[1] : Count(1);
    recordNorm(player, op.kind,
               {.rows = rows.value(), .usesStatistics = !player.flag("use_input_stats", true)});
}

} // namespace

void playNorm(Player& player, const AtenOperator& op)
{
    switch (op.kind) {
    case OpKind::BatchNorm: return playBatchNorm(player, op);
    case OpKind::GroupNorm: return playGroupNorm(player, op);
    case OpKind::InstanceNorm: return playInstanceNorm(player, op);
    default: return playRowNorm(player, op);
    }
}

void playPool(Player& player, const AtenOperator& op)
{
    const std::vector<std::int64_t> kernel = player.integers("kernel_size");
    Count window = kernel.empty() ? 0 : 1;
    for (std::int64_t i = 0; !kernel.empty() && i < spatialRank(op.name); ++i)
        window *= kernel[std::min(static_cast<std::size_t>(i), kernel.size() - 1)];
    player.record(op.kind, op.name, player.operandsNamed({"self"}), PoolAttributes{window.value()});
}

void playInterpolate(Player& player, const AtenOperator& op)
{
    const auto has = [&](std::string_view part) { return op.name.find(part) != std::string_view::npos; };
    const std::int64_t perDimension = has("nearest") ? 1 : has("bicubic") ? 4 : 2;
    const bool isGrid = has("grid"); // its mode is a number: bilinear, nearest, bicubic
    constexpr std::int64_t gridTaps[] = {2, 1, 4};
    const std::int64_t mode = std::clamp<std::int64_t>(player.integer("interpolation_mode"), 0, 2);
    const auto input = player.tensor(isGrid ? "input" : "self");
    const auto rank =
        isGrid && input ? static_cast<std::int64_t>(input->shape.rank()) - 2 : spatialRank(op.name);
    std::int64_t taps = 1;
    for (std::int64_t i = 0; i < rank; ++i)
        taps *= isGrid ? gridTaps[mode] : perDimension;
    const bool isByFactor = player.argument("scale_factors") != nullptr ||
                            player.argument("scales") != nullptr || player.argument("scales_h") != nullptr;
    std::vector<Operand> inputs = player.operandsNamed({"self"});
    if (inputs.empty())
        inputs = player.operandsNamed({"input"}); // the overloads of TorchScript
    player.record(op.kind, op.name, std::move(inputs),
                  InterpolateAttributes{.taps = taps, .isByFactor = isByFactor, .isByGrid = isGrid});
}

} // namespace sunflop::aten
