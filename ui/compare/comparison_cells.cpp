// SPDX-License-Identifier: GPL-3.0-or-later
// What the cells of a comparison say.

#include "core/cost/own_parts.h"
#include "ui/compare/comparison_model.h"
#include "ui/compare/comparison_text.h"
#include "ui/text.h"

#include <QStringList>

#include <algorithm>

namespace sunflop {

const ComparedFigure& ComparisonModel::figure(std::int32_t row) const
{
    const ComparedFigures& figures = m_session.figures();
    return isOwn(row) ? figures.parts[m_parts[partIndex(row)].index]
                      : figures.rows[static_cast<std::size_t>(row)];
}

const Module* ComparisonModel::module(Side side, std::int32_t row) const
{
    const std::int32_t node = m_session.node(side, comparedRow(row));
    return node < 0 ? nullptr : &m_session.run(side).trace.modules[static_cast<std::size_t>(node)];
}

QString ComparisonModel::name(Side side, std::int32_t row) const
{
    return text::name(m_session.run(side), m_session.node(side, row));
}

QString ComparisonModel::name(std::int32_t row) const
{
    if (row == 0)
        return tr("Total");
    if (isOwn(row))
        return text::ownName(part(row).key, part(row).row == 0, m_session.lens().measure());
    return name(m_session.row(row).a >= 0 ? Side::A : Side::B, row);
}

/// "× 36 ↔ × 24"; runs of one length have it once.
QString ComparisonModel::repeats(std::int32_t row) const
{
    const auto times = [](std::int64_t n) { return QStringLiteral("× ") + text::exact(n); };
    if (isOwn(row))
        return {};
    const Module* const a = module(Side::A, row);
    const Module* const b = module(Side::B, row);
    const std::int64_t first = (a != nullptr ? a : b)->repeat;
    const std::int64_t second = (b != nullptr ? b : a)->repeat;
    if (first == 1 && second == 1)
        return {};
    return first == second ? times(first) : times(first) + QStringLiteral(" ↔ ") + times(second);
}

QString ComparisonModel::chip(std::int32_t row) const
{
    const ComparedRow shown = compared(row);
    if (!shown.isInB)
        return tr("only in A");
    return shown.isInA ? QString() : tr("only in B");
}

QString ComparisonModel::cellText(std::int32_t row, int column) const
{
    const Measure& measure = m_session.lens().measure();
    const ComparedRow shown = compared(row);
    switch (column) {
    case ModuleColumn: return name(row);
    case AColumn: return text::comparedCell(figure(row).a, shown.isInA, measure);
    case BColumn: return text::comparedCell(figure(row).b, shown.isInB, measure);
    case DeltaColumn: return text::delta(figure(row), measure);
    case RatioColumn: return text::comparedRatio(shown, figure(row));
    default: return {};
    }
}

QString ComparisonModel::moduleToolTip(std::int32_t row) const
{
    QStringList lines;
    if (isOwn(row)) {
        for (const Side side : {Side::A, Side::B}) {
            const QString where = path(side, row);
            lines << (side == Side::A ? QStringLiteral("A  ") : QStringLiteral("B  ")) +
                         (where.isEmpty() ? tr("nothing of this name") : where);
        }
        lines << tr("What the module has itself, beside all that is below it");
        return lines.join(QLatin1Char('\n'));
    }
    for (const Side side : {Side::A, Side::B}) {
        const QString letter = side == Side::A ? QStringLiteral("A  ") : QStringLiteral("B  ");
        const Module* const there = module(side, row);
        if (there == nullptr) {
            lines << letter + tr("no such module");
            continue;
        }
        QString line = letter + text::path(m_session.run(side), m_session.node(side, row)) +
                       QStringLiteral("  ") + text::from(there->className);
        if (there->repeat > 1)
            line += QStringLiteral(" × ") + text::exact(there->repeat);
        lines << line;
    }
    if (const QString sentence = text::matchSentence(m_session.row(row).match);
        row > 0 && !sentence.isEmpty())
        lines << sentence;
    else if (row > 0 && m_session.row(row).a < 0)
        lines << tr("Drag it on a row that is only in A to pair the two");
    else if (row > 0 && m_session.row(row).b < 0)
        lines << tr("Drag it on a row that is only in B to pair the two");
    return lines.join(QLatin1Char('\n'));
}

QString ComparisonModel::figureToolTip(std::int32_t row) const
{
    const Measure& measure = m_session.lens().measure();
    const ComparedRow shown = compared(row);
    const auto side = [&](Count count, bool isThere) {
        return isThere ? text::exactWithUnit(count, measure) : tr("absent");
    };
    QStringList lines{
        name(row) + QStringLiteral(", ") + text::noun(measure),
        QStringLiteral("A  ") + side(figure(row).a, shown.isInA),
        QStringLiteral("B  ") + side(figure(row).b, shown.isInB),
        QStringLiteral("B − A  ") + text::exactDelta(figure(row), measure),
        QStringLiteral("B / A  ") + text::comparedRatio(shown, figure(row)),
    };
    const auto whole = difference(figure(0));
    const auto part = difference(figure(row));
    if (row > 0 && whole && part && *whole != Count(0) && *part != Count(0) &&
        (*whole < Count(0)) == (*part < Count(0)))
        lines << tr("%1 of the whole difference")
                     .arg(text::share(*part < Count(0) ? Count(0) - *part : *part,
                                      *whole < Count(0) ? Count(0) - *whole : *whole));
    return lines.join(QLatin1Char('\n'));
}

QString ComparisonModel::accessibleText(std::int32_t row, int column) const
{
    if (column == BarColumn)
        return tr("Difference as a bar: %1").arg(cellText(row, DeltaColumn));
    if (column != ModuleColumn)
        return headerText(column) + QLatin1Char(' ') + cellText(row, column);
    QStringList words{name(row)};
    if (const QString other = data(indexOf(row), OtherNameRole).toString(); !other.isEmpty())
        words << tr("in B %1").arg(other);
    for (const QString& part : {repeats(row), chip(row)})
        if (!part.isEmpty())
            words << part;
    words << tr("A %1, B %2, difference %3")
                 .arg(cellText(row, AColumn), cellText(row, BColumn), cellText(row, DeltaColumn));
    return words.join(QStringLiteral(", "));
}

QVariant ComparisonModel::bar(std::int32_t row, int role) const
{
    const ComparedFigures& figures = m_session.figures();
    const double range = figures.most - figures.least;
    if (role == DirectionRole)
        return direction(figure(row), figure(0));
    if (range <= 0)
        return role == ZeroRole ? 0.5 : 0.0;
    if (role == ZeroRole)
        return -figures.least / range;
    const auto change = difference(figure(row));
    return change ? std::clamp(static_cast<double>(change->value()) / range, -1.0, 1.0) : 0.0;
}

QString ComparisonModel::path(Side side, std::int32_t row) const
{
    const std::int32_t node = m_session.node(side, comparedRow(row));
    const ComparedRow shown = compared(row);
    if (node < 0 || (isOwn(row) && !(side == Side::A ? shown.isInA : shown.isInB)))
        return {};
    const QString module = text::path(m_session.run(side), node);
    return isOwn(row) ? module + text::from(ownMark) + text::from(part(row).key.name) : module;
}

QVariant ComparisonModel::detail(std::int32_t row, int role) const
{
    const Module* const a = module(Side::A, row);
    const Module* const b = module(Side::B, row);
    const Module& shown = a != nullptr ? *a : *b;
    const bool isPart = isOwn(row);
    switch (role) {
    case OwnRole: return isPart;
    case OtherNameRole:
        return row > 0 && !isPart && a != nullptr && b != nullptr && (a->repeat == 1 || b->repeat == 1) &&
                       a->name != b->name
                   ? name(Side::B, row)
                   : QString();
    case RepeatRole: return repeats(row);
    case ChipRole: return chip(row);
    case ModuleRole: return static_cast<int>(shown.role);
    case ContainerRole: return compared(row).end > row + 1;
    case RanRole: return (a != nullptr && a->ran) || (b != nullptr && b->ran);
    case MatchRole: return !isSearching() || isMatch(row);
    case PathRole: return path(compared(row).isInA && a != nullptr ? Side::A : Side::B, row);
    case FractionRole:
    case ZeroRole:
    case DirectionRole: return bar(row, role);
    default: return {};
    }
}

QVariant ComparisonModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const std::int32_t row = this->row(index);
    switch (role) {
    case Qt::DisplayRole: return cellText(row, index.column());
    case Qt::ToolTipRole: return index.column() == ModuleColumn ? moduleToolTip(row) : figureToolTip(row);
    case Qt::AccessibleTextRole: return accessibleText(row, index.column());
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter |
                                   (index.column() == ModuleColumn ? Qt::AlignLeft : Qt::AlignRight));
    default: return detail(row, role);
    }
}

