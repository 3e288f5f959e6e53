// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a printed report gets wrong: the run behind it, counted as the report's tool does and exactly.

#include "core/audit/inference.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sunflop {

/// Why the two counts of some operators differ; callers word it.
enum class Cause : std::uint8_t {
    NormPairedFromLeft, ///< the norm's weight times its input counts the width twice; pow, mean, rsqrt unseen
    ProductPairedFromLeft, ///< the same for another vector times a tensor
    LinearBias,            ///< additions that are never counted
    FusedAttention,        ///< a call that is not replaced
    Softmax,               ///< unseen as a method, 1 per element as a function
    Activation,            ///< unseen where the function was kept, 1 per element otherwise
    LayerNorm,             ///< 5 per element
    Negation,              ///< unary minus unseen
    Trigonometry,          ///< cos and sin unseen
    Subtraction,           ///< unseen
    Interpolation,         ///< counts the size argument, where nothing is resampled
    OtherOperator,
    TowerNotRun,    ///< printed as zero because this run had no image: what one tile would cost
    TrainingLines,  ///< three times the forward, whatever was run
    FusedIfDense,   ///< no mistake: fused attention counted over the full square of pairs
    DenseAttention, ///< no mistake: an eager kernel computes pairs that a causal one need not
    AllLogits,      ///< no mistake: the head saw positions that generating does not need
};

/// Whether a cause is the run's own doing rather than a miscount.
bool isObservation(Cause cause);

/// Operators that the two counts value differently, all instances and steps together.
struct Finding {
    Cause cause{};
    std::string subject; ///< class or operator: "Qwen2RMSNorm", "softmax"
    std::string path;    ///< of the first module concerned
    Count modules;       ///< instances concerned
    Work printed;        ///< as the report's tool counts
    Work exact;
};

struct Audit {
    Inference inference;
    Work printedTotal; ///< forward, as the report's tool counts the inferred run
    Work exactTotal;
    std::vector<Finding> findings; ///< largest difference in FLOPs first; observations after all mistakes
};

/// Infers the run behind a report and compares the two counts of it.
Result<Audit> audit(const Source& source);

} // namespace sunflop
