// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/comparison_table.h"

#include "ui/compare/compare_summary.h"
#include "ui/compare/comparison_model.h"
#include "ui/compare/comparison_text.h"
#include "ui/text.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <optional>

namespace sunflop {

namespace {

QString tr(const char* words)
{
    return QCoreApplication::translate("comparisonFigure", words);
}

constexpr std::array figureColumns{ComparisonModel::AColumn, ComparisonModel::BColumn,
                                   ComparisonModel::DeltaColumn, ComparisonModel::RatioColumn};

/// What B calls it, how often it repeats and where it is alone.
QStringList notesOf(const QModelIndex& index)
{
    QStringList notes;
    if (const QString other = index.data(ComparisonModel::OtherNameRole).toString(); !other.isEmpty())
        notes << QStringLiteral("↔ ") + other;
    if (const QString repeats = index.data(ComparisonModel::RepeatRole).toString(); !repeats.isEmpty())
        notes << repeats;
    return notes;
}

Booktabs::Line totalsOf(const CompareSession& session, const Measure& measure)
{
    const ComparedFigure figure{measure.of(session.run(Side::A).costs.root().total),
                                measure.of(session.run(Side::B).costs.root().total)};
    return {.cells = {text::title(measure), text::brief(figure.a, measure), text::brief(figure.b, measure),
                      text::delta(figure, measure), text::ratio(figure)}};
}

void addLevels(const ComparisonModel& model, ShownRow from, int depth, std::vector<ShownRow>& rows)
{
    rows.push_back(from);
    if (depth <= 0 || !model.indexOf(from.row).isValid())
        return;
    for (const std::int32_t child : model.rows().children(from.row))
        addLevels(model, {child, from.depth + 1}, depth - 1, rows);
}

/// The row of a path of A, else of B.
std::optional<std::int32_t> rowAtPath(const CompareSession& session, const std::string& path)
{
    for (const Side side : {Side::A, Side::B}) {
        const Trace& trace = session.run(side).trace;
        for (std::size_t i = 0; i < trace.modules.size(); ++i)
            if (trace.path(static_cast<std::int32_t>(i)) == path)
                return session.rowOf(side, static_cast<std::int32_t>(i));
    }
    return std::nullopt;
}

} // namespace

std::vector<ShownRow> rowsTo(const CompareSession& session, int depth)
{
    const ComparisonModel model(session);
    std::vector<ShownRow> rows;
    addLevels(model, {}, depth, rows);
    return rows;
}

Result<std::vector<ShownRow>> rowsBelow(const CompareSession& session, const std::vector<std::string>& paths)
{
    std::vector<std::int32_t> open{0};
    for (const std::string& path : paths) {
        const auto row = rowAtPath(session, path);
        if (!row)
            return failure(ErrorKind::NotFound, path, "no module of this path, neither in A nor in B");
        open.push_back(*row);
    }
    const ComparisonModel model(session);
    std::vector<ShownRow> rows{{}};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (std::ranges::find(open, rows[i].row) == open.end())
            continue;
        std::vector<ShownRow> below;
        addLevels(model, rows[i], 1, below);
        rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(i) + 1, below.begin() + 1, below.end());
    }
    return rows;
}

Booktabs comparisonTable(const CompareSession& session, const std::vector<ShownRow>& rows)
{
    Booktabs table{.heads = {tr("Total"), QStringLiteral("A"), QStringLiteral("B"), QStringLiteral("B − A"),
                             QStringLiteral("B / A")}};
    for (const std::string_view id : summaryMeasures)
        table.lines.push_back(totalsOf(session, measureNamed(id)));
    table.lines.push_back(
        {.cells = {tr("%1 by module").arg(text::title(session.lens().measure()))}, .isSection = true});
    const ComparisonModel model(session);
    for (const ShownRow& shown : rows) {
        const QModelIndex index = model.indexOf(shown.row);
        if (!index.isValid())
            continue;
        Booktabs::Line line{.cells = {index.data().toString()},
                            .depth = shown.depth,
                            .notes = notesOf(index),
                            .isQuiet = index.data(ComparisonModel::OwnRole).toBool()};
        for (const int column : figureColumns)
            line.cells << model.indexOf(shown.row, column).data().toString();
        table.lines.push_back(std::move(line));
    }
    return table;
}

QList<QStringList> comparisonCells(const CompareSession& session, const std::vector<ShownRow>& rows)
{
    const auto name = [&session](Side side) { return text::from(session.run(side).source.name); };
    QList<QStringList> cells{{tr("Module of A"), tr("Module of B"), QStringLiteral("A  ") + name(Side::A),
                              QStringLiteral("B  ") + name(Side::B), QStringLiteral("B − A"),
                              QStringLiteral("B / A")}};
    for (const std::string_view id : summaryMeasures) {
        const QStringList line = totalsOf(session, measureNamed(id)).cells;
        cells << QStringList{line.front(), QString()} + line.mid(1);
    }
    const ComparisonModel model(session);
    for (const ShownRow& shown : rows) {
        if (!model.indexOf(shown.row).isValid())
            continue;
        QStringList line{model.path(Side::A, shown.row), model.path(Side::B, shown.row)};
        for (const int column : figureColumns)
            line << model.indexOf(shown.row, column).data().toString();
        cells << line;
    }
    return cells;
}

} // namespace sunflop
