// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/ops.h"
#include "core/model/tracer.h"
#include "core/run/module_facts.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

class TestModuleFacts : public QObject {
    Q_OBJECT

    static ModuleFacts at(const Trace& trace, std::string_view path)
    {
        const std::vector<ModuleFacts> facts = moduleFacts(trace);
        for (std::size_t i = 0; i < facts.size(); ++i)
            if (trace.path(static_cast<std::int32_t>(i)) == path)
                return facts[i];
        qFatal("no module at this path");
    }
    static QString text(const std::vector<Shape>& shapes)
    {
        QStringList texts;
        for (const Shape& shape : shapes)
            texts << q(shape.text());
        return texts.join(QLatin1Char(' '));
    }

private Q_SLOTS:
    void activationsAreResultsOfProducts()
    {
        // Width 8, one key head of 4, MLP 12, vocabulary 16, four layers; batch 3, 5 tokens.
        const Trace trace = traceOf(smallDecoder("llama"), {{"batch", "3"}, {"text_tokens", "5"}});
        constexpr std::int64_t attention =
            8 + 4 + 4 + 8; // q, k, v and o of one token; fused scores have no product
        constexpr std::int64_t mlp = 12 + 12 + 8;
        constexpr std::int64_t rotary = 2 * 5; // two frequencies at five positions, for all sequences at once
        QCOMPARE(at(trace, "model.layers.0-3.self_attn").activations.value(), 4 * 3 * 5 * attention);
        QCOMPARE(at(trace, "model.layers.0-3.mlp").activations.value(), 4 * 3 * 5 * mlp);
        QCOMPARE(at(trace, "model.norm").activations.value(), 0);
        QCOMPARE(at(trace, "").activations.value(), 4 * 3 * 5 * (attention + mlp) + 3 * 5 * 16 + rotary);
    }

    void everyDecodeStepCounts()
    {
        // One prefill of 5 tokens and three steps of one; eager scores grow with the cache.
        const Trace trace = traceOf(smallDecoder("llama"),
                                    {{"text_tokens", "5"}, {"new_tokens", "4"}, {"attention", "eager"}});
        constexpr std::int64_t tokens = 5 + 3;
        constexpr std::int64_t scores = 2 * (5 * 5 + 6 + 7 + 8); // of two heads
        constexpr std::int64_t values = 2 * 4 * tokens;
        QCOMPARE(at(trace, "model.layers.0-3.mlp").activations.value(), 4 * tokens * (12 + 12 + 8));
        QCOMPARE(at(trace, "model.layers.0-3.self_attn").activations.value(),
                 4 * (tokens * (8 + 4 + 4 + 8) + scores + values));
    }

    void shapesAreThoseOfOneInstance()
    {
        const Trace trace = traceOf(smallDecoder("llama"), {{"batch", "3"}, {"text_tokens", "5"}});
        const auto shapes = [&](std::string_view path) {
            const ModuleFacts facts = at(trace, path);
            return text(facts.inputs) + q(" -> ") + text(facts.outputs);
        };
        QCOMPARE(shapes("model.embed_tokens"), q("[3, 5] -> [3, 5, 8]"));
        QCOMPARE(shapes("model.layers.0-3.self_attn.k_proj"), q("[3, 5, 8] -> [3, 5, 4]"));
        QCOMPARE(shapes("model.layers.0-3.mlp"), q("[3, 5, 8] -> [3, 5, 8]"));
        QCOMPARE(shapes("model.layers.0-3.mlp.gate_proj"), q("[3, 5, 8] -> [3, 5, 12]"));
        QCOMPARE(shapes("model.norm"), q("[3, 5, 8] -> [3, 5, 8]"));
        QCOMPARE(shapes("lm_head"), q("[3, 5, 8] -> [3, 5, 16]"));
        const ModuleFacts layer = at(trace, "model.layers.0-3");
        QCOMPARE(q(layer.inputs.front().text()), q("[3, 5, 8]")); // then cosines and sines
        QCOMPARE(text(layer.outputs), q("[3, 5, 8]"));
        QCOMPARE(text(at(trace, "").outputs), q("[3, 5, 16]"));
    }

    void frozenParametersAreTold()
    {
        Tracer t({.weightDType = DType::F32, .activationDType = DType::F32});
        {
            const auto model = t.module("", "Pair");
            Tensor x = t.input({2, 3});
            {
                const auto frozen = t.frozen(true);
                const auto layer = t.module("first", "Linear");
                x = linear(x, t.parameter("weight", {5, 3}));
            }
            const auto layer = t.module("second", "Linear");
            x = linear(x, t.parameter("weight", {7, 5}));
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        QCOMPARE(at(*trace, "first").frozenParams.value(), 5 * 3);
        QCOMPARE(at(*trace, "first").trainableParams.value(), 0);
        QCOMPARE(at(*trace, "").frozenParams.value(), 5 * 3);
        QCOMPARE(at(*trace, "").trainableParams.value(), 7 * 5);
        QCOMPARE(at(*trace, "").activations.value(), 2 * 5 + 2 * 7);
        QCOMPARE(text(at(*trace, "first").outputs), q("[2, 5]"));
        QCOMPARE(text(at(*trace, "second").inputs), q("[2, 5]"));
        QCOMPARE(text(at(*trace, "").inputs), q("[2, 3]"));
    }

    void tiedParametersCountOnce()
    {
        const Trace trace = traceOf(smallDecoder("llama", {{"tie_word_embeddings", true}}));
        constexpr std::int64_t layer = 2 * 8 * 8 + 2 * (4 * 8) + 3 * (12 * 8) + 2 * 8;
        QCOMPARE(at(trace, "").trainableParams.value(), 16 * 8 + 4 * layer + 8);
        QCOMPARE(at(trace, "lm_head").trainableParams.value(), 16 * 8);
    }
};

QTEST_APPLESS_MAIN(TestModuleFacts)
#include "tst_module_facts.moc"
