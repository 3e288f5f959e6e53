// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sunburst/sunburst_text.h"

#include "core/cost/own_parts.h"
#include "core/run/remarks.h"
#include "ui/text.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

QString tr(const char* words)
{
    return QCoreApplication::translate("sunburst", words);
}

const CostNode& costsAt(const Run& run, std::int32_t node)
{
    return run.costs.nodes[static_cast<std::size_t>(node)];
}

const Module& moduleAt(const Run& run, std::int32_t node)
{
    return run.trace.modules[static_cast<std::size_t>(node)];
}

bool countsCalls(const Measure& measure)
{
    return measure.unit == "MAC" || measure.unit == "FLOP" || measure.unit == "ns";
}

/// A slice of more turns than this leaves no room for another label in its ring.
constexpr double wholeRing = 0.98;

QString unitWords(const Measure& measure)
{
    if (measure.unit == "B" || measure.unit == "ns")
        return {};
    return QLatin1Char(' ') +
           (measure.unit.empty() ? tr("parameters") : text::from(measure.unit) + QLatin1Char('s'));
}

} // namespace

SunburstText::SunburstText(const Run& run, const SunburstLayout& layout, const Measure& measure)
    : m_run(run), m_layout(layout), m_measure(measure)
{}

const OwnPart* SunburstText::ownPart(int index) const
{
    const Slice& slice = m_layout.slice(index);
    return slice.kind == Slice::Kind::Own ? largestOwn(m_run.costs, slice.node, m_measure) : nullptr;
}

QString SunburstText::name(int index) const
{
    const Slice& slice = m_layout.slice(index);
    if (slice.kind == Slice::Kind::Rest)
        return QLatin1Char('+') + QString::number(slice.gathered);
    if (slice.kind == Slice::Kind::Own) {
        const OwnPart* const part = ownPart(index);
        return part != nullptr ? text::ownName(*part, m_measure) : tr("own");
    }
    if (slice.instance >= 0)
        return text::memberName(moduleAt(m_run, slice.node), slice.instance);
    QString name = text::name(m_run, slice.last);
    for (auto node = slice.last; node != slice.node;) {
        node = moduleAt(m_run, node).parent;
        name = text::name(m_run, node) + QLatin1Char('.') + name;
    }
    return name;
}

QStringList SunburstText::labels(int index) const
{
    const Slice& slice = m_layout.slice(index);
    const Module& module = moduleAt(m_run, slice.node);
    QStringList labels{name(index)};
    if (labels.front() == QLatin1String("scaled_dot_product_attention"))
        labels.append(QStringLiteral("sdpa"));
    if (slice.kind != Slice::Kind::Module || slice.instance >= 0)
        return labels;
    if (module.repeat > 1)
        labels.prepend(QString::number(module.repeat) + QStringLiteral(" × ") + text::from(module.className));
    else if (slice.last != slice.node)
        labels.append(text::name(m_run, slice.node));
    // A ring that is one slice says nothing but how much of the middle it is.
    if (slice.spanTurns > wholeRing)
        labels.prepend(labels.front() + QStringLiteral("  ") +
                       text::share(value(index, m_measure), parentValue(outermost(index), m_measure)));
    return labels;
}

int SunburstText::outermost(int index) const
{
    while (m_layout.slice(index).parent >= 0)
        index = m_layout.slice(index).parent;
    return index;
}

QString SunburstText::className(int index) const
{
    const Slice& slice = m_layout.slice(index);
    switch (slice.kind) {
    case Slice::Kind::Own: return tr("in %1 itself").arg(text::name(m_run, slice.node));
    case Slice::Kind::Rest: return tr("more in %1").arg(text::name(m_run, slice.node));
    case Slice::Kind::Module: break;
    }
    return text::from(moduleAt(m_run, slice.last).className);
}

QString SunburstText::path(int index) const
{
    // Numbers of the unfolded runs on the way.
    QHash<std::int32_t, std::int64_t> instances;
    for (int i = index; i >= 0; i = m_layout.slice(i).parent)
        if (m_layout.slice(i).instance >= 0)
            instances.insert(m_layout.slice(i).node, m_layout.slice(i).instance);
    QStringList parts;
    for (auto node = nodeOf(m_layout.slice(index)); node > 0; node = moduleAt(m_run, node).parent) {
        const auto member = instances.constFind(node);
        parts.prepend(member == instances.constEnd() ? text::name(m_run, node)
                                                     : text::memberName(moduleAt(m_run, node), *member));
    }
    return parts.isEmpty() ? text::name(m_run, 0) : parts.join(QLatin1Char('.'));
}

