// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/session_command.h"

#include "core/conventions/convention.h"
#include "ui/text.h"

#include <QRegularExpression>
#include <QStringList>

namespace sunflop {

namespace {

using Words = QStringList;

void addOption(Words& words, const char* option, std::string_view value, std::string_view standard = {})
{
    if (value != standard)
        words << QLatin1String(option) << text::from(value);
}

QString placeOf(const SourceReference& source)
{
    return text::from(source.bundled.empty() ? source.path : source.bundled);
}

void addInputs(Words& words, const ModelState& model, const QString& option)
{
    for (const Assignment& input : model.inputs)
        words << option << text::from(input.id + "=" + input.value);
}

/// Model B, what only it has, and how the two are laid beside each other.
void addSecond(Words& words, const ModelState& a, const ModelState& b, const ComparisonState& comparison)
{
    words << QStringLiteral("--compare") << placeOf(b.source);
    addInputs(words, a, QStringLiteral("--set-a"));
    addInputs(words, b, QStringLiteral("--set-b"));
    addOption(words, "--convention", a.convention, conventions().front().id);
    addOption(words, "--convention-b", b.convention, a.convention);
    for (const auto& [inA, inB] : comparison.pairs)
        words << QStringLiteral("--pair") << text::from(inA + "=" + inB);
    // Without either, inputs are linked where both models run alike; here that is known of defaults only.
    if (!comparison.linksInputs)
        words << QStringLiteral("--no-link");
    else if (!a.inputs.empty() || !b.inputs.empty())
        words << QStringLiteral("--link");
    if (!comparison.sharesScale)
        words << QStringLiteral("--own-scales");
    if (!comparison.linksInputs)
        addOption(words, "--inputs", comparison.focus, "a");
}

void addView(Words& words, const ViewState& view)
{
    const ViewState standard;
    addOption(words, "--measure", view.measure, standard.measure);
    addOption(words, "--colour", view.colour, standard.colour);
    if (view.rings != standard.rings)
        words << QStringLiteral("--rings") << QString::number(view.rings);
    if (!view.foldsRepeats)
        words << QStringLiteral("--unfold");
    if (!view.showsLabels)
        words << QStringLiteral("--no-labels");
    addOption(words, "--zoom", view.root);
    addOption(words, "--select", view.selected, view.root);
    addOption(words, "--search", view.search);
    addOption(words, "--tab", view.tab);
    addOption(words, "--over", view.sweptInput);
    if (view.sorting)
        addOption(words, "--sort", view.sorting->column + (view.sorting->isDescending ? ":down" : ":up"));
    for (const std::string& path : view.expanded.value_or(std::vector<std::string>{}))
        words << QStringLiteral("--expand") << text::from(path);
}

QString joined(const Words& words)
{
    Words quoted;
    for (const QString& word : words)
        quoted << shellWord(word);
    return quoted.join(QLatin1Char(' '));
}

} // namespace

QString shellWord(const QString& word)
{
    static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_@%+=:,./-]+$"));
    if (plain.match(word).hasMatch())
        return word;
    QString inside = word;
    return QLatin1Char('\'') + inside.replace(QLatin1Char('\''), QStringLiteral("'\\''")) + QLatin1Char('\'');
}

QString commandOf(const SessionState& state, const QStringList& more)
{
    const ModelState& a = state.models.front();
    Words words{QStringLiteral("sunflop"), QStringLiteral("figure"), placeOf(a.source)};
    if (state.models.size() > 1) {
        addSecond(words, a, state.models[1], state.comparison.value_or(ComparisonState{}));
    } else {
        addInputs(words, a, QStringLiteral("--set"));
        addOption(words, "--convention", a.convention, conventions().front().id);
    }
    addView(words, state.view);
    words << more << QStringLiteral("-o") << QStringLiteral("figure.png");
    return joined(words);
}

} // namespace sunflop
