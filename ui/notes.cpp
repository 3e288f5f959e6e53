// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/notes.h"

#include "core/cost/measure.h"
#include "core/run/remarks.h"
#include "ui/text.h"

#include <QCoreApplication>

#include <algorithm>
#include <set>

namespace sunflop {

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("notes", text);
}

std::size_t index(std::int32_t node)
{
    return static_cast<std::size_t>(node);
}

QString conventionTitle(const Run& run)
{
    return QCoreApplication::translate("conventions", std::string(run.convention->title).c_str());
}

/// The deepest module that holds both.
std::int32_t common(const Trace& trace, std::int32_t a, std::int32_t b)
{
    while (b < a || b >= trace.modules[index(a)].end)
        a = trace.modules[index(a)].parent;
    return a;
}

bool ran(const Trace& trace, std::int32_t node)
{
    const auto begin = trace.modules.begin() + node;
    return std::any_of(begin, trace.modules.begin() + trace.modules[index(node)].end,
                       [](const Module& module) { return module.ran; });
}

/// The beginning of a sentence, for a status line.
QString shortRemark(const QString& sentence)
{
    constexpr qsizetype longest = 48;
    const QString words = sentence.endsWith(QLatin1Char('.')) ? sentence.chopped(1) : sentence;
    return words.size() <= longest ? words : words.left(longest - 1).trimmed() + QChar(u'\u2026');
}

QString callsText(Count calls)
{
    return calls == Count(1) ? tr("1 call") : tr("%1 calls").arg(text::exact(calls));
}

void addRemarks(const Run& run, std::vector<Note>& notes)
{
    for (const std::string& remark : remarksOf(run)) {
        const bool isEstimate = remark == estimateRemark;
        const QString words = isEstimate ? estimateSentence() : text::from(remark);
        notes.push_back({isEstimate ? Note::Kind::Estimate : Note::Kind::Remark,
                         isEstimate ? tr("an estimate") : shortRemark(words), words, -1});
    }
}

void addTokens(const Run& run, std::vector<Note>& notes)
{
    const RunSummary& summary = run.trace.run;
    QString words = tr("%1 prompt tokens per sequence").arg(text::exact(summary.promptTokens));
    if (const auto& images = summary.images; images && images->images > 0) {
        const std::int64_t visual = images->featureTokens + images->markerTokens;
        words += tr(": %1 text and %2 visual. ")
                     .arg(text::exact(summary.promptTokens - visual), text::exact(visual));
        words += images->images == 1 ? tr("One image") : tr("%1 images").arg(text::exact(images->images));
        words += images->tilesPerImage == 1 ? tr(" of one tile")
                                            : tr(" of %1 tiles").arg(text::exact(images->tilesPerImage));
        words += images->images == 1 ? tr(" is") : tr(" are");
        words += tr(" %1 positions in the vision tower").arg(text::exact(images->towerTokens));
    }
    if (summary.decodeSteps > 0)
        words +=
            tr("; then %1 decode steps of one token with a KV cache").arg(text::exact(summary.decodeSteps));
    if (summary.promptTokens > 0)
        notes.push_back({Note::Kind::Tokens, {}, words + QLatin1Char('.'), -1});
}

void addSaturated(const Run& run, std::vector<Note>& notes)
{
    for (const Measure& measure : measures())
        if (measure.of(run.costs.root().total).isSaturated())
            notes.push_back({Note::Kind::Saturated, tr("%1 saturated").arg(text::noun(measure)),
                             tr("%1 exceed what 64 bits can count: what is shown is a lower bound.")
                                 .arg(text::title(measure)),
                             -1});
}

void addUncounted(const Run& run, std::vector<Note>& notes)
{
    for (const Uncounted& kind : run.costs.uncountedBelow(0)) {
        std::int32_t holder = -1;
        for (const Uncounted& entry : run.costs.uncounted)
            if (entry.name == kind.name)
                holder = holder < 0 ? entry.module : common(run.trace, holder, entry.module);
        notes.push_back({Note::Kind::Uncounted, tr("%1 not counted").arg(text::from(kind.name)),
                         tr("%1 has no rule for %2: %3.")
                             .arg(conventionTitle(run), text::from(kind.name), callsText(kind.calls)),
                         holder});
    }
}

