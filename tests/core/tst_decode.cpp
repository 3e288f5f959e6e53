// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QtTest>

#include <array>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// A model whose decode steps are worth checking, in the releases that know it.
struct Model {
    const char* name;
    nlohmann::json config;
    std::vector<const char*> versions;
};

const std::vector<Model>& models()
{
    static const std::vector<const char*> all{"4.40", "4.45", "4.48", "5.17"};
    static const nlohmann::json mixed{
        {"use_sliding_window", true}, {"sliding_window", 8}, {"max_window_layers", 3}};
    static const nlohmann::json alternating{
        {"use_sliding_window", true},
        {"sliding_window", 8},
        {"layer_types", {"sliding_attention", "full_attention", "sliding_attention", "full_attention"}}};
    static const std::vector<Model> table{
        {"llama", smallDecoder("llama"), all},
        {"mistral with a window of 8", smallDecoder("mistral", {{"sliding_window", 8}}), all},
        {"mistral with a window of 1", smallDecoder("mistral", {{"sliding_window", 1}}), all},
        {"qwen2 with a sliding last layer", smallDecoder("qwen2", mixed), all},
        {"qwen3", smallDecoder("qwen3"), {"4.51", "5.17"}},
        {"qwen3 with layers that alternate", smallDecoder("qwen3", alternating), {"4.51", "4.53", "5.17"}},
    };
    return table;
}

/// What a decode phase may sum wrongly, of one module.
struct Sums {
    std::string path;
    Work each;
    Work total;
    Count uncounted;

    friend bool operator==(const Sums&, const Sums&) = default;
};

std::vector<Sums> sums(const Trace& trace, const Convention& convention)
{
    const CostTree tree = cost(trace, convention);
    std::vector<Sums> modules(tree.nodes.size());
    for (std::size_t i = 0; i < modules.size(); ++i)
        modules[i] = {trace.path(static_cast<std::int32_t>(i)), tree.nodes[i].each.forward,
                      tree.nodes[i].total.forward, 0};
    for (const Uncounted& entry : tree.uncounted)
        modules[static_cast<std::size_t>(entry.module)].uncounted += entry.calls;
    return modules;
}

/// The sums of several forwards, module by module; their trees must be the same.
std::vector<Sums> sums(const std::vector<Trace>& forwards, const Convention& convention)
{
    std::vector<Sums> whole = sums(forwards.front(), convention);
    for (std::size_t f = 1; f < forwards.size(); ++f) {
        const std::vector<Sums> step = sums(forwards[f], convention);
        for (std::size_t i = 0; i < whole.size(); ++i) {
            if (step.size() != whole.size() || step[i].path != whole[i].path)
                qFatal("a step has another tree than the prompt");
            whole[i].each += step[i].each;
            whole[i].total += step[i].total;
            whole[i].uncounted += step[i].uncounted;
        }
    }
    return whole;
}

/// Tokens in the cache before the prompt, in the prompt, and generated.
struct Lengths {
    std::int64_t cached;
    std::int64_t prompt;
    std::int64_t generated;
};

constexpr std::array lengths{
    Lengths{0, 3, 20}, // crosses a window of 8 while decoding
    Lengths{0, 11, 6}, // the prompt is longer than the window
    Lengths{5, 2, 4},  // reaches the window with the last step
    Lengths{0, 7, 3},  // the first step fills the window
    Lengths{12, 1, 3},
};

Assignment number(const char* id, std::int64_t value)
{
    return {id, std::to_string(value)};
}

Trace forward(const Model& model, std::vector<Assignment> settings, std::int64_t cached, std::int64_t tokens,
              std::int64_t generated)
{
    settings.push_back(number("cached_tokens", cached));
    settings.push_back(number("text_tokens", tokens));
    settings.push_back(number("new_tokens", generated));
    return traceOf(model.config, settings);
}

/// The same generation as forwards of one step each: the prompt, then token after token.
std::vector<Trace> stepByStep(const Model& model, const std::vector<Assignment>& settings, const Lengths& l)
{
    std::vector<Trace> steps{forward(model, settings, l.cached, l.prompt, 1)};
    for (std::int64_t i = 0; i + 1 < l.generated; ++i)
        steps.push_back(forward(model, settings, l.cached + l.prompt + i, 1, 1));
    return steps;
}

QStringList text(const std::vector<Sums>& modules)
{
    QStringList lines;
    for (const Sums& s : modules)
        lines << QString::fromUtf8("%1: each %2 MACs %3 FLOPs, total %4 MACs %5 FLOPs, %6 uncounted")
                     .arg(s.path.empty() ? q("model") : q(s.path))
                     .arg(s.each.macs.value())
                     .arg(s.each.flops.value())
                     .arg(s.total.macs.value())
                     .arg(s.total.flops.value())
                     .arg(s.uncounted.value());
    return lines;
}

} // namespace

class TestDecode : public QObject {
    Q_OBJECT

    static void addGeneration(std::size_t model, const char* version, const char* kernel, const char* logits,
                              std::size_t length)
    {
        const auto [cached, prompt, generated] = lengths[length];
        QTest::addRow("%s, %s, %s, logits %s, %lld + %lld + %lld", models()[model].name, version, kernel,
                      logits, static_cast<long long>(cached), static_cast<long long>(prompt),
                      static_cast<long long>(generated))
            << model
            << std::vector<Assignment>{{"transformers", version}, {"attention", kernel}, {"logits", logits}}
            << length;
    }

private Q_SLOTS:
    void aGenerationCostsWhatItsStepsCost_data()
    {
        QTest::addColumn<std::size_t>("model");
        QTest::addColumn<std::vector<Assignment>>("settings");
        QTest::addColumn<std::size_t>("length");
        for (std::size_t m = 0; m < models().size(); ++m)
            for (const char* version : models()[m].versions)
                for (const char* kernel : {"eager", "sdpa", "flash"}) {
                    for (std::size_t l = 0; l < lengths.size(); ++l)
                        addGeneration(m, version, kernel, "auto", l);
                    addGeneration(m, version, kernel, "all", 1);
                }
    }

    void aGenerationCostsWhatItsStepsCost()
    {
        QFETCH(std::size_t, model);
        QFETCH(std::vector<Assignment>, settings);
        QFETCH(std::size_t, length);
        const Lengths& l = lengths[length];
        const Trace whole = forward(models()[model], settings, l.cached, l.prompt, l.generated);
        const std::vector<Trace> steps = stepByStep(models()[model], settings, l);
        for (const Convention& convention : conventions()) {
            const std::vector<Sums> found = sums(whole, convention);
            const std::vector<Sums> expected = sums(steps, convention);
            if (found == expected)
                continue;
            QCOMPARE(QStringList{q(convention.id)} + text(found),
                     QStringList{q(convention.id)} + text(expected));
        }
    }

    void everyTokenButTheLastIsDecoded()
    {
        const Trace trace = forward(models()[0], {}, 0, 3, 58);
        std::int64_t steps = 0;
        for (const Phase& phase : trace.phases)
            steps += phase.kind == Phase::Kind::Decode ? phase.steps : 0;
        QCOMPARE(steps, 57);
        QCOMPARE(trace.run.decodeSteps, 57);
        QCOMPARE(trace.run.promptTokens, 3);
    }
};

QTEST_APPLESS_MAIN(TestDecode)
#include "tst_decode.moc"
