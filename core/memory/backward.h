// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Live bytes of a training step's backward, and what its forward has to keep for it.

#include "core/memory/liveness.h"
#include "core/operators/saved.h"

#include <cstdint>
#include <vector>

namespace sunflop {

/// Which calls have a gradient: those whose result the loss depends on, by a way along which gradients are
/// required. The loss is what the phase leaves to its caller; without a result that requires a gradient, it
/// is the last call's.
std::vector<bool> callsWithGradient(const Trace& trace, std::int32_t phase);

/// What each call keeps. With `checkpoints` a block that hands its result on keeps its `carried` memory
/// alone, and `blocks` says what it keeps once its forward is computed again.
struct Kept {
    KeptForBackward forward;
    KeptForBackward blocks;
    Count bytes; ///< all of `forward`, every pass of every block: torch's saved tensors, parameters left out
};
Kept keptForBackward(const Trace& trace, const Liveness& liveness, const std::vector<bool>& hasGradient,
                     bool checkpoints);

/// Where gradients of parameters go.
struct GradientMemory {
    std::int64_t sharers = 1; ///< devices that keep a part each, once a gradient is whole
    bool appear = true;       ///< false: they are written to memory that is there already
};

/// Walks the calls of a forward from the last to the first. Gradients of activations live from the backward
/// of the first reader to that of the call that made them; gradients of parameters stay. A block that stands
/// for several passes is walked once and its balance counted for each.
class Backward {
public:
    /// All must outlive this. `liveness` walks blocks again where they are computed again.
    Backward(const Trace& trace, Liveness& liveness, const Kept& kept, const std::vector<bool>& hasGradient,
             bool checkpoints, const GradientMemory& gradients = {});

    /// `live` is what the forward left; returns what is left at the end, gradients of parameters included.
    Count walk(Count live);

    /// By call of the phase: bytes while its backward runs.
    const std::vector<Count>& liveBytes() const { return m_live; }
    /// Gradients of parameters that the backward made, tied ones once; this device's part.
    Count gradientBytes() const { return m_gradientBytes; }
    /// The same while a call's backward runs, by call of the phase.
    const std::vector<Count>& gradientBytesAt() const { return m_gradientBytesAt; }

private:
    /// A gradient's memory, shared by those that it is passed on to.
    struct Buffer {
        Count bytes;
        int references = 0;
    };

    /// What the backward of one call does to the live bytes.
    struct Change {
        Count added;     ///< lives on
        Count transient; ///< beside it, until the call ends
        Count released;  ///< at its end
    };

    Count walkCalls(std::int32_t first, std::int32_t end, std::int32_t outer, Count live);
    Count walkBlock(std::int32_t block, std::int32_t outer, Count live);
    std::int32_t blockEndingAt(std::int32_t end, std::int32_t outer) const;
    Count handBack(const Block& block, Count live);
    Count freedOutside(std::size_t deferredBefore, std::int32_t outer);
    Count callBytes(std::int32_t call, std::int32_t outer, Count live);
    void addGradient(const Op& op, std::size_t input, Change& change);
    void addParameterGradient(const Op& op, const Operand& operand, Change& change);
    std::int32_t& gradientOf(std::int32_t storage);
    void accumulate(std::int32_t storage, std::int32_t buffer, Change& change);
    Count freedBy(std::int32_t call, std::int32_t outer);

    const Trace& m_trace;
    Liveness& m_liveness;
    const Kept& m_kept;
    const std::vector<bool>& m_hasGradient;
    bool m_checkpoints = false;
    GradientMemory m_gradients;
    std::vector<Buffer> m_buffers;
    std::vector<std::int32_t> m_gradient;     ///< by storage: index of its buffer; -1: none yet
    std::vector<std::int32_t> m_tiedGradient; ///< the same by tied group
    std::vector<std::int32_t> m_outermostEnd; ///< by end call: the outermost block that ends there; -1: none
    std::vector<std::int32_t> m_deferred;     ///< storages that end inside a block but were made before it
    std::vector<Count> m_live;
    std::vector<Count> m_gradientBytesAt;
    Count m_gradientBytes;
    bool m_recomputed = false; ///< inside a block that was computed again
};

} // namespace sunflop
