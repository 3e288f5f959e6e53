// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Per-module costs under one convention, flat in pre-order: the one thing that views and exporters show.

#include "core/conventions/convention.h"
#include "core/model/trace.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// Everything that is summed over modules.
struct Costs {
    Count params;       ///< tied parameters once
    Count activeParams; ///< of those, what one token passes: without the experts it does not visit
    Work forward;
    Work backward; ///< gradients of one forward; nothing is trained while generating
    Count weightBytes;
    Count kvCacheBytes; ///< at the end of the run, all sequences
    /// On a device. cost() leaves these at zero, apportion() fills them in.
    Count peakBytes;   ///< weights, states, cache and activations at the peak
    Count savedBytes;  ///< kept for the backward
    Count nanoseconds; ///< of the whole run

    friend Costs operator+(const Costs& a, const Costs& b);
    friend Costs operator*(const Costs& a, Count n);
};

/// One module; its index is the module's index in the trace and its subtree the index range [own index, end).
struct CostNode {
    std::int32_t parent = -1;
    std::int32_t row = 0; ///< among its siblings
    std::int32_t end = 0;
    std::int64_t repeat = 1;    ///< equal siblings it stands for
    std::int64_t instances = 1; ///< repeats of itself and of all ancestors
    std::int32_t firstOwn = -1; ///< index in CostTree::own; -1: no parts, as of a module without children
    Costs self;                 ///< one instance's own parameters and calls
    Costs each;                 ///< one instance with everything below it
    Costs total;                ///< all instances
};

/// What a part of a module's own is: calls of one operator, a parameter or buffer, or what belongs to
/// neither.
enum class OwnKind : std::uint8_t { Operator, Tensor, Other };

/// "operator", "tensor", "other".
std::string_view ownKindName(OwnKind kind);

/// Which of a module's own parts is meant; the same in every run of the module.
struct OwnKey {
    OwnKind kind = OwnKind::Other;
    std::string name;

    friend bool operator==(const OwnKey&, const OwnKey&) = default;
};

/// One part of what a module with children computes or holds itself. Children and own parts sum to their
/// module's total, unless children share a tensor.
struct OwnPart {
    std::int32_t module = 0;
    OwnKind kind = OwnKind::Other;
    std::string name;      ///< nameOf() the calls, or of the tensor, else "own"
    Count calls;           ///< of an operator: of all instances, over all steps
    bool isCounted = true; ///< false: the convention has no rule for the operator
    Costs total;           ///< all instances

    bool is(const OwnKey& key) const { return kind == key.kind && name == key.name; }
    OwnKey key() const { return {kind, name}; }
};

/// Calls of one operator by one module that the convention has no rule for.
struct Uncounted {
    std::int32_t module = 0;
    OpKind kind{};
    std::string_view name; ///< nameOf() the calls; lives as long as the trace
    Count calls;           ///< of all instances, over all steps
};

/// Node 0 is the model. Values only; made anew whenever an input changes.
struct CostTree {
    std::vector<CostNode> nodes;
    std::vector<Uncounted> uncounted; ///< in module order, one entry per module and operator's name
    /// In module order: operators in the order of their first calls, tensors, then one of the rest, which may
    /// be nothing. Empty where calls are not known.
    std::vector<OwnPart> own;
    bool hasBackward = false; ///< gradients are computed, or the convention counts them whatever runs

    const CostNode& root() const { return nodes.front(); }
    /// Uncounted calls in the subtree of `node`, one entry per operator.
    std::vector<Uncounted> uncountedBelow(std::int32_t node) const;
    /// Parts of what `node` has beside its children.
    std::span<const OwnPart> ownOf(std::int32_t node) const;
};

/// Spreads what was found for every module, all instances and everything below it, over the instances: `each`
/// is their average, `self` what no child has. Own parts that have some of the figure share that by what they
/// have; else it is the rest's. Requires one total for each node.
void apportion(CostTree& tree, Count Costs::*figure, const std::vector<Count>& totals);

/// Work of one operator over all steps of its phase, for one instance of its module; nothing without a rule.
std::optional<Work> workOf(const Trace& trace, const Op& op, const Convention& convention);

/// Counts a trace.
CostTree cost(const Trace& trace, const Convention& convention);

} // namespace sunflop
