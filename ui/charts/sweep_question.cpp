// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/sweep_question.h"

#include "ui/charts/chart_theme.h"
#include "ui/text.h"

#include <QCoreApplication>

#include <algorithm>
#include <string>

namespace sunflop {

namespace {

/// A model that takes long to count gets a curve in a second or two.
constexpr std::size_t fewPoints = 17;

SweepSide sideOf(const Session& session, const Axis& axis)
{
    return {.model = session.sharedModel(),
            .settings = settingsBeside(axis, session.settings()),
            .convention = session.run().convention};
}

} // namespace

QString axisTitle(const Axis& axis)
{
    return QCoreApplication::translate("inputs", std::string(axis.title).c_str());
}

QString currentText(const Axis& axis, const Run& run)
{
    const Workload& workload = run.workload;
    const QString unit = text::from(axis.unit);
    if (axis.id == "image_size" && workload.imageWidth != workload.imageHeight)
        return text::exact(workload.imageWidth) + QStringLiteral(" × ") +
               withUnit(workload.imageHeight, unit);
    return withUnit(currentValue(axis, run).value_or(0), unit);
}

SweepQuestion questionOf(const Session& session, const Axis& axis, Grouping grouping)
{
    SweepQuestion question{.sides = {sideOf(session, axis)},
                           .measures = {&session.lens().measure()},
                           .grouping = grouping,
                           .axis = axis,
                           .current = currentValue(axis, session.run())};
    question.range = usualRange(axis, question.current);
    if (session.isLarge())
        question.range.points = fewPoints;
    return question;
}

SweepQuestion questionOf(const Session& a, const Session& b, const Axis& axis)
{
    SweepQuestion question = questionOf(a, axis, Grouping::Branch);
    question.sides.push_back(sideOf(b, axis));
    if (b.isLarge())
        question.range.points = fewPoints;
    return question;
}

} // namespace sunflop