QString SunburstText::spoken(int index) const
{
    const Count size = value(index, m_measure);
    const Count whole = m_measure.of(m_run.costs.root().total);
    return tr("%1, %2, %3, %4 percent")
        .arg(name(index), className(index), text::brief(size, m_measure) + unitWords(m_measure),
             QString::number(100 * text::fraction(size, whole), 'f', 1));
}

QString SunburstText::title(int index) const
{
    const Count size = value(index, m_measure);
    return tr("%1, %2: %3, %4")
        .arg(path(index), className(index), text::brief(size, m_measure) + unitWords(m_measure),
             text::share(size, m_measure.of(m_run.costs.root().total)));
}

Count SunburstText::value(int index, const Measure& measure) const
{
    const Slice& slice = m_layout.slice(index);
    Count total;
    if (slice.kind == Slice::Kind::Module)
        total = measure.of(costsAt(m_run, slice.last).total);
    else if (slice.kind == Slice::Kind::Own)
        total = ownTotal(costsAt(m_run, slice.node), measure);
    else
        for (const std::int32_t node : m_layout.gatheredIn(index))
            total += measure.of(costsAt(m_run, node).total);
    return divided(total, slice.copies);
}

Count SunburstText::parentValue(int index, const Measure& measure) const
{
    const int parent = m_layout.slice(index).parent;
    if (parent >= 0)
        return value(parent, measure);
    const std::int32_t above = moduleAt(m_run, m_layout.slice(index).node).parent;
    return measure.of(costsAt(m_run, std::max(0, above)).total);
}

Count divided(Count total, std::int64_t copies)
{
    return total.isSaturated() ? total : Count(total.value() / copies);
}

QStringList sunburstNotes(const Run& run, const Measure& measure, std::int32_t root)
{
    QStringList notes;
    if (countsCalls(measure)) {
        const bool lacksImages = run.workload.images == 0 &&
                                 std::ranges::find(run.inputs, "images", &Input::id) != run.inputs.end();
        for (const std::int32_t node : dormantModules(run, root))
            notes += (lacksImages ? tr("%1 did not run: no image") : tr("%1 did not run"))
                         .arg(text::name(run, node));
    }
    if (measure.of(costsAt(run, root).total) == Count(0) && notes.isEmpty())
        notes += tr("Nothing to draw: %1 has no %2").arg(text::name(run, root), text::noun(measure));
    if (isEstimate(run, measure))
        notes.prepend(tr("An estimate: operators were guessed from the stored weights"));
    return notes;
}

std::vector<std::int32_t> dormantModules(const Run& run, std::int32_t root)
{
    const std::int32_t end = moduleAt(run, root).end;
    std::vector<std::int32_t> dormant;
    // Where the last module that ran before each node stands, seen from the end.
    std::vector<std::int32_t> nextThatRan(static_cast<std::size_t>(end - root) + 1, end);
    for (std::int32_t node = end - 1; node >= root; --node) {
        const auto i = static_cast<std::size_t>(node - root);
        nextThatRan[i] = moduleAt(run, node).ran ? node : nextThatRan[i + 1];
    }
    for (std::int32_t node = root; node < end;) {
        const std::int32_t after = moduleAt(run, node).end;
        const bool ran = nextThatRan[static_cast<std::size_t>(node - root)] < after;
        if (!ran && costsAt(run, node).total.params > Count(0))
            dormant.push_back(node);
        node = ran ? node + 1 : after;
    }
    return dormant;
}

QString markdownRow(const Run& run, std::int32_t node)
{
    QString head = QStringLiteral("| Module | Class |");
    QString rule = QStringLiteral("|:--|:--|");
    QString row =
        QStringLiteral("| `%1` | %2 |").arg(text::path(run, node), text::from(moduleAt(run, node).className));
    for (const Measure& measure : measures()) {
        head += QStringLiteral(" %1 |").arg(text::title(measure));
        rule += QStringLiteral("--:|");
        row += QStringLiteral(" %1 |").arg(text::brief(measure.of(costsAt(run, node).total), measure));
    }
    row.replace(QChar(0x202F), QLatin1Char(' '));
    return head + QLatin1Char('\n') + rule + QLatin1Char('\n') + row + QLatin1Char('\n');
}

QString sunburstTitle(const Measure& measure)
{
    return tr("%1 by module").arg(text::title(measure));
}

} // namespace sunflop
