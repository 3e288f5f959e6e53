// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session_json.h"

#include "core/base/nearest.h"
#include "core/base/plain_text.h"
#include "core/base/registry.h"
#include "core/conventions/convention.h"
#include "core/cost/measure.h"
#include "core/model/config.h"
#include "core/model/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <span>

namespace sunflop {

namespace {

using Json = nlohmann::json;
using Keys = std::initializer_list<std::string_view>;

/// Reads the keys of one object; the first error is kept and later reads are harmless.
class Reader : public ConfigReader {
public:
    using ConfigReader::ConfigReader;

    /// Refuses keys other than these.
    void expectOnly(Keys keys)
    {
        for (const auto& entry : config().json().items())
            if (std::ranges::find(keys, entry.key()) == keys.end())
                refuse(shortened(entry.key()),
                       fmt::format("unknown in format {}, {}", SessionState::format,
                                   expectedName(entry.key(), {keys.begin(), keys.end()})),
                       ErrorKind::Unsupported);
    }
    /// A text that must be one of several.
    template<typename Texts>
    std::string oneOf(std::string_view key, std::string_view fallback, const Texts& allowed)
    {
        std::string value = text(key, fallback);
        const std::vector<std::string_view> names(std::begin(allowed), std::end(allowed));
        if (std::ranges::find(names, value) == names.end())
            refuse(key, fmt::format("found \"{}\", {}", shortened(value), expectedName(value, names)),
                   ErrorKind::Unsupported);
        return value;
    }
    /// A list of anything; an empty one where the key is missing.
    Json list(std::string_view key)
    {
        if (!has(key))
            return Json::array();
        const Json& value = config().json()[std::string(key)];
        if (value.is_array())
            return value;
        refuse(key, fmt::format("found {}, expected a list", value.type_name()), ErrorKind::Malformed);
        return Json::array();
    }
};

/// Where several parts are read one after the other, the first error counts.
class FirstError {
public:
    void note(const Reader& reader)
    {
        if (!m_error)
            m_error = reader.error();
    }
    void note(Error error)
    {
        if (!m_error)
            m_error = std::move(error);
    }
    const std::optional<Error>& error() const { return m_error; }

private:
    std::optional<Error> m_error;
};

std::vector<Assignment> readInputs(const Config& config, FirstError& errors)
{
    std::vector<Assignment> inputs;
    Reader reader(config);
    for (const auto& entry : config.json().items()) {
        if (entry.value().is_string())
            inputs.push_back({entry.key(), entry.value().get<std::string>()});
        else
            reader.refuse(shortened(entry.key()),
                          fmt::format("found {}, expected the input's value as a text",
                                      entry.value().is_structured() ? entry.value().type_name()
                                                                    : shortened(entry.value().dump())),
                          ErrorKind::Malformed);
    }
    errors.note(reader);
    return inputs;
}

bool isHash(std::string_view text)
{
    constexpr std::size_t digits = 64;
    return text.size() == digits &&
           std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

SourceReference readSource(const Config& config, FirstError& errors)
{
    Reader reader(config);
    reader.expectOnly({"bundled", "path", "bytes", "sha256"});
    SourceReference source;
    source.bundled = reader.text("bundled", "");
    source.path = reader.text("path", "");
    if (source.bundled.empty() == source.path.empty())
        reader.refuse(source.path.empty() ? "path" : "bundled",
                      source.path.empty() ? "missing, expected it or bundled"
                                          : "stands beside path, expected one of them",
                      ErrorKind::Malformed);
    if (source.path.find('\0') != std::string::npos)
        reader.refuse("path", "found a NUL byte, expected a path", ErrorKind::Malformed);
    source.fingerprint.sha256 = reader.text("sha256", "");
    if (!source.fingerprint.sha256.empty() && !isHash(source.fingerprint.sha256))
        reader.refuse(
            "sha256",
            fmt::format("found \"{}\", expected 64 digits 0-9 a-f", shortened(source.fingerprint.sha256)),
            ErrorKind::Malformed);
    const Json& json = config.json();
    if (reader.has("bytes")) {
        const Json& bytes = json["bytes"];
        if (bytes.is_number_unsigned() && bytes.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX))
            source.fingerprint.bytes = bytes.get<std::int64_t>();
        else
            reader.refuse("bytes", "expected a whole number of bytes", ErrorKind::Malformed);
    }
    errors.note(reader);
    return source;
}

ModelState readModel(const Json& json, const std::string& where, FirstError& errors)
{
    if (!json.is_object()) {
        errors.note(
            {ErrorKind::Malformed, where, fmt::format("found {}, expected an object", json.type_name())});
        return {};
    }
    Reader reader(Config(json, where));
    reader.expectOnly({"source", "inputs", "convention", "baseline"});
    ModelState model;
    if (!reader.has("source"))
        reader.refuse("source", "missing, expected an object", ErrorKind::Malformed);
    const Config source = reader.object("source");
    const Config inputs = reader.object("inputs");
    const Config baseline = reader.object("baseline");
    model.convention = reader.oneOf("convention", conventions().front().id, idsOf(conventions()));
    errors.note(reader);
    model.source = readSource(source, errors);
    model.inputs = readInputs(inputs, errors);
    if (reader.has("baseline"))
        model.baseline = readInputs(baseline, errors);
    return model;
}

ViewState readView(const Config& config, FirstError& errors)
{
    Reader reader(config);
    reader.expectOnly({"measure", "colour", "rings", "folds", "labels", "root", "selected", "search", "tab",
                       "over", "sorting", "expanded"});
    ViewState view;
    view.measure = reader.oneOf("measure", view.measure, idsOf(measures()));
    view.colour = reader.oneOf("colour", view.colour, sliceColours);
    view.rings = reader.size("rings", view.rings, ViewState::mostRings);
    view.foldsRepeats = reader.flag("folds", true);
    view.showsLabels = reader.flag("labels", true);
    view.root = reader.text("root", "");
    view.selected = reader.text("selected", "");
    view.search = reader.text("search", "");
    view.tab = reader.text("tab", "");
    view.sweptInput = reader.text("over", "");
    if (reader.has("expanded"))
        view.expanded = reader.texts("expanded");
    const Config sorting = reader.object("sorting");
    errors.note(reader);
    if (reader.has("sorting")) {
        Reader order(sorting);
        order.expectOnly({"column", "descends"});
        view.sorting = ViewState::Sorting{order.text("column", ""), order.flag("descends", false)};
        if (view.sorting->column.empty())
            order.refuse("column", "missing, expected the id of a column", ErrorKind::Malformed);
        errors.note(order);
    }
    return view;
}

ComparisonState readComparison(const Config& config, FirstError& errors)
{
    Reader reader(config);
    reader.expectOnly({"pairs", "links", "same_scale", "focus"});
    ComparisonState comparison;
    for (const Json& pair : reader.list("pairs")) {
        const bool isPair = pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[1].is_string();
        if (isPair)
            comparison.pairs.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
        else
            reader.refuse("pairs", "expected lists of two paths, of A and of B", ErrorKind::Malformed);
    }
    comparison.linksInputs = reader.flag("links", true);
    comparison.sharesScale = reader.flag("same_scale", true);
    comparison.focus = reader.oneOf("focus", "a", Keys{"a", "b"});
    errors.note(reader);
    return comparison;
}

/// Whether the file is a session at all, and of a format that is known here.
std::optional<Error> formatProblem(const Config& config)
{
    if (!config.json().contains("sunflop"))
        return Error{
            ErrorKind::Unsupported, {}, "no Sunflop session, expected an object with the key \"sunflop\""};
    Reader reader(config);
    const std::int64_t version = reader.size("sunflop", 0);
    if (reader.error())
        return reader.error();
    if (version <= SessionState::format)
        return std::nullopt;
    const std::string program = reader.text("program", "");
    return Error{ErrorKind::Unsupported, "sunflop",
                 fmt::format("session format {}, written by {}; expected format {} or older, a newer program "
                             "reads it",
                             version, program.empty() ? "a newer Sunflop" : "Sunflop " + shortened(program),
                             SessionState::format)};
}

} // namespace

Result<SessionState> readSession(std::string_view text)
{
    if (text.empty())
        return failure(ErrorKind::Malformed, {}, "the file is empty, expected a Sunflop session");
    auto json = parseJson(text, {.depth = deepestSession});
    if (!json)
        return failure(json.error());
    if (!json->is_object())
        return failure(
            ErrorKind::Malformed, {},
            fmt::format("the file holds a JSON {}, expected a Sunflop session", json->type_name()));
    const Config config(*std::move(json));
    if (auto problem = formatProblem(config))
        return failure(*std::move(problem));
    Reader reader(config);
    reader.expectOnly({"sunflop", "program", "continues", "models", "view", "compare", "figure"});
    SessionState state;
    state.program = reader.text("program", "");
    state.continues = reader.text("continues", "");
    const Json models = reader.list("models");
    if (models.empty() || models.size() > 2)
        reader.refuse("models",
                      fmt::format("found {} models, expected one, or two that are compared", models.size()),
                      ErrorKind::Malformed);
    const Config view = reader.object("view");
    const Config comparison = reader.object("compare");
    state.figure = reader.object("figure");
    FirstError errors;
    errors.note(reader);
    for (std::size_t i = 0; i < models.size() && !errors.error(); ++i)
        state.models.push_back(readModel(models[i], fmt::format("models[{}]", i), errors));
    state.view = readView(view, errors);
    if (reader.has("compare"))
        state.comparison = readComparison(comparison, errors);
    if (errors.error())
        return failure(*errors.error());
    return state;
}

} // namespace sunflop
