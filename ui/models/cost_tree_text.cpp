// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/own_parts.h"
#include "ui/models/cost_tree_model.h"
#include "ui/text.h"

#include <QStringList>

#include <algorithm>

namespace sunflop {

namespace {

bool isShare(int column)
{
    return column == CostTreeModel::ShareColumn || column == CostTreeModel::ParentShareColumn;
}

} // namespace

/// The node that the share in `column` is a part of.
std::int32_t CostTreeModel::wholeOf(std::int32_t node, int column) const
{
    if (column != ParentShareColumn)
        return 0;
    return isOwn(node) ? moduleOf(node) : std::max(0, costs(node).parent);
}

QString CostTreeModel::name(Instance row) const
{
    if (isOwn(row.node))
        return text::ownName(part(row.node), m_session.lens().measure());
    return isMember(row.node) ? text::memberName(module(row.node), m_rows.unfolding().member(row))
                              : text::name(*m_run, row.node);
}

QString CostTreeModel::path(Instance row) const
{
    if (isOwn(row.node))
        return path(outer(row)) + text::from(ownMark) + text::from(part(row.node).name);
    if (row.number == 0 && m_rows.unfolding().foldsRepeats())
        return text::path(*m_run, row.node);
    QStringList parts;
    for (; row.node > 0; row = outer(row))
        parts.prepend(name(row));
    return parts.isEmpty() ? text::path(*m_run, 0) : parts.join(QLatin1Char('.'));
}

QString CostTreeModel::cellText(Instance row, int column) const
{
    const std::int32_t node = row.node;
    const Measure& chosen = m_session.lens().measure();
    if (column == ModuleColumn)
        return name(row);
    if (column == InstancesColumn)
        return text::exact(instances(node));
    if (isShare(column))
        return text::share(value(node, chosen), value(wholeOf(node, column), chosen));
    const Measure& measure = *measureOf(column);
    if (!isKnown(m_run->costs, measure))
        return QStringLiteral("n/a");
    return text::brief(value(node, measure), measure);
}

QString CostTreeModel::classAndShape(std::int32_t node) const
{
    auto known = m_classes.constFind(node);
    if (known == m_classes.cend())
        known = m_classes.insert(node, text::classAndShape(module(node)));
    return *known;
}

QString CostTreeModel::moduleToolTip(Instance row) const
{
    const std::int32_t node = row.node;
    if (isOwn(node))
        return ownToolTip(row);
    QStringList lines{path(row), text::from(module(node).className)};
    if (!module(node).detail.empty())
        lines.last() += QLatin1Char('(') + text::from(module(node).detail) + QLatin1Char(')');
    if (instances(node) > 1)
        lines += tr("%1 instances; figures are of all together").arg(text::exact(instances(node)));
    if (instances(node) < costs(node).instances)
        lines += tr("One of %1 equal rows").arg(text::exact(m_rows.unfolding().copies(node)));
    if (module(node).repeat > 1 && !isMember(node) && !m_rows.unfolding().foldsRepeats())
        lines += tr("Stays folded: the table has no more than %1 rows").arg(text::exact(Unfolding::mostRows));
    if (!module(node).ran)
        lines += tr("Did not run with these inputs");
    return lines.join(QLatin1Char('\n'));
}

/// Why rows of an unfolded run are no plain parts of the row around them; empty where they are.
QString CostTreeModel::sharingSentence(std::int32_t node, const Measure& measure) const
{
    const Count copies = this->copies(node);
    const Count total = measure.of(costs(node).total);
    if (copies == Count(1) || isOwn(node) || total.isSaturated() ||
        total == measure.of(costs(node).each) * costs(node).instances)
        return {};
    if (measure.basis != Basis::Trace)
        return tr("The average of %1 instances").arg(text::exact(costs(node).instances));
    if (measure.id == "active_params")
        return tr("The average of %1 instances, of which one token passes %2")
            .arg(text::exact(costs(node).instances),
                 text::exact(total.value() / measure.of(costs(node).each).value()));
    return tr("%1 in all: instances share a tensor, which counts once")
        .arg(text::exactWithUnit(total, measure));
}

QString CostTreeModel::measureToolTip(Instance row, const Measure& measure) const
{
    const std::int32_t node = row.node;
    const Count total = value(node, measure);
    if (!isKnown(m_run->costs, measure))
        return tr("%1: this run computes no gradients").arg(text::title(measure));
    QStringList lines{text::title(measure) + QStringLiteral(": ") + text::exactWithUnit(total, measure)};
    if (instances(node) > 1 && !isOwn(node))
        lines += tr("%1 per instance, %2 instances")
                     .arg(text::exact(measure.of(costs(node).each)), text::exact(instances(node)));
    if (const QString sentence = sharingSentence(node, measure); !sentence.isEmpty())
        lines += sentence;
    lines += tr("%1 of the model").arg(text::share(total, value(0, measure)));
    if (const std::int32_t parent = wholeOf(node, ParentShareColumn); parent > 0)
        lines += tr("%1 of %2").arg(text::share(total, value(parent, measure)), name(outer(row)));
    return lines.join(QLatin1Char('\n'));
}

QString CostTreeModel::toolTip(Instance row, int column) const
{
    if (column == ModuleColumn)
        return moduleToolTip(row);
    if (column == InstancesColumn)
        return tr("Modules of the model that this row stands for");
    const Measure* measure = measureOf(column);
    return measureToolTip(row, measure != nullptr ? *measure : m_session.lens().measure());
}

QString CostTreeModel::accessibleText(Instance row, int column) const
{
    const std::int32_t node = row.node;
    const Measure& chosen = m_session.lens().measure();
    if (column != ModuleColumn)
        return headerText(column) + QLatin1Char(' ') + cellText(row, column);
    const Count total = value(node, chosen);
    const double percent = 100 * text::fraction(total, value(0, chosen));
    QString words =
        name(row) + QStringLiteral(", ") +
        (isOwn(node) ? tr("in %1 itself").arg(name(outer(row))) : text::from(module(node).className));
    if (module(node).repeat > 1 && !isMember(node) && !isOwn(node))
        words += QStringLiteral(", ") + tr("times %1").arg(module(node).repeat);
    if (!module(node).ran)
        words += QStringLiteral(", ") + tr("did not run");
    const QString figure = total == Count(0) ? QStringLiteral("0") : text::brief(total, chosen);
    return words + QStringLiteral(", ") +
           tr("%1 %2, %3 percent").arg(figure, text::shortTitle(chosen), QString::number(percent, 'f', 1));
}

/// What delegates paint besides text.
QVariant CostTreeModel::figure(Instance row, int column, int role) const
{
    const std::int32_t node = row.node;
    const Measure& chosen = m_session.lens().measure();
    switch (role) {
    case NodeRole: return moduleOf(node);
    case OwnRole: return isOwn(node);
    case FractionRole:
        return isShare(column) ? text::fraction(value(node, chosen), value(wholeOf(node, column), chosen))
                               : QVariant();
    case ModuleRole: return static_cast<int>(module(node).role);
    case RanRole: return module(node).ran;
    default: break;
    }
    if (isOwn(node) && role != PathRole)
        return ownFigure(node, role);
    switch (role) {
    case RepeatRole: return static_cast<qlonglong>(isMember(node) ? 1 : module(node).repeat);
    case PathRole: return path(row);
    case ClassRole: return classAndShape(node);
    case ContainerRole: return costs(node).end > node + 1;
    case MatchRole: return !m_session.finder().isActive() || m_session.finder().isMatch(node);
    default: return {};
    }
}

QVariant CostTreeModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Instance row = instance(index);
    switch (role) {
    case Qt::DisplayRole: return cellText(row, index.column());
    case Qt::ToolTipRole: return toolTip(row, index.column());
    case Qt::AccessibleTextRole: return accessibleText(row, index.column());
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter |
                                   (index.column() == ModuleColumn ? Qt::AlignLeft : Qt::AlignRight));
    default: return figure(row, index.column(), role);
    }
}

QString CostTreeModel::headerText(int column) const
{
    switch (column) {
    case ModuleColumn: return tr("Module");
    case InstancesColumn: return tr("Instances");
    case ParentShareColumn: return tr("% of parent");
    case ShareColumn: return tr("% of %1").arg(text::shortTitle(m_session.lens().measure()));
    default: return text::shortTitle(*measureOf(column));
    }
}

QVariant CostTreeModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columns)
        return {};
    const Measure* measure = measureOf(section);
    switch (role) {
    case Qt::DisplayRole: return headerText(section);
    case Qt::ToolTipRole:
        return measure != nullptr
                   ? (m_session.lens().foldsRepeats()
                          ? tr("%1, all instances together. Click to sort; the third click restores the "
                               "model's order.")
                          : tr("%1 of each row. Click to sort; the third click restores the model's order."))
                         .arg(text::title(*measure))
                   : tr("Click to sort; the third click restores the model's order.");
    case Qt::InitialSortOrderRole: return section == ModuleColumn ? Qt::AscendingOrder : Qt::DescendingOrder;
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter |
                                   (section == ModuleColumn ? Qt::AlignLeft : Qt::AlignRight));
    default: return {};
    }
}

} // namespace sunflop
