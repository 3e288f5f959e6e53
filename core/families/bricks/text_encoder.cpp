// SPDX-License-Identifier: GPL-3.0-or-later
// Source: transformers' modeling_bert.py since attention has one class for all kernels.
#include "core/families/bricks/text_encoder.h"

#include "core/families/bricks/attend.h"

#include "core/base/plain_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

/// One forward.
struct Forward {
    const TextEncoder& encoder;
    const Workload& workload;

    std::string className(std::string_view suffix) const
    {
        return fmt::format("{}{}", encoder.kin->prefix, suffix);
    }
};

/// Words, the sentence that they stand in and where they stand: [batch, n, hidden].
Tensor embeddings(Tracer& t, const Forward& f)
{
    const TextEncoder& e = f.encoder;
    const std::int64_t n = f.workload.textTokens;
    const auto scope = t.module("embeddings", f.className("Embeddings"),
                                {.role = Role::Embedding,
                                 .order = {"word_embeddings", "position_embeddings", "token_type_embeddings",
                                           "LayerNorm", "dropout"}});
    const Tensor ids = t.input({f.workload.batch, n}, DType::I64);
    Tensor x = embedding(t, "word_embeddings", ids, e.vocabulary, e.hidden, e.paddingRow,
                         e.tiedWords ? "word_embeddings" : "");
    const Tensor types = t.create({f.workload.batch, n}, DType::I64);
    x = add(std::move(x), embedding(t, "token_type_embeddings", types, e.types, e.hidden));
    const Tensor places = t.create({1, n}, DType::I64);
    x = add(std::move(x), embedding(t, "position_embeddings", places, e.positions, e.hidden));
    x = layerNorm(t, "LayerNorm", x, e.normEpsilon);
    return dropout(t, "dropout", std::move(x), e.dropout, f.workload.mode);
}

Tensor selfAttention(Tracer& t, const Forward& f, const Tensor& x)
{
    const TextEncoder& e = f.encoder;
    const auto scope = t.module("self", f.className("SelfAttention"));
    const auto heads = [&](std::string_view name) {
        return splitHeads(linear(t, name, x, e.hidden, Bias::Yes), e.heads, e.hidden / e.heads);
    };
    const Tensor q = heads("query");
    const Tensor k = heads("key");
    const Tensor v = heads("value");
    {
        const auto unused = t.dormant();
        dropout(t, "dropout", e.attentionDropout);
    }
    const Tensor mixed = attend(t, q, k, v,
                                {.kernel = f.workload.attention,
                                 .floatSoftmax = false,
                                 .dropoutProbability = e.attentionDropout,
                                 .mode = f.workload.mode});
    return mergeHeads(mixed, headOrder(f.workload.attention));
}

/// A product [batch, n, hidden], and the norm of its sum with the residual.
Tensor output(Tracer& t, const Forward& f, std::string_view suffix, Role role, const Tensor& x,
              const Tensor& residual)
{
    const auto scope =
        t.module("output", f.className(suffix), {.role = role, .order = {"dense", "LayerNorm", "dropout"}});
    Tensor y = linear(t, "dense", x, f.encoder.hidden, Bias::Yes);
    y = dropout(t, "dropout", std::move(y), f.encoder.dropout, f.workload.mode);
    return layerNorm(t, "LayerNorm", add(std::move(y), residual), f.encoder.normEpsilon);
}

Tensor attention(Tracer& t, const Forward& f, const Tensor& x)
{
    const auto scope = t.module("attention", f.className("Attention"), {.role = Role::Attention});
    const Tensor mixed = selfAttention(t, f, x);
    return output(t, f, "SelfOutput", Role::Attention, mixed, x);
}

Tensor intermediate(Tracer& t, const Forward& f, const Tensor& x)
{
    const auto scope = t.module("intermediate", f.className("Intermediate"), {.role = Role::Mlp});
    const Tensor wide = linear(t, "dense", x, f.encoder.intermediate, Bias::Yes);
    return activation(t, "intermediate_act_fn", wide, f.encoder.hiddenAct, f.workload.transformers);
}

/// A run of equal layers.
Tensor layers(Tracer& t, const Forward& f, Tensor handed, std::int64_t first, std::int64_t count)
{
    const auto scope = t.module(std::to_string(first), f.className("Layer"), {.repeat = count});
    const auto adapting = t.adapting();
    const Tensor x = t.carried(std::move(handed));
    const Tensor attended = attention(t, f, x);
    const Tensor wide = intermediate(t, f, attended);
    return t.handOn(output(t, f, "Output", Role::Mlp, wide, attended));
}

Tensor encoder(Tracer& t, const Forward& f, Tensor x)
{
    const auto scope = t.module("encoder", f.className("Encoder"));
    const auto list = t.module("layer", "ModuleList", {.isContainer = true});
    for (std::int64_t first = 0; first < f.encoder.layers;) {
        const std::int64_t next = t.alikeUntil(first, f.encoder.layers);
        x = layers(t, f, std::move(x), first, next - first);
        first = next;
    }
    return x;
}

/// The first token's state of [batch, n, hidden] to [batch, hidden].
Tensor pooler(Tracer& t, const Forward& f, const Tensor& states)
{
    const auto scope = t.module("pooler", f.className("Pooler"), {.role = Role::Head});
    const Tensor first = slice(states, {states.size(0), f.encoder.hidden});
    const Tensor pooled = linear(t, "dense", first, f.encoder.hidden, Bias::Yes);
    const auto act = t.module("activation", "Tanh", {.role = Role::Activation});
    return tanh(pooled);
}

