// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The classes of transformers that stand on a decoder: XForCausalLM and the classifiers, by "architectures".

#include "core/families/bricks/decoder.h"

#include <string>

namespace sunflop {

/// Reads "architectures", and what the class that it names needs besides: labels and dropout. Without the key
/// the class is XForCausalLM.
void readHead(ConfigReader& config, Decoder& decoder);

/// "Qwen2ForTokenClassification", or "Qwen2Model" for the decoder alone.
std::string className(const Decoder& decoder);

/// The first release that has it, in a layout that is known.
Version oldestRelease(const Decoder& decoder);

/// How a release lays such a class out.
struct HeadLayout {
    std::string_view base = "model"; ///< attribute that holds XModel
    bool headIsFirst = false;        ///< the head is registered before XModel
};
HeadLayout headLayout(const Decoder& decoder, Version transformers);

/// What the class does behind XModel, as the current module, with states [batch, tokens, hidden]: head, loss
/// in training, and what the caller gets.
void runHead(Tracer& t, const Decoder& decoder, const Workload& workload, Tensor states);

} // namespace sunflop
