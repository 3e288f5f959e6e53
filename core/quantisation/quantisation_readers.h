// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Readers of the quantization_config of one method each.

#include "core/model/config.h"
#include "core/quantisation/quantisation.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop::quantised {

// Errors about keys stay in the reader; what a reader returns then does not matter.
Result<Quantisation> gptq(ConfigReader& keys);
Result<Quantisation> awq(ConfigReader& keys);
Result<Quantisation> autoRound(ConfigReader& keys);
Result<Quantisation> bitsandbytesConfig(ConfigReader& keys);
Result<Quantisation> fp8(ConfigReader& keys);
Result<Quantisation> fbgemm(ConfigReader& keys);
Result<Quantisation> compressedTensors(ConfigReader& keys);
Result<Quantisation> modelopt(ConfigReader& keys);
Result<Quantisation> quark(ConfigReader& keys);
Result<Quantisation> mxfp4(ConfigReader& keys);
Result<Quantisation> mlx(ConfigReader& keys);
Result<Quantisation> hqq(ConfigReader& keys);
Result<Quantisation> torchao(ConfigReader& keys);
Result<Quantisation> eetq(ConfigReader& keys);
Result<Quantisation> quanto(ConfigReader& keys);
Result<Quantisation> aqlm(ConfigReader& keys);
Result<Quantisation> bitnet(ConfigReader& keys);

/// A method whose format has this id, its rules as they are made.
Quantisation methodOf(const WeightFormat& format, std::string_view title);

/// Puts the modules of these lists in front of all rules: they stay as they are.
Result<void> keep(Quantisation& method, std::span<const std::string> modules);
/// The same for all lists that the keys name, as far as they are there.
Result<void> keep(Quantisation& method, ConfigReader& keys, std::span<const std::string_view> lists);

/// A module that a config names, and the format of its weights; nothing: they stay as they are.
struct NamedFormat {
    std::string module;
    std::optional<WeightFormat> format;
};
/// One rule for all modules of a format: configs may name every layer.
Result<std::vector<StorageRule>> rulesOf(std::span<const NamedFormat> modules,
                                         const std::vector<WeightKind>& kinds);

/// Rules for every torch.nn.Linear but the head, as loaders replace them, and for stacked experts.
std::vector<StorageRule> everyLinear(const WeightFormat& format);
/// Rules for the matrices of the language model's layers.
std::vector<StorageRule> everyLayerMatrix(const WeightFormat& format);

/// Bits of a key; other numbers than these are the reader's error.
std::int64_t bitsIn(ConfigReader& keys, std::string_view key, std::int64_t fallback,
                    std::span<const std::int64_t> allowed);
/// Inputs that share a scale; -1, and null where a method means the same, are all of an output: 0.
std::int64_t groupIn(ConfigReader& keys, std::string_view key, std::int64_t fallback);
/// A list's texts, those of lists in it included.
std::vector<std::string> textsIn(const Config& config, std::string_view key);

tl::unexpected<Error> unknown(std::string_view what, std::string_view name);

} // namespace sunflop::quantised