QString ComparisonModel::headerText(int column) const
{
    const auto model = [this](Side side) {
        const Session& session = m_session.session(side);
        return session.hasModel() ? text::from(session.model().source.name) : QString();
    };
    switch (column) {
    case ModuleColumn: return tr("Module");
    case AColumn: return QStringLiteral("A  ") + model(Side::A);
    case BColumn: return QStringLiteral("B  ") + model(Side::B);
    case DeltaColumn: return QStringLiteral("Δ  B − A");
    case RatioColumn: return QStringLiteral("B / A");
    default: return {};
    }
}

QVariant ComparisonModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columns)
        return {};
    switch (role) {
    case Qt::DisplayRole: return headerText(section);
    case Qt::AccessibleTextRole:
        return section == BarColumn ? tr("Difference as a bar") : headerText(section);
    case Qt::ToolTipRole:
        return tr("%1, all instances together. Click to sort; the third click restores the order of A.")
            .arg(text::title(m_session.lens().measure()));
    case Qt::InitialSortOrderRole:
        return section == ModuleColumn || section == DeltaColumn ? Qt::AscendingOrder : Qt::DescendingOrder;
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter |
                                   (section == ModuleColumn ? Qt::AlignLeft : Qt::AlignRight));
    default: return {};
    }
}

} // namespace sunflop
