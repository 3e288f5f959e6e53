// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/cost_tree.h"
#include "core/cost/reasons.h"
#include "core/operators/quantities.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <fmt/format.h>

#include <QtTest>

#include <algorithm>
#include <array>

using namespace sunflop;
using namespace sunflop::test;

namespace {

const Convention& named(std::string_view id)
{
    return **conventionNamed(id);
}

/// One line for each reason: subject, operators, calls, FLOPs under A and B, and the module they begin at.
std::string table(const Trace& trace, const std::vector<Reason>& reasons)
{
    std::string out;
    for (const Reason& reason : reasons) {
        out += fmt::format("{}:", subjectName(reason.subject));
        for (const std::string_view name : reason.operators)
            out += fmt::format(" {}", name);
        out += fmt::format(", {} calls, {} and {}, {}\n", reason.calls.value(), reason.a.flops.value(),
                           reason.b.flops.value(), trace.path(reason.module));
    }
    return out;
}

const Reason* find(const std::vector<Reason>& reasons, Subject subject)
{
    const auto found = std::ranges::find(reasons, subject, &Reason::subject);
    return found == reasons.end() ? nullptr : &*found;
}

/// Everything of one subject.
Work sumOf(const std::vector<Reason>& reasons, Subject subject, Work Reason::*side)
{
    Work sum;
    for (const Reason& reason : reasons)
        if (reason.subject == subject)
            sum += reason.*side;
    return sum;
}

/// Prefill alone and with decode steps, each fused and eager, as far as the model has these inputs.
std::vector<std::vector<Assignment>> workloadsOf(const std::vector<Input>& inputs)
{
    std::vector<std::vector<Assignment>> workloads;
    const auto offers = [&](std::string_view id) {
        return std::ranges::find(inputs, id, &Input::id) != inputs.end();
    };
    for (const char* kernel : {"sdpa", "eager"})
        for (const char* newTokens : {"0", "40"}) {
            std::vector<Assignment> settings{{"batch", "2"}};
            for (const Assignment& setting :
                 {Assignment{"attention", kernel}, {"new_tokens", newTokens}, {"images", "1"}})
                if (offers(setting.id))
                    settings.push_back(setting);
            workloads.push_back(settings);
        }
    return workloads;
}

constexpr std::int64_t layers = 4, width = 8, heads = 2, headWidth = 4, keyWidth = 4, inner = 12;
constexpr std::int64_t norms = 2 * layers + 1;

} // namespace

