// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/formula_text.h"

#include "ui/text.h"

#include <QCoreApplication>

#include <algorithm>

namespace sunflop {

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("formula", text);
}

/// One side of an equation: symbols, or the values in their place.
QString side(const Equation& equation, bool hasValues)
{
    QStringList terms;
    for (const Term& term : equation) {
        QStringList factors;
        for (const Factor& factor : term)
            factors << (hasValues || factor.symbol.empty() ? text::exact(factor.value)
                                                           : text::from(factor.symbol));
        terms << factors.join(QStringLiteral(" · "));
    }
    return terms.join(QStringLiteral(" + "));
}

/// "FLOPs = 2 · MACs = 2 · 21 = 42"; a count without a known form stands alone.
QString line(const QString& name, const Equation& equation, Count count)
{
    if (equation.empty())
        return QStringLiteral("%1 = %2").arg(name, text::exact(count));
    const QString symbols = side(equation, false);
    const QString values = side(equation, true);
    QStringList sides{name, symbols};
    for (const QString& next : {values, text::exact(count)})
        if (next != sides.last())
            sides << next;
    return sides.join(QStringLiteral(" = "));
}

/// The kernel that computes all pairs, and why it is taken.
QString maskWords(MaskReason reason)
{
    switch (reason) {
    case MaskReason::None: return {};
    case MaskReason::Prefix:
        return tr(
            "a kernel with an explicit mask: behind cached keys is_causal would start at the first key");
    case MaskReason::Window: return tr("a kernel with an explicit mask: keys have left the sliding window");
    case MaskReason::FixedCache:
        return tr("a kernel with an explicit mask: the cache has places that hold nothing yet");
    case MaskReason::Release:
        return tr("a kernel with an explicit mask: this release of transformers always hands one over");
    case MaskReason::Caller: return tr("a kernel with an explicit mask: the program hands one over");
    }
    return {};
}

QString pairsLine(const Pairs& pairs)
{
    const QString queries = text::exact(pairs.queries);
    const QString keys = text::exact(pairs.keys);
    const QString count = text::exact(pairs.count);
    switch (pairs.rule) {
    case Pairs::Rule::All: {
        const QString words = tr("pairs = queries · keys = %1 · %2 = %3").arg(queries, keys, count);
        const QString mask = maskWords(pairs.mask);
        return mask.isEmpty() ? words : words + QStringLiteral(", ") + mask;
    }
    case Pairs::Rule::Triangle:
        return tr("pairs = n (n + 1) / 2 = %1 · %2 / 2 = %3, causal")
            .arg(queries, text::exact(pairs.queries + 1), count);
    case Pairs::Rule::Trapezoid:
        return tr("pairs = queries · keys − queries (queries − 1) / 2 = %1 · %2 − %1 · %3 / 2 = %4, causal")
            .arg(queries, keys, text::exact(pairs.queries - 1), count);
    case Pairs::Rule::Visible: break;
    }
    return pairs.window > 0
               ? tr("pairs = %1, causal with a window of %2 keys").arg(count, text::exact(pairs.window))
               : tr("pairs = %1, causal").arg(count);
}

QStringList stepLines(const StepFormula& step)
{
    QStringList lines;
    if (step.pairs)
        lines << pairsLine(*step.pairs);
    if (step.work.macs > Count(0))
        lines << line(QStringLiteral("MACs"), step.macs, step.work.macs);
    if (step.work.flops > Count(0))
        lines << line(QStringLiteral("FLOPs"), step.flops, step.work.flops);
    return lines;
}

/// The size that grows: "404 to 914 keys", or plain sizes where it is no attention.
QString growth(const Formula& formula, const Op& op)
{
    if (formula.first.pairs && formula.last->pairs)
        return tr("%1 to %2 keys")
            .arg(text::exact(formula.first.pairs->keys), text::exact(formula.last->pairs->keys));
    std::vector<Shape> shapes{op.output.shape};
    std::ranges::transform(op.inputs, std::back_inserter(shapes), &Operand::shape);
    for (const Shape& shape : shapes)
        for (std::size_t i = 0; i < shape.rank(); ++i)
            if (const Extent extent = shape.extent(i); extent.perStep != 0)
                return tr("%1 to %2 keys")
                    .arg(text::exact(extent.at(0)), text::exact(extent.at(formula.steps - 1)));
    return {};
}

QString totalOf(Work work)
{
    return work.macs > Count(0) ? tr("%1 MACs, %2 FLOPs").arg(text::exact(work.macs), text::exact(work.flops))
                                : tr("%1 FLOPs").arg(text::exact(work.flops));
}

} // namespace

QStringList formulaLines(const Formula& formula, const Op& op, const QString& conventionTitle)
{
    if (!formula.isCounted)
        return {tr("%1 has no rule for %2: not counted.").arg(conventionTitle, text::from(nameOf(op)))};
    if (formula.total == Work{})
        return {tr("Moves data and computes nothing: free in %1.").arg(conventionTitle)};
    QStringList lines = stepLines(formula.first);
    if (formula.last) {
        lines.prepend(tr("First of %1 steps:").arg(text::exact(formula.steps)));
        lines << tr("Sum over %1 steps, %2: %3")
                     .arg(text::exact(formula.steps), growth(formula, op), totalOf(formula.total));
    } else if (formula.steps > 1) {
        lines << tr("%1 equal steps: %2").arg(text::exact(formula.steps), totalOf(formula.total));
    }
    return lines;
}

} // namespace sunflop
