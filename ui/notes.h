// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a reader of a run's figures should know besides the figures.

#include "core/run/run.h"

#include <QString>
#include <QStringList>

#include <cstdint>
#include <vector>

namespace sunflop {

/// One sentence or two about a run.
struct Note {
    enum class Kind {
        Estimate,   ///< operators were guessed
        Remark,     ///< what the file's reader or the run itself has to say
        Tokens,     ///< how long the prompt came to be
        Saturated,  ///< a figure is larger than can be counted
        Uncounted,  ///< operators without a rule
        Dormant,    ///< modules that did not run
        Tie,        ///< parameters under two names
        Convention, ///< what the convention counts
    } kind = Kind::Convention;
    QString brief; ///< a few words for a status line
    QString text;
    std::int32_t node = -1; ///< the module it is about; -1: the whole model
};

/// All notes of a run, in the order of Kind.
std::vector<Note> notesOf(const Run& run);

/// Says that figures are an estimate, and which of them.
QString estimateSentence();
/// The title of a figure of this run: "Sunburst, weights (estimate)".
QString titleOf(const QString& title, const Run& run);

/// "2 notes: silu not counted, visual_tokenizer did not run"; empty if only the usual is to be told.
QString statusText(const std::vector<Note>& notes);

/// "shares its weight with llm.model.embed_tokens: counted once, in llm": one sentence for every tied
/// parameter of a module.
QStringList tieSentences(const Run& run, std::int32_t node);
/// Why a module did not run; empty if it or something below it did.
QString dormancySentence(const Run& run, std::int32_t node);
/// "fvcore has no rule for silu (36 calls), cos (1 call)." about everything below a module; empty if all
/// counts.
QString uncountedSentence(const Run& run, std::int32_t node);

} // namespace sunflop
