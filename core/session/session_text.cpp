// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session_json.h"

#include <nlohmann/json.hpp>

namespace sunflop {

namespace {

using Json = nlohmann::ordered_json;

void addText(Json& object, const char* key, const std::string& text)
{
    if (!text.empty())
        object[key] = text;
}

Json jsonOf(const std::vector<Assignment>& inputs)
{
    Json object = Json::object();
    for (const Assignment& input : inputs)
        object[input.id] = input.value;
    return object;
}

Json jsonOf(const SourceReference& source)
{
    Json object = Json::object();
    addText(object, "bundled", source.bundled);
    addText(object, "path", source.path);
    if (!source.fingerprint.sha256.empty()) {
        object["bytes"] = source.fingerprint.bytes;
        object["sha256"] = source.fingerprint.sha256;
    }
    return object;
}

Json jsonOf(const ModelState& model)
{
    Json object{
        {"source", jsonOf(model.source)}, {"inputs", jsonOf(model.inputs)}, {"convention", model.convention}};
    if (model.baseline)
        object["baseline"] = jsonOf(*model.baseline);
    return object;
}

Json jsonOf(const ViewState& view)
{
    Json object{{"measure", view.measure},
                {"colour", view.colour},
                {"rings", view.rings},
                {"folds", view.foldsRepeats},
                {"labels", view.showsLabels}};
    addText(object, "root", view.root);
    addText(object, "selected", view.selected);
    addText(object, "search", view.search);
    addText(object, "tab", view.tab);
    addText(object, "over", view.sweptInput);
    if (view.sorting)
        object["sorting"] = Json{{"column", view.sorting->column}, {"descends", view.sorting->isDescending}};
    if (view.expanded)
        object["expanded"] = *view.expanded;
    return object;
}

Json jsonOf(const ComparisonState& comparison)
{
    Json pairs = Json::array();
    for (const auto& [a, b] : comparison.pairs)
        pairs.push_back(Json::array({a, b}));
    return {{"pairs", std::move(pairs)},
            {"links", comparison.linksInputs},
            {"same_scale", comparison.sharesScale},
            {"focus", comparison.focus}};
}

} // namespace

std::string sessionText(const SessionState& state)
{
    Json object{{"sunflop", SessionState::format}};
    addText(object, "program", state.program);
    addText(object, "continues", state.continues);
    Json models = Json::array();
    for (const ModelState& model : state.models)
        models.push_back(jsonOf(model));
    object["models"] = std::move(models);
    object["view"] = jsonOf(state.view);
    if (state.comparison)
        object["compare"] = jsonOf(*state.comparison);
    if (!state.figure.json().empty())
        object["figure"] = Json(state.figure.json());
    // Bytes that are no UTF-8, as a file's name may hold, cannot be written in JSON.
    return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace sunflop
