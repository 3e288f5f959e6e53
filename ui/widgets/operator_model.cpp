// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/operator_model.h"

#include "core/cost/formula.h"
#include "core/cost/measure.h"
#include "ui/formula_text.h"
#include "ui/text.h"

#include <QStringList>

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

const Phase& phaseOf(const Run& run, const Op& op)
{
    return run.trace.phases[static_cast<std::size_t>(op.phase)];
}

bool isSameOperand(const Operand& a, const Operand& b)
{
    return a.shape == b.shape && a.dtype == b.dtype && a.isNumber == b.isNumber;
}

bool isSameCall(const Op& a, const Op& b)
{
    return a.kind == b.kind && nameOf(a) == nameOf(b) && a.spelling == b.spelling && a.phase == b.phase &&
           isSameOperand(a.output, b.output) && std::ranges::equal(a.inputs, b.inputs, isSameOperand);
}

std::vector<OperatorRow> ownRows(const Run& run, std::int32_t node)
{
    std::vector<OperatorRow> rows;
    for (const Op& op : run.trace.ops) {
        if (op.module != node)
            continue;
        const auto work = workOf(run.trace, op, *run.convention);
        const auto known =
            std::ranges::find_if(rows, [&](const OperatorRow& row) { return isSameCall(*row.op, op); });
        OperatorRow& row = known != rows.end()
                               ? *known
                               : rows.emplace_back(OperatorRow{&op, nameOf(op), 0, {}, work.has_value()});
        row.calls += phaseOf(run, op).steps;
        row.work += work.value_or(Work{});
    }
    return rows;
}

std::vector<OperatorRow> rowsFromBelow(const Run& run, std::int32_t node)
{
    const auto nodeOf = [&](std::int32_t id) -> const CostNode& {
        return run.costs.nodes[static_cast<std::size_t>(id)];
    };
    const std::int64_t instances = nodeOf(node).instances;
    std::vector<OperatorRow> rows;
    for (const Op& op : run.trace.ops) {
        if (op.module <= node || op.module >= nodeOf(node).end)
            continue;
        const auto work = workOf(run.trace, op, *run.convention);
        auto known = std::ranges::find(rows, nameOf(op), &OperatorRow::name);
        if (known == rows.end())
            known = rows.insert(rows.end(), OperatorRow{nullptr, nameOf(op), 0, {}, work.has_value()});
        const std::int64_t repeats = nodeOf(op.module).instances / instances;
        known->calls += Count(phaseOf(run, op).steps) * repeats;
        known->work += work.value_or(Work{}) * repeats;
        known->isCounted = known->isCounted || work.has_value();
    }
    std::ranges::stable_sort(rows, std::ranges::greater{}, [](const OperatorRow& r) { return r.work.flops; });
    return rows;
}

const Measure& flops()
{
    return measureNamed("flops");
}

} // namespace

std::vector<OperatorRow> operatorRows(const Run& run, std::int32_t node)
{
    auto rows = ownRows(run, node);
    const auto below = rowsFromBelow(run, node);
    rows.insert(rows.end(), below.begin(), below.end());
    return rows;
}

QString shapesText(const Op& op)
{
    QStringList inputs;
    for (const Operand& input : op.inputs)
        inputs << (input.isNumber ? OperatorModel::tr("number") : text::from(input.shape.text()));
    return inputs.join(QStringLiteral(" × ")) + QStringLiteral(" → ") + text::from(op.output.shape.text());
}

void OperatorModel::show(std::shared_ptr<const Run> run, std::int32_t node)
{
    auto rows = operatorRows(*run, node);
    const bool isSameShape = rows.size() == m_rows.size();
    if (!isSameShape)
        beginResetModel();
    m_rows = std::move(rows);
    m_run = std::move(run);
    if (!isSameShape)
        endResetModel();
    else if (!m_rows.empty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columns - 1));
}

bool OperatorModel::isTelling(Column column) const
{
    if (column == Macs)
        return std::ranges::any_of(m_rows, [](const OperatorRow& row) { return row.work.macs > Count(0); });
    QString first;
    for (const OperatorRow& row : m_rows) {
        const QString now = text(row, column);
        if (!now.isEmpty() && !first.isEmpty() && now != first)
            return true;
        if (first.isEmpty())
            first = now;
    }
    return false;
}

int OperatorModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int OperatorModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : columns;
}

QString OperatorModel::text(const OperatorRow& row, int column) const
{
    switch (column) {
    case Name: {
        const QString name = text::from(row.name);
        const std::int64_t steps = row.op != nullptr ? phaseOf(*m_run, *row.op).steps : 1;
        const Count calls = steps > 0 ? row.calls.value() / steps : 0;
        return calls > Count(1) ? name + QStringLiteral(" × ") + text::exact(calls) : name;
    }
    case Shapes: return row.op != nullptr ? shapesText(*row.op) : tr("below");
    case Type: return row.op != nullptr ? text::from(info(row.op->output.dtype).id) : QString();
    case Phase:
        if (row.op == nullptr)
            return {};
        return phaseOf(*m_run, *row.op).kind == Phase::Kind::Prefill
                   ? tr("prefill")
                   : tr("decode × %1").arg(text::exact(phaseOf(*m_run, *row.op).steps));
    case Macs: return row.isCounted ? text::brief(row.work.macs, flops()) : QString();
    default: return row.isCounted ? text::brief(row.work.flops, flops()) : tr("not counted");
    }
}

QString OperatorModel::toolTip(const OperatorRow& row) const
{
    const QString convention = text::from(m_run->convention->title);
    if (row.op != nullptr)
        return (QStringList{shapesText(*row.op)} +
                formulaLines(formulaOf(m_run->trace, *row.op, *m_run->convention), *row.op, convention))
            .join(QLatin1Char('\n'));
    if (!row.isCounted)
        return tr("%1 has no rule for %2: not counted.").arg(convention, text::from(row.name));
    return tr("%1 MACs, %2 FLOPs in %3 calls")
        .arg(text::exact(row.work.macs), text::exact(row.work.flops), text::exact(row.calls));
}

QVariant OperatorModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount() || index.column() >= columns)
        return {};
    const OperatorRow& row = m_rows[static_cast<std::size_t>(index.row())];
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole: return text(row, column);
    case Qt::ToolTipRole: return toolTip(row);
    case Qt::AccessibleTextRole:
        return QStringList{text(row, Name), text(row, Shapes), text(row, Flops)}.join(QStringLiteral(", "));
    case Qt::TextAlignmentRole:
        return QVariant(Qt::AlignVCenter |
                        (column == Macs || column == Flops ? Qt::AlignRight : Qt::AlignLeft));
    default: return {};
    }
}

QVariant OperatorModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant(Qt::AlignVCenter |
                        (section == Macs || section == Flops ? Qt::AlignRight : Qt::AlignLeft));
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name: return tr("Operator");
    case Shapes: return tr("Shapes");
    case Type: return tr("Type");
    case Phase: return tr("Phase");
    case Macs: return tr("MACs");
    default: return tr("FLOPs");
    }
}

} // namespace sunflop
