// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The module tree of a model as PyTorch would print it, and the parameters it holds.

#include "core/base/count.h"
#include "core/base/dtype.h"
#include "core/base/shape.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sunflop {

/// What a module is for, the key by which views colour and charts group.
enum class Role : std::uint8_t {
    Other,
    Embedding,
    Attention,
    Mlp,
    Norm,
    Activation,
    Conv,
    Head,
    Projector,
    Router,
};
inline constexpr std::size_t roleCount = 10;

/// "attention", "mlp", ...
std::string_view roleName(Role role);

/// One module, or a run of equal siblings that is kept once. In Trace::modules a subtree is the index range
/// [own index, end); children stand in PyTorch's registration order.
struct Module {
    std::string name;      ///< attribute name; of a run, the first sibling's ("0")
    std::string className; ///< "Qwen2Attention"
    std::string detail;    ///< what extra_repr() prints: "in_features=2048, out_features=256, bias=True"
    Role role = Role::Other;
    std::int32_t parent = -1;
    std::int32_t end = 0;
    std::int64_t repeat = 1;  ///< equal siblings this entry stands for: name, name + 1, ...
    std::int64_t visited = 1; ///< of those, how many one token passes through (fewer only for routed experts)
    bool isContainer = false; ///< only iterated, never called (ModuleList): printed without figures
    bool ran = false;         ///< called at least once under this workload

    /// "0-35" for a run of 36, else the plain name.
    std::string label() const;
};

/// One parameter or buffer of one module.
struct Parameter {
    std::int32_t module = 0;
    std::string name; ///< "weight"
    Shape shape;
    DType dtype = DType::BF16;
    bool trainable = true;
    bool isAdapter = false; ///< stands beside the model, and is in none of its checkpoints
    bool isBuffer = false;  ///< counted in bytes, never as parameters, never trained: batch norm's statistics
    std::int32_t tieGroup = -1; ///< parameters of one group are the same tensor; -1: its own
    std::int64_t experts = 1;   ///< equal parts of it, one for each routed expert
    std::int64_t visited = 1;   ///< of those, how many one token passes

    /// Elements that count as parameters.
    Count params() const { return isBuffer ? Count(0) : shape.elements(); }
    /// Of those, what one token passes.
    Count activeParams() const
    {
        const std::int64_t all = params().value();
        return experts == visited ? Count(all)
                                  : Count(all / experts) * visited + all % experts * visited / experts;
    }
    /// Whether a training step makes a gradient for it and updates it.
    bool isTrained() const { return trainable && !isBuffer; }
};

} // namespace sunflop
