// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/comparison_text.h"

#include "core/base/units.h"
#include "ui/text.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <cmath>

namespace sunflop::text {

namespace {

constexpr QChar enDash(0x2013);
constexpr QChar minus(0x2212);
constexpr QChar thinSpace(0x202F);

QString tr(const char* words)
{
    return QCoreApplication::translate("compare", words);
}

QString withSign(Count difference, const QString& digits)
{
    return (difference < Count(0) ? QString(minus) : QStringLiteral("+")) + digits;
}

Count size(Count difference)
{
    return difference < Count(0) ? Count(0) - difference : difference;
}

/// Value of an input that is a number and is offered; -1: none.
std::int64_t number(const Run& run, std::string_view id)
{
    const bool isOffered = std::ranges::find(run.inputs, id, &Input::id) != run.inputs.end();
    if (!isOffered || run.workload.isAutomatic(id))
        return -1;
    return parseWhole(run.workload.text(id)).value_or(-1);
}

} // namespace

QString delta(const ComparedFigure& figure, const Measure& measure)
{
    const auto change = difference(figure);
    if (!change)
        return tr("unknown");
    return *change == Count(0) ? QString(enDash) : withSign(*change, brief(size(*change), measure));
}

QString exactDelta(const ComparedFigure& figure, const Measure& measure)
{
    const auto change = difference(figure);
    if (!change)
        return tr("unknown: both are out of range");
    return *change == Count(0) ? tr("no difference")
                               : withSign(*change, exactWithUnit(size(*change), measure));
}

QString ratio(const ComparedFigure& figure)
{
    if (figure.a == Count(0))
        return figure.b == Count(0) ? QString(enDash) : tr("from 0");
    const auto times = sunflop::ratio(figure);
    if (!times)
        return tr("unknown");
    if (*times > 0 && *times < 0.005)
        return QStringLiteral("< 0.01") + thinSpace + QChar(0xD7);
    const QString digits = *times < 99.995  ? QString::number(*times, 'f', 2)
                           : *times < 999.5 ? QString::number(*times, 'f', 0)
                                            : exact(Count(std::llround(std::min(*times, 9e18))));
    return digits + thinSpace + QChar(0xD7);
}

QString comparedCell(Count count, bool isThere, const Measure& measure)
{
    return isThere ? brief(count, measure) : tr("absent");
}

QString comparedRatio(const ComparedRow& row, const ComparedFigure& figure)
{
    if (!row.isInB)
        return tr("gone");
    return row.isInA ? text::ratio(figure) : tr("new");
}

QString matchSentence(Match match)
{
    switch (match) {
    case Match::Hand: return tr("Paired by hand");
    case Match::Path: return tr("Paired by name: the same path");
    case Match::Alias: return tr("Paired by alias: other names of the same part");
    case Match::Role: return tr("Paired by role and order");
    case Match::None: break;
    }
    return {};
}

QString layers(const Run& run)
{
    constexpr qsizetype most = 4;
    QStringList counts;
    const auto& nodes = run.costs.nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const bool isOutermost = nodes[i].repeat > 1 && nodes[i].instances == nodes[i].repeat;
        if (isOutermost && nodes[i].end > static_cast<std::int32_t>(i) + 1)
            counts << exact(nodes[i].repeat);
    }
    return counts.size() <= most ? counts.join(QStringLiteral(" + ")) : QString();
}

QString sizeLine(const Run& run)
{
    QStringList parts;
    if (run.trace.run.promptTokens > 0)
        parts << tr("%1 tokens").arg(exact(run.trace.run.promptTokens));
    if (const QString counts = layers(run); !counts.isEmpty())
        parts << tr("%1 layers").arg(counts);
    return parts.join(QStringLiteral(" · "));
}

QString inputsLine(const Run& run)
{
    QStringList parts;
    if (const auto batch = number(run, "batch"); batch > 0)
        parts << tr("batch %1").arg(exact(batch));
    if (const auto tokens = number(run, "text_tokens"); tokens >= 0)
        parts << tr("%1 text tokens").arg(exact(tokens));
    if (run.trace.run.images && run.trace.run.images->images > 0) {
        const auto width = number(run, "image_width");
        QString images = run.trace.run.images->images == 1
                             ? tr("1 image")
                             : tr("%1 images").arg(exact(run.trace.run.images->images));
        if (width > 0)
            images = tr("%1 of %2 × %3 px").arg(images, exact(width), exact(number(run, "image_height")));
        if (run.trace.run.images->tilesPerImage > 1)
            images = tr("%1 in %2 tiles").arg(images, exact(run.trace.run.images->tilesPerImage));
        parts << images;
    } else if (number(run, "images") == 0) {
        parts << tr("no image");
    }
    if (const auto tokens = number(run, "new_tokens"); tokens > 0)
        parts << tr("%1 new tokens").arg(exact(tokens));
    for (const Argument& argument : run.workload.arguments)
        parts << from(argument.id) + QLatin1Char(' ') + from(argument.text);
    return parts.join(QStringLiteral(", "));
}

Count tokens(const Run& run)
{
    const std::int64_t batch = std::max<std::int64_t>(1, number(run, "batch"));
    return Count(batch) * (Count(run.trace.run.promptTokens) + run.trace.run.decodeSteps);
}

} // namespace sunflop::text