/// The topmost modules of which nothing ran, if they hold parameters.
void addDormant(const Run& run, std::vector<Note>& notes)
{
    const auto count = static_cast<std::int32_t>(run.trace.modules.size());
    for (std::int32_t node = 1; node < count; ++node) {
        if (ran(run.trace, node))
            continue;
        const CostNode& costs = run.costs.nodes[index(node)];
        if (costs.total.params > Count(0))
            notes.push_back({Note::Kind::Dormant, tr("%1 did not run").arg(text::name(run, node)),
                             dormancySentence(run, node), node});
        node = costs.end - 1;
    }
}

void addTies(const Run& run, std::vector<Note>& notes)
{
    std::set<std::int32_t> seen;
    for (const Parameter& parameter : run.trace.parameters) {
        if (parameter.tieGroup < 0 || seen.insert(parameter.tieGroup).second)
            continue;
        for (const QString& sentence : tieSentences(run, parameter.module))
            notes.push_back({Note::Kind::Tie, tr("%1 is tied").arg(text::name(run, parameter.module)),
                             text::path(run, parameter.module) + QLatin1Char(' ') + sentence,
                             parameter.module});
    }
}

} // namespace

std::vector<Note> notesOf(const Run& run)
{
    std::vector<Note> notes;
    addRemarks(run, notes);
    addTokens(run, notes);
    addSaturated(run, notes);
    addUncounted(run, notes);
    addDormant(run, notes);
    addTies(run, notes);
    for (const std::string_view note : run.convention->notes)
        notes.push_back({Note::Kind::Convention,
                         {},
                         QCoreApplication::translate("conventions", std::string(note).c_str()),
                         -1});
    return notes;
}

QString estimateSentence()
{
    return tr("These figures are an estimate: the file stores weights and not the program that uses them. "
              "Parameters and weight bytes are exact; operators, and what follows from them, were guessed.");
}

QString titleOf(const QString& title, const Run& run)
{
    return run.trace.isEstimate ? tr("%1 (estimate)").arg(title) : title;
}

QString statusText(const std::vector<Note>& notes)
{
    QStringList briefs;
    for (const Note& note : notes)
        if (!note.brief.isEmpty())
            briefs << note.brief;
    constexpr qsizetype most = 2;
    const qsizetype count = briefs.size();
    if (count == 0)
        return {};
    QString words = QStringList(briefs.mid(0, most)).join(QStringLiteral(", "));
    if (count > most)
        words += QStringLiteral(", …");
    return count == 1 ? tr("1 note: %1").arg(words) : tr("%1 notes: %2").arg(count).arg(words);
}

QStringList tieSentences(const Run& run, std::int32_t node)
{
    QStringList sentences;
    for (const Parameter& own : run.trace.parameters) {
        if (own.module != node || own.tieGroup < 0)
            continue;
        QStringList others;
        std::int32_t owner = node;
        for (const Parameter& other : run.trace.parameters)
            if (other.tieGroup == own.tieGroup && other.module != node) {
                others << text::path(run, other.module);
                owner = common(run.trace, owner, other.module);
            }
        if (!others.isEmpty())
            sentences << tr("shares its %1 with %2: counted once, in %3.")
                             .arg(text::from(own.name), others.join(QStringLiteral(", ")),
                                  text::path(run, owner));
    }
    return sentences;
}

QString dormancySentence(const Run& run, std::int32_t node)
{
    if (ran(run.trace, node))
        return {};
    const bool hasNoImages =
        run.workload.images == 0 && std::ranges::find(run.inputs, "images", &Input::id) != run.inputs.end();
    return hasNoImages
               ? tr("%1 did not run: there are no images. Its parameters count, its operators do not exist.")
                     .arg(text::path(run, node))
               : tr("%1 did not run under these inputs: its parameters count, its operators do not exist.")
                     .arg(text::path(run, node));
}

QString uncountedSentence(const Run& run, std::int32_t node)
{
    QStringList operators;
    for (const Uncounted& entry : run.costs.uncountedBelow(node))
        operators << tr("%1 (%2)").arg(text::from(entry.name), callsText(entry.calls));
    return operators.isEmpty()
               ? QString()
               : tr("%1 has no rule for %2.").arg(conventionTitle(run), operators.join(QStringLiteral(", ")));
}

} // namespace sunflop
