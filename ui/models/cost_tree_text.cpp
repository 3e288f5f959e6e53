// SPDX-License-Identifier: GPL-3.0-or-later
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
    return column == ParentShareColumn ? std::max(0, costs(node).parent) : 0;
}

QString CostTreeModel::cellText(std::int32_t node, int column) const
{
    const Measure& chosen = m_session.lens().measure();
    if (column == ModuleColumn)
        return text::name(*m_run, node);
    if (column == InstancesColumn)
        return text::exact(costs(node).instances);
    if (isShare(column))
        return text::share(value(node, chosen), value(wholeOf(node, column), chosen));
    const Measure& measure = *measureOf(column);
    return text::brief(value(node, measure), measure);
}

QString CostTreeModel::classAndShape(std::int32_t node) const
{
    auto known = m_classes.constFind(node);
    if (known == m_classes.cend())
        known = m_classes.insert(node, text::classAndShape(module(node)));
    return *known;
}

QString CostTreeModel::moduleToolTip(std::int32_t node) const
{
    QStringList lines{text::path(*m_run, node), text::from(module(node).className)};
    if (!module(node).detail.empty())
        lines.last() += QLatin1Char('(') + text::from(module(node).detail) + QLatin1Char(')');
    if (costs(node).instances > 1)
        lines += tr("%1 instances; figures are of all together").arg(text::exact(costs(node).instances));
    if (!module(node).ran)
        lines += tr("Did not run with these inputs");
    return lines.join(QLatin1Char('\n'));
}

QString CostTreeModel::measureToolTip(std::int32_t node, const Measure& measure) const
{
    const Count total = value(node, measure);
    QStringList lines{text::title(measure) + QStringLiteral(": ") + text::exactWithUnit(total, measure)};
    if (costs(node).instances > 1)
        lines += tr("%1 per instance, %2 instances")
                     .arg(text::exact(measure.of(costs(node).each)), text::exact(costs(node).instances));
    lines += tr("%1 of the model").arg(text::share(total, value(0, measure)));
    if (const std::int32_t parent = costs(node).parent; parent > 0)
        lines += tr("%1 of %2").arg(text::share(total, value(parent, measure)), text::name(*m_run, parent));
    return lines.join(QLatin1Char('\n'));
}

QString CostTreeModel::toolTip(std::int32_t node, int column) const
{
    if (column == ModuleColumn)
        return moduleToolTip(node);
    if (column == InstancesColumn)
        return tr("Modules of the model that this row stands for");
    const Measure* measure = measureOf(column);
    return measureToolTip(node, measure != nullptr ? *measure : m_session.lens().measure());
}

QString CostTreeModel::accessibleText(std::int32_t node, int column) const
{
    const Measure& chosen = m_session.lens().measure();
    if (column != ModuleColumn)
        return headerText(column) + QLatin1Char(' ') + cellText(node, column);
    const Count total = value(node, chosen);
    const double percent = 100 * text::fraction(total, value(0, chosen));
    QString words = text::name(*m_run, node) + QStringLiteral(", ") + text::from(module(node).className);
    if (module(node).repeat > 1)
        words += QStringLiteral(", ") + tr("times %1").arg(module(node).repeat);
    if (!module(node).ran)
        words += QStringLiteral(", ") + tr("did not run");
    const QString figure = total == Count(0) ? QStringLiteral("0") : text::brief(total, chosen);
    return words + QStringLiteral(", ") +
           tr("%1 %2, %3 percent").arg(figure, text::shortTitle(chosen), QString::number(percent, 'f', 1));
}

/// What delegates paint besides text.
QVariant CostTreeModel::figure(std::int32_t node, int column, int role) const
{
    const Measure& chosen = m_session.lens().measure();
    switch (role) {
    case NodeRole: return node;
    case FractionRole:
        return isShare(column) ? text::fraction(value(node, chosen), value(wholeOf(node, column), chosen))
                               : QVariant();
    case RepeatRole: return static_cast<qlonglong>(module(node).repeat);
    case PathRole: return text::path(*m_run, node);
    case ClassRole: return classAndShape(node);
    case ModuleRole: return static_cast<int>(module(node).role);
    case ContainerRole: return costs(node).end > node + 1;
    case RanRole: return module(node).ran;
    case MatchRole: return !m_session.finder().isActive() || m_session.finder().isMatch(node);
    default: return {};
    }
}

QVariant CostTreeModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const std::int32_t id = node(index);
    switch (role) {
    case Qt::DisplayRole: return cellText(id, index.column());
    case Qt::ToolTipRole: return toolTip(id, index.column());
    case Qt::AccessibleTextRole: return accessibleText(id, index.column());
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter |
                                   (index.column() == ModuleColumn ? Qt::AlignLeft : Qt::AlignRight));
    default: return figure(id, index.column(), role);
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
                   ? tr("%1, all instances together. Click to sort; the third click restores the "
                        "model's order.")
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
