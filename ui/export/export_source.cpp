// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/export_source.h"

#include "core/exporters/exporter.h"
#include "core/exporters/tables/comparison.h"
#include "ui/export/compare_figure.h"
#include "ui/text.h"

#include <QCoreApplication>

#include <algorithm>

namespace sunflop {

namespace {

QString tr(const char* words)
{
    return QCoreApplication::translate("export", words);
}

ExportSubject subjectOf(Figure figure)
{
    return {.kind = ExportSubject::Kind::Figure, .id = figure.id, .title = figure.title, .figure = figure};
}

ExportSubject window()
{
    return {.kind = ExportSubject::Kind::Window, .id = QStringLiteral("window"), .title = tr("Whole window")};
}

ExportSubject everything()
{
    return {.kind = ExportSubject::Kind::Everything,
            .id = QStringLiteral("everything"),
            .title = tr("Everything, as a folder")};
}

ExportSubject dataOf(const Exporter& exporter, std::function<std::string()> write)
{
    return {
        .kind = ExportSubject::Kind::Data,
        .id = text::from(exporter.id),
        .title =
            tr("Data: %1").arg(QCoreApplication::translate("exporters", std::string(exporter.title).c_str())),
        .extension = text::from(exporter.extension),
        .data = std::move(write)};
}

ComparedRuns runsOf(const CompareSession& session)
{
    const Run& a = session.run(Side::A);
    const Run& b = session.run(Side::B);
    ComparedRuns runs{.a = {a, {}, {}}, .b = {b, {}, {}}, .comparison = session.comparison()};
    if (session.isOneTrace() && a.convention != b.convention)
        runs.reasons = reasons(a.trace, *a.convention, *b.convention);
    return runs;
}

} // namespace

const ExportSubject* ExportSource::subject(const QString& id) const
{
    const auto found = std::ranges::find(subjects, id, &ExportSubject::id);
    return found == subjects.end() ? nullptr : &*found;
}

ExportSource exportSource(const Session& session)
{
    ExportSource source{.name = [&session] { return text::from(session.run().source.name); },
                        .measure = [&session] { return text::from(session.lens().measure().id); }};
    for (const View& view : views())
        if (view.paint != nullptr)
            source.subjects.push_back(subjectOf(figureOf(session, view)));
    source.subjects.push_back(window());
    for (const Exporter& exporter : exporters())
        source.subjects.push_back(
            dataOf(exporter, [&session, &exporter] { return exportedText(exporter, session.run()); }));
    source.subjects.push_back(everything());
    return source;
}

ExportSource exportSource(const CompareSession& session, const std::function<std::vector<ShownRow>()>& rows)
{
    ExportSource source{.name =
                            [&session] {
                                return QStringLiteral("%1_%2").arg(
                                    text::from(session.run(Side::A).source.name),
                                    text::from(session.run(Side::B).source.name));
                            },
                        .measure = [&session] { return text::from(session.lens().measure().id); }};
    source.subjects = {subjectOf(comparisonFigure(session, rows)), subjectOf(sweepOfBoth(session)), window()};
    for (const Exporter& exporter : exporters())
        if (exporter.compare != nullptr)
            source.subjects.push_back(
                dataOf(exporter, [&session, &exporter] { return exporter.compare(runsOf(session), {}); }));
    source.subjects.push_back(everything());
    return source;
}

} // namespace sunflop
