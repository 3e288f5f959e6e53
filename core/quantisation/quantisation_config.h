// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// quantization_config of a config.json: the method that it describes, its settings, and what it leaves out.

#include "core/model/config.h"
#include "core/quantisation/quantisation.h"

#include <optional>
#include <string>

namespace sunflop {

/// The name that a quantization_config gives its method: "gptq", "mlx"; empty where it gives none.
std::string methodName(const Config& object);

/// The method of a quantization_config, its id saying bits and groups as those of quantisations() do. Unknown
/// methods and layouts are Unsupported errors that name them.
Result<Quantisation> readQuantisation(const Config& object);

/// The dtype that a quantization_config wants keys and values to be cached in; nothing: it does not say, or
/// in another way than fp8.
std::optional<DType> cacheDType(const Config& object);

} // namespace sunflop
