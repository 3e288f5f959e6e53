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

/// Inputs and convention; `side` is "", "-a" or "-b".
void addRun(Words& words, const ModelState& model, const QString& side)
{
    for (const Assignment& input : model.inputs)
        words << QStringLiteral("--set") + side << text::from(input.id + "=" + input.value);
    if (model.convention != conventions().front().id)
        words << QStringLiteral("--convention") + side << text::from(model.convention);
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
    if (state.models.size() == 1) {
        Words words{QStringLiteral("sunflop"), QStringLiteral("figure"), placeOf(a.source)};
        addRun(words, a, {});
        addView(words, state.view);
        words << more << QStringLiteral("-o") << QStringLiteral("figure.png");
        return joined(words);
    }
    const ModelState& b = state.models[1];
    Words words{QStringLiteral("sunflop"), QStringLiteral("compare"), placeOf(a.source), placeOf(b.source)};
    addRun(words, a, QStringLiteral("-a"));
    addRun(words, b, QStringLiteral("-b"));
    if (state.comparison)
        for (const auto& [inA, inB] : state.comparison->pairs)
            words << QStringLiteral("--pair") << text::from(inA + "=" + inB);
    return joined(words);
}

} // namespace sunflop
