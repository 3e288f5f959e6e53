// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/tables/sweep_text.h"

#include "core/base/plain_text.h"
#include "core/run/remarks.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace sunflop {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 2> sideNames{"a", "b"};

/// What a side comes to at a point, nothing where its run has no such figure: one model is split in groups,
/// two are a group each.
std::optional<Count> figure(const SweepText& text, const SweepPoint& point, std::size_t side,
                            const Measure& measure)
{
    if (text.question.isComparison())
        return point.figure(side, measure);
    Count sum;
    for (std::size_t group = 0; group < point.costs.size(); ++group) {
        const auto part = point.figure(group, measure);
        if (!part)
            return std::nullopt;
        sum += *part;
    }
    return sum;
}

Json figuresJson(const SweepText& text, const SweepPoint& point, std::size_t side)
{
    Json figures = Json::object();
    for (const Measure* measure : text.question.measures) {
        const auto count = figure(text, point, side, *measure);
        figures[std::string(measure->id)] = count ? Json(count->value()) : Json(nullptr);
    }
    return figures;
}

Json sideJson(const SweepSide& side)
{
    Json inputs = Json::object();
    for (const Assignment& setting : side.settings)
        inputs[setting.id] = setting.value;
    return {{"model", side.model->source.name},
            {"convention", side.convention->id},
            {"inputs", inputs},
            {"estimate", isEstimate(*side.model)}};
}

Json pointJson(const SweepText& text, const SweepPoint& point)
{
    Json json{{"value", point.value}};
    if (text.question.isComparison())
        for (std::size_t side = 0; side < text.question.sides.size(); ++side)
            json[std::string(sideNames[side])] = figuresJson(text, point, side);
    else
        json.update(figuresJson(text, point, 0));
    return json;
}

} // namespace

std::string sweepCsv(const SweepText& text)
{
    const auto& question = text.question;
    std::string out(question.axis.id);
    for (std::size_t side = 0; side < question.sides.size(); ++side)
        for (const Measure* measure : question.measures)
            out += question.isComparison() ? fmt::format(",{}_{}", sideNames[side], measure->id)
                                           : fmt::format(",{}", measure->id);
    out += '\n';
    for (const SweepPoint& point : text.sweep.points) {
        out += fmt::format("{}", point.value);
        for (std::size_t side = 0; side < question.sides.size(); ++side)
            for (const Measure* measure : question.measures) {
                const auto count = figure(text, point, side, *measure);
                out += count ? fmt::format(",{}", count->value()) : ",";
            }
        out += '\n';
    }
    return out;
}

std::string sweepJson(const SweepText& text)
{
    const SweepQuestion& question = text.question;
    Json json = Json::object();
    for (std::size_t side = 0; side < question.sides.size(); ++side)
        json[std::string(sideNames[side])] = sideJson(question.sides[side]);
    json["over"] = {{"input", question.axis.id}, {"unit", question.axis.unit}};
    json["points"] = Json::array();
    for (const SweepPoint& point : text.sweep.points)
        json["points"].push_back(pointJson(text, point));
    json["left_out"] = text.leftOut;
    if (question.isComparison()) {
        json["crossings"] = Json::array();
        for (const Crossing& crossing : text.sweep.crossings)
            json["crossings"].push_back({{"measure", question.measure().id},
                                         {"dearer", sideNames[crossing.over]},
                                         {"before", crossing.before},
                                         {"at", crossing.at}});
    }
    return plainLines(json.dump(2, ' ', false, Json::error_handler_t::replace)) + '\n';
}

} // namespace sunflop
