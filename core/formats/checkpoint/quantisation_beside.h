// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Quantisers that describe what they did in a file of their own beside config.json.

#include "core/formats/format.h"

namespace sunflop {

/// The config in the text of a config.json that lies beside `file`, or is it. Where it tells of no
/// quantisation, what another file there tells is its "quantization_config": hf_quant_config.json of
/// ModelOpt, quantize_config.json of AutoGPTQ, quant_config.json of AutoAWQ.
Result<Config> parseConfig(std::string_view text, const OpenedFile& file);

} // namespace sunflop