/// XModel under `name`.
std::pair<Tensor, std::optional<Tensor>> model(Tracer& t, std::string_view name, const Forward& f)
{
    const auto scope = t.module(name, f.className("Model"));
    Tensor states = encoder(t, f, embeddings(t, f));
    std::optional<Tensor> pooled;
    if (f.encoder.model.hasPooler)
        pooled = pooler(t, f, states);
    return {std::move(states), std::move(pooled)};
}

void readSizes(ConfigReader& reader, const EncoderKin& kin, TextEncoder& e)
{
    e.hidden = reader.size("hidden_size", kin.hidden);
    e.intermediate = reader.size("intermediate_size", kin.intermediate);
    e.layers = reader.size("num_hidden_layers", kin.layers, mostLayers);
    e.heads = reader.size("num_attention_heads", kin.heads);
    e.vocabulary = reader.size("vocab_size", kin.vocabulary);
    e.positions = reader.size("max_position_embeddings", kin.positions);
    e.types = reader.size("type_vocab_size", kin.types);
    e.labels = readLabels(reader);
    if (reader.has("pad_token_id") || !reader.config().json().contains("pad_token_id"))
        e.paddingRow = reader.integer("pad_token_id", kin.paddingRow);
    if (e.hidden % e.heads != 0)
        reader.refuse("num_attention_heads",
                      fmt::format("found {}, expected a divisor of hidden_size {}", e.heads, e.hidden));
    if (e.paddingRow && (*e.paddingRow >= e.vocabulary || *e.paddingRow < -e.vocabulary))
        reader.refuse("pad_token_id",
                      fmt::format("found {}, expected less than vocab_size {}", *e.paddingRow, e.vocabulary));
    const bool classifies = e.model.head == EncoderHead::SequenceClassification ||
                            e.model.head == EncoderHead::TokenClassification;
    if (classifies && e.labels < 1)
        reader.refuse("num_labels", fmt::format("found {}, expected at least 1", e.labels));
}

/// Settings under which the class is another model.
void refuseOthers(ConfigReader& reader)
{
    for (const std::string_view key : {"is_decoder", "add_cross_attention"})
        if (reader.flag(key, false))
            reader.refuse(key, "found true, expected false: an encoder is traced", ErrorKind::Unsupported);
    const std::string positions = reader.text("position_embedding_type", "absolute");
    if (positions != "absolute")
        reader.refuse("position_embedding_type",
                      fmt::format("found \"{}\", expected absolute", shortened(positions)),
                      ErrorKind::Unsupported);
}

} // namespace

Result<TextEncoder> readTextEncoder(const Config& config, const EncoderKin& kin)
{
    ConfigReader reader(config);
    std::vector<std::string_view> names;
    for (const EncoderClass& known : kin.classes)
        names.push_back(known.name);
    TextEncoder e{.kin = &kin, .model = kin.classes[readArchitecture(reader, names).value_or(0)]};
    readSizes(reader, kin, e);
    e.normEpsilon = reader.number("layer_norm_eps", 1e-12);
    e.hiddenAct = reader.text("hidden_act", "gelu");
    e.dropout = reader.number("hidden_dropout_prob", 0.1);
    e.attentionDropout = reader.number("attention_probs_dropout_prob", 0.1);
    e.classifierDropout = reader.number("classifier_dropout", e.dropout);
    e.tiedWords = reader.flag("tie_word_embeddings", true);
    e.problem = reader.text("problem_type", "");
    e.dtype = readDType(reader);
    e.version = reader.text("transformers_version", "");
    refuseOthers(reader);
    if (reader.error())
        return failure(*reader.error());
    return e;
}

std::vector<Input> textEncoderInputs(const TextEncoder& e)
{
    Input tokens = inputs::offer<&Workload::textTokens>(std::min<std::int64_t>(e.positions, 512));
    tokens.maximum = e.positions;
    return {inputs::offer<&Workload::batch>(),
            std::move(tokens),
            inputs::offer<&Workload::attention>(),
            inputs::transformers(e.version, e.kin->oldest),
            inputs::offer<&Workload::weightDType>(e.dtype),
            inputs::offer<&Workload::activationDType>(activationsFor(e.dtype)),
            inputs::offer<&Workload::loraRank>(),
            inputs::offer<&Workload::loraTargets>()};
}

Result<Trace> traceTextEncoder(const TextEncoder& encoder, const Workload& workload)
{
    Tracer t(tracerSettings(workload));
    const auto frozen = t.frozen(workload.hasAdapters());
    const Forward f{encoder, workload};
    if (encoder.model.head == EncoderHead::None) {
        auto [states, pooled] = model(t, "", f);
        t.hold(std::move(states));
        if (pooled)
            t.hold(*std::move(pooled));
    } else {
        const auto scope = t.module("", encoder.model.name);
        auto [states, pooled] = model(t, encoder.kin->base, f);
        runEncoderHead(t, encoder, workload, std::move(states), std::move(pooled));
    }
    t.run().promptTokens = workload.textTokens;
    return t.finish();
}

} // namespace sunflop
