// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Why two conventions count one run differently, operator by operator.

#include "core/conventions/convention.h"
#include "core/cost/subject.h"
#include "core/model/trace.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// By what rule a convention counts a call.
struct Rule {
    std::string_view words; ///< Convention::rule or biasRule of the call; empty where there are none
    bool isCounted = true;  ///< false: there is no rule, and the call comes to nothing

    friend auto operator<=>(const Rule&, const Rule&) = default;
};

/// What one convention makes of a call, or of a part of it.
struct Valuation {
    Work work; ///< all steps, all instances; forward only
    Rule rule;
};

/// One call of a trace, or a part of it, under two conventions. A call with a bias has two parts where what
/// the bias adds is known of both: the count of the call less the count of the same call without its bias.
struct Valued {
    std::int32_t op = 0; ///< index into Trace::ops
    Subject subject = Subject::Other;
    Valuation a;
    Valuation b;
};

/// Every call in call order. The works of A add up to the total forward work of cost() under A, those of B to
/// the other's, unless a count saturates.
std::vector<Valued> valued(const Trace& trace, const Convention& a, const Convention& b);

/// Calls of one subject that the same two rules count, and count differently.
struct Reason {
    Subject subject = Subject::Other;
    std::vector<std::string_view> operators; ///< names in order of their first call, none twice; see Trace
    std::int32_t module = 0;                 ///< the first that makes such a call
    Count calls;                             ///< all steps, all instances
    Work a;
    Work b;
    Rule ruleA;
    Rule ruleB;
    std::string why; ///< whyTheyDiffer() of the conventions' ids
};

/// Where two conventions differ, the largest difference of FLOPs first. Calls that both count alike are left
/// out, so that the differences b - a add up to the difference of the two totals, MACs and FLOPs, exactly.
std::vector<Reason> reasons(const Trace& trace, const Convention& a, const Convention& b);

/// The same where the two runs of one model differ in their inputs too: the traces of A and of B. What A's
/// convention makes of the two is a reason more, without calls; all others are about B's trace. Differences
/// add up to that of the two totals.
std::vector<Reason> reasons(const Trace& traceA, const Convention& a, const Trace& traceB,
                            const Convention& b);

/// Both rules in a sentence: "exact counts 5 for each element; calflops does not see these calls (not
/// counted)."
std::string whyTheyDiffer(const Convention& a, const Convention& b, const Reason& reason);

} // namespace sunflop