class TestReasons : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void differencesAddUpToThatOfTheTotals_data()
    {
        QTest::addColumn<QString>("model");
        for (const BundledModel& model : bundledModels())
            QTest::newRow(std::string(model.name).c_str()) << q(model.name);
    }

    void differencesAddUpToThatOfTheTotals()
    {
        QFETCH(QString, model);
        const auto source = open(model.toStdString());
        QVERIFY(source.has_value());
        const auto inputs = inputsOf(*source);
        QVERIFY(inputs.has_value());
        for (const std::vector<Assignment>& settings : workloadsOf(*inputs)) {
            const auto workload = Workload::from(*inputs, settings);
            QVERIFY2(workload.has_value(), workload ? "" : workload.error().text().c_str());
            const auto traced = trace(*source, *workload);
            QVERIFY2(traced.has_value(), traced ? "" : traced.error().text().c_str());
            for (const Convention& a : conventions())
                for (const Convention& b : conventions()) {
                    const Work inA = cost(*traced, a).root().total.forward;
                    const Work inB = cost(*traced, b).root().total.forward;
                    Work difference;
                    for (const Reason& reason : reasons(*traced, a, b)) {
                        // Calls in the same words count alike: what is listed has two different rules.
                        QVERIFY2(reason.ruleA != reason.ruleB, reason.why.c_str());
                        difference.macs += reason.b.macs - reason.a.macs;
                        difference.flops += reason.b.flops - reason.a.flops;
                    }
                    QCOMPARE(difference.macs.value(), (inB.macs - inA.macs).value());
                    QCOMPARE(difference.flops.value(), (inB.flops - inA.flops).value());
                }
        }
    }

    void namesNormsAttentionAndBiases()
    {
        constexpr std::int64_t n = 5;
        const Trace trace = traceOf(smallDecoder("qwen2"),
                                    {{"text_tokens", "5"}, {"attention", "sdpa"}, {"transformers", "5.0"}});
        const std::int64_t causalPairs = 1 + 2 + 3 + 4 + 5;
        const std::string layer = "model.layers.0-3";
        const auto line = [](std::string_view what, std::int64_t calls, std::int64_t a, std::int64_t b,
                             const std::string& path) {
            return fmt::format("{}, {} calls, {} and {}, {}\n", what, calls, a, b, path);
        };
        // Scores and weighted values at two a multiply-accumulate, scaling and softmax at six a score.
        const std::string expected =
            line("attention: scaled_dot_product_attention", layers,
                 layers * heads * causalPairs * (2 * (headWidth + headWidth) + 6), 0, layer + ".self_attn") +
            line("norms: mul", norms, norms * n * width, norms * width * n * width,
                 layer + ".input_layernorm") +
            line("norms: pow mean rsqrt", 3 * norms, norms * (n * width + n * width + n), 0,
                 layer + ".input_layernorm") +
            line("activations: silu", layers, 4 * layers * n * inner, layers * n * inner,
                 layer + ".mlp.act_fn") +
            line("biases: linear", 3 * layers, layers * n * (width + keyWidth + keyWidth), 0,
                 layer + ".self_attn.q_proj") +
            line("rotary embedding: cos sin neg", 2 + 2 * layers,
                 2 * n * headWidth + layers * n * (width + keyWidth) / 2, 0, "model.rotary_emb");
        QCOMPARE(lines(table(trace, reasons(trace, named("exact"), named("calflops")))), lines(expected));
    }

    void saysWhatBothRulesAre()
    {
        const Trace trace = traceOf(smallDecoder("qwen2"), {{"text_tokens", "5"}, {"attention", "sdpa"}});
        const auto found = reasons(trace, named("exact"), named("calflops"));
        QCOMPARE(q(find(found, Subject::Attention)->why),
                 q("exact counts every key that a causal query sees and 6 for each score; calflops does not "
                   "see the fused kernel (not counted)."));
        QCOMPARE(q(find(found, Subject::Biases)->why),
                 q("exact adds the bias to each element of the result; calflops never adds the bias of a "
                   "linear layer."));
        const auto turned = reasons(trace, named("calflops"), named("exact"));
        QCOMPARE(q(find(turned, Subject::Biases)->why),
                 q("calflops never adds the bias of a linear layer; exact adds the bias to each element of "
                   "the result."));
    }

    void decodeStepsAreSummed()
    {
        constexpr std::int64_t n = 5;
        const Trace trace = traceOf(smallDecoder("llama"),
                                    {{"text_tokens", "5"}, {"new_tokens", "3"}, {"attention", "sdpa"}});
        const auto found = reasons(trace, named("exact"), named("flopcounter"));
        // A causal prefill, and two steps whose one query sees every key under both conventions: two rules.
        const std::int64_t steps = (n + 1) + (n + 2);
        std::vector<std::int64_t> calls;
        for (const Reason& reason : found)
            if (reason.subject == Subject::Attention)
                calls.push_back(reason.calls.value());
        std::ranges::sort(calls);
        QCOMPARE(calls, (std::vector<std::int64_t>{layers * 1, layers * 2}));
        QCOMPARE(sumOf(found, Subject::Attention, &Reason::a).macs.value(),
                 layers * heads * (n * (n + 1) / 2 + steps) * 2 * headWidth);
        QCOMPARE(sumOf(found, Subject::Attention, &Reason::b).macs.value(),
                 layers * heads * (n * n + steps) * 2 * headWidth);
    }

    void tellsEagerAttentionFromTheRotationBeforeIt()
    {
        constexpr std::int64_t n = 5;
        const Trace trace = traceOf(smallDecoder("qwen2"),
                                    {{"text_tokens", "5"}, {"attention", "eager"}, {"transformers", "5.0"}});
        const auto found = reasons(trace, named("exact"), named("flopcounter"));
        // One scaling, one mask and five for the softmax of every score; nobody differs on the products.
        QCOMPARE(sumOf(found, Subject::Attention, &Reason::a).flops.value(),
                 layers * heads * n * n * (1 + 1 + 5));
        QCOMPARE(sumOf(found, Subject::Attention, &Reason::a).macs.value(), 0);
        // Of queries and keys two products, a sum, and the negation of one half; cosines and sines once.
        QCOMPARE(sumOf(found, Subject::Rotary, &Reason::a).flops.value(),
                 layers * (3 * n * (width + keyWidth) + n * (width + keyWidth) / 2) +
                     (2 + 2) * n * headWidth);
        QCOMPARE(sumOf(found, Subject::Residuals, &Reason::a).flops.value(), layers * 2 * n * width);
        QCOMPARE(sumOf(found, Subject::Gates, &Reason::a).flops.value(), layers * n * inner);
    }

    void productsDifferByWhatAMultiplyAccumulateIs()
    {
        const Trace trace = traceOf(smallDecoder("qwen2"), {{"text_tokens", "5"}, {"attention", "sdpa"}});
        const auto found = reasons(trace, named("flopcounter"), named("fvcore"));
        const Reason* products = find(found, Subject::Products);
        QVERIFY(products != nullptr);
        QCOMPARE(products->a.macs.value(), products->b.macs.value());
        QCOMPARE(products->a.flops.value(), 2 * products->b.flops.value());
        QCOMPARE(find(found, Subject::Biases), nullptr);
    }

    void biasesAreWhatACallCountsMoreWithOne()
    {
        const Convention threefold{.id = "threefold",
                                   .count = [](const Op& op) -> std::optional<Work> {
                                       if (op.kind != OpKind::Linear)
                                           return std::nullopt;
                                       const Count biases =
                                           op.inputs.size() > 2 ? op.output.shape.elements() * 3 : Count(0);
                                       return Work{linearMacs(op), linearMacs(op) * 2 + biases};
                                   },
                                   .backward = autogradWork};
        const Trace trace = traceOf(smallDecoder("qwen2"), {{"text_tokens", "5"}});
        const auto found = reasons(trace, threefold, named("flopcounter"));
        QCOMPARE(find(found, Subject::Biases)->a.flops.value(),
                 3 * layers * 5 * (width + keyWidth + keyWidth));
        QCOMPARE(find(found, Subject::Products), nullptr);
    }

    void callsStayWholeWhereTheBiasIsNotKnownAlone()
    {
        const Convention onlyBiased{.id = "only biased",
                                    .count = [](const Op& op) -> std::optional<Work> {
                                        if (op.kind != OpKind::Linear || op.inputs.size() < 3)
                                            return std::nullopt;
                                        return Work{0, 1};
                                    },
                                    .backward = autogradWork};
        const Trace trace = traceOf(smallDecoder("qwen2"), {{"text_tokens", "5"}});
        const auto found = reasons(trace, onlyBiased, named("exact"));
        QCOMPARE(find(found, Subject::Biases), nullptr);
        QCOMPARE(sumOf(found, Subject::Products, &Reason::a).flops.value(), 3 * layers);
    }

    void aConventionWithoutWordsIsSaidToCountOrNot()
    {
        const Convention silent{.id = "silent",
                                .count = [](const Op& op) -> std::optional<Work> {
                                    return op.kind == OpKind::SiLU ? std::optional(Work{0, 1}) : std::nullopt;
                                },
                                .backward = autogradWork};
        const Trace trace = traceOf(smallDecoder("qwen2"), {{"text_tokens", "5"}});
        const auto found = reasons(trace, silent, named("exact"));
        QCOMPARE(q(find(found, Subject::Activations)->why),
                 q("silent counts these calls; exact counts 4 for each element."));
        QCOMPARE(q(find(found, Subject::Residuals)->why),
                 q("silent has no rule for these calls (not counted); exact counts 1 for each element."));
    }

    void inputsAreAReasonWhereTheyDifferToo()
    {
        const Trace five = traceOf(smallDecoder("qwen2"), {{"text_tokens", "5"}});
        const Trace nine = traceOf(smallDecoder("qwen2"), {{"text_tokens", "9"}});
        const Convention& a = named("exact");
        const Convention& b = named("calflops");
        const auto found = reasons(five, a, nine, b);
        Work difference;
        for (const Reason& reason : found)
            difference += {reason.b.macs - reason.a.macs, reason.b.flops - reason.a.flops};
        QCOMPARE(
            difference.flops.value(),
            (cost(nine, b).root().total.forward.flops - cost(five, a).root().total.forward.flops).value());
        QCOMPARE(q(find(found, Subject::Inputs)->why), q("exact counts both runs; their inputs differ."));
        QCOMPARE(find(reasons(five, a, five, b), Subject::Inputs), nullptr);
    }

    void aConventionAgreesWithItself()
    {
        const Trace trace = traceOf(smallDecoder("qwen2"), {{"text_tokens", "5"}});
        for (const Convention& convention : conventions())
            QVERIFY(reasons(trace, convention, convention).empty());
    }
};

QTEST_APPLESS_MAIN(TestReasons)
#include "tst_reasons.moc"
