// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Encoders of text in the manner of BERT (arXiv 1810.04805): every token sees every other one, norms stand
/// behind the residuals, and a head makes of the states what "architectures" names.

#include "core/families/bricks/blocks.h"
#include "core/families/family.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// What stands on a text encoder.
enum class EncoderHead : std::uint8_t {
    None, ///< XModel alone, with its pooler
    Words,
    WordsAndNext, ///< the two tasks of pre-training: masked words, and whether the second sentence follows
    Next,
    SequenceClassification,
    TokenClassification,
    QuestionAnswering,
};

/// A class that "architectures" may name.
struct EncoderClass {
    std::string_view name;
    EncoderHead head = EncoderHead::None;
    bool hasPooler = false;
};

/// A family of encoders. Sizes are the defaults of its configuration class.
struct EncoderKin {
    std::string_view modelType;
    std::string_view prefix;               ///< of class names: "Bert"
    std::string_view base;                 ///< attribute of XModel in the classes that stand on it: "bert"
    std::span<const EncoderClass> classes; ///< the first is taken where the config names none
    Version oldest;                        ///< release in a layout that is known
    std::int64_t vocabulary, hidden, intermediate, layers, heads, positions, types;
    std::int64_t paddingRow = 0;
};

/// Hyper-parameters of one encoder. Names follow config.json.
struct TextEncoder {
    const EncoderKin* kin = nullptr; ///< never null
    EncoderClass model;
    std::int64_t hidden = 0;
    std::int64_t intermediate = 0;
    std::int64_t layers = 0;
    std::int64_t heads = 0;
    std::int64_t vocabulary = 0;
    std::int64_t positions = 0; ///< that a sequence may have
    std::int64_t types = 0;     ///< of tokens: first and second sentence
    std::optional<std::int64_t> paddingRow;
    double normEpsilon = 1e-12;
    std::string hiddenAct;
    double dropout = 0;
    double attentionDropout = 0;
    double classifierDropout = 0;
    bool tiedWords = true;
    std::int64_t labels = 0;
    std::string problem; ///< "problem_type", which decides over the loss of classified sequences
    DType dtype = DType::F32;
    std::string version; ///< the config's transformers_version, if any
};

/// The encoder that a config describes.
Result<TextEncoder> readTextEncoder(const Config& config, const EncoderKin& kin);
std::vector<Input> textEncoderInputs(const TextEncoder& encoder);
Result<Trace> traceTextEncoder(const TextEncoder& encoder, const Workload& workload);

/// What the class does behind XModel, as the current module: states [batch, n, hidden], and what the pooler
/// makes of the first token [batch, hidden], if there is one.
void runEncoderHead(Tracer& t, const TextEncoder& encoder, const Workload& workload, Tensor states,
                    std::optional<Tensor> pooled);

/// The registry entry of a family.
template<const EncoderKin& kin>
Family textEncoderFamily(std::string_view title)
{
    return {
        .id = kin.modelType,
        .title = title,
        .modelTypes = {kin.modelType},
        .inputs =
            [](const Source& source) { return readTextEncoder(source.config, kin).map(textEncoderInputs); },
        .trace =
            [](const Source& source, const Workload& workload) {
                return readTextEncoder(source.config, kin).and_then([&](const TextEncoder& e) {
                    return traceTextEncoder(e, workload);
                });
            }};
}

} // namespace sunflop
