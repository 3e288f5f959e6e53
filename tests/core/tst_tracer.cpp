// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/ops.h"
#include "tests/support/text.h"
#include "tests/support/trace_text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

const Tracer::Settings plain{DType::BF16, DType::BF16};
const Tracer::Settings training{.gradients = true};

/// A weight [out, in] in a module of its own, applied.
Tensor layer(Tracer& t, std::string_view name, const Tensor& x, std::int64_t out,
             const ParameterTraits& traits = {})
{
    const auto scope = t.module(name, "Linear");
    return linear(x, t.parameter("weight", {out, x.fromEnd(0).size}, traits));
}

} // namespace

class TestTracer : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void printsRegistrationOrderAndRecordsCallOrder()
    {
        Tracer t(plain);
        {
            const auto root = t.module("", "Net", {.order = {"first", "second", "third"}});
            Tensor x = t.input({2, 3});
            x = layer(t, "third", x, 4);
            x = layer(t, "late", x, 5);
            x = layer(t, "first", x, 6);
            layer(t, "later", x, 7);
            layer(t, "second", x, 8);
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        QCOMPARE(lines(treeText(*trace)), lines("model: Net\n"
                                                "  first: Linear weight [6, 5]\n"
                                                "  second: Linear weight [8, 6]\n"
                                                "  third: Linear weight [4, 3]\n"
                                                "  late: Linear weight [5, 4]\n"
                                                "  later: Linear weight [7, 6]\n"));
        QCOMPARE(lines(callsText(*trace)), lines("third linear [2, 3] [4, 3] -> [2, 4]\n"
                                                 "late linear [2, 4] [5, 4] -> [2, 5]\n"
                                                 "first linear [2, 5] [6, 5] -> [2, 6]\n"
                                                 "later linear [2, 6] [7, 6] -> [2, 7]\n"
                                                 "second linear [2, 6] [8, 6] -> [2, 8]\n"));
    }

    void subtreesAreIndexRanges()
    {
        Tracer t(plain);
        {
            const auto root = t.module("", "Net", {.order = {"b", "a"}});
            {
                const auto a = t.module("a", "A");
                const auto inner = t.module("inner", "Inner");
            }
            const auto b = t.module("b", "B");
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        QCOMPARE(lines(treeText(*trace)), lines("model: Net\n  b: B\n  a: A\n    inner: Inner\n"));
        const std::vector<std::int32_t> parents{-1, 0, 0, 2};
        const std::vector<std::int32_t> ends{4, 2, 4, 4};
        for (std::size_t i = 0; i < trace->modules.size(); ++i) {
            QCOMPARE(trace->modules[i].parent, parents[i]);
            QCOMPARE(trace->modules[i].end, ends[i]);
        }
        QCOMPARE(q(trace->path(3)), q("a.inner"));
    }

    void aRunOfEqualSiblingsIsOneModule()
    {
        Tracer t(plain);
        {
            const auto root = t.module("", "Net");
            const auto layers = t.module("layers", "ModuleList", {.isContainer = true});
            {
                const auto run = t.module("0", "Block", {.repeat = 36});
                layer(t, "proj", t.input({1, 2}), 3);
            }
            const auto experts = t.module("36", "Expert", {.repeat = 8, .visited = 2});
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        QCOMPARE(lines(treeText(*trace)), lines("model: Net\n"
                                                "  layers: ModuleList list\n"
                                                "    0-35: Block\n"
                                                "      proj: Linear weight [3, 2]\n"
                                                "    36-43: Expert\n"));
        QCOMPARE(q(trace->path(3)), q("layers.0-35.proj"));
        QCOMPARE(trace->modules[2].visited, 36);
        QCOMPARE(trace->modules[4].repeat, 8);
        QCOMPARE(trace->modules[4].visited, 2);
    }

    void aSecondPhaseFindsTheModulesOfTheFirst()
    {
        Tracer t(plain);
        {
            const auto root = t.module("", "Net", {.order = {"norm", "head"}});
            layer(t, "head", t.input({5, 2}), 3);
            t.beginPhase({Phase::Kind::Decode, 57});
            layer(t, "head", t.input({1, 2}), 3);
            layer(t, "norm", t.input({1, 3}), 3);
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        QCOMPARE(lines(treeText(*trace)),
                 lines("model: Net\n  norm: Linear weight [3, 3]\n  head: Linear weight [3, 2]\n"));
        QCOMPARE(lines(callsText(*trace)), lines("head linear [5, 2] [3, 2] -> [5, 3]\n"
                                                 "phase 1: head linear [1, 2] [3, 2] -> [1, 3]\n"
                                                 "phase 1: norm linear [1, 3] [3, 3] -> [1, 3]\n"));
        QCOMPARE(trace->parameters.size(), 2U);
        QCOMPARE(trace->phases.size(), 2U);
        QCOMPARE(trace->phases[0].steps, 1);
        QCOMPARE(trace->phases[1].steps, 57);
        QVERIFY(trace->phases[1].kind == Phase::Kind::Decode);
    }

    void dormantModulesHoldParametersAndRunNothing()
    {
        Tracer t(plain);
        {
            const auto root = t.module("", "Net");
            {
                const auto off = t.dormant();
                const auto tower = t.module("tower", "Tower");
                layer(t, "proj", t.input({1, 2}), 3);
                t.keep(100, DType::BF16);
            }
            layer(t, "head", t.input({1, 2}), 3);
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        QCOMPARE(lines(treeText(*trace)), lines("model: Net\n"
                                                "  tower: Tower dormant\n"
                                                "    proj: Linear dormant weight [3, 2]\n"
                                                "  head: Linear weight [3, 2]\n"));
        QCOMPARE(lines(callsText(*trace)), lines("head linear [1, 2] [3, 2] -> [1, 3]\n"));
        QVERIFY(trace->caches.empty());
    }

    void aDormantModuleWakesInALaterPhase()
    {
        Tracer t(plain);
        {
            const auto root = t.module("", "Net");
            {
                const auto off = t.dormant();
                layer(t, "head", t.input({1, 2}), 3);
            }
            t.beginPhase({Phase::Kind::Decode, 1});
            layer(t, "head", t.input({1, 2}), 3);
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        QVERIFY(trace->modules[1].ran);
        QCOMPARE(trace->ops.size(), 1U);
    }

    void childrenTakeTheirParentsRole()
    {
        Tracer t(plain);
        {
            const auto root = t.module("", "Net");
            const auto attention = t.module("attention", "Attention", {.role = Role::Attention});
            const auto projection = t.module("projection", "Linear");
            const auto norm = t.module("norm", "Norm", {.role = Role::Norm});
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        QStringList roles;
        for (const Module& module : trace->modules)
            roles << q(roleName(module.role));
        QCOMPARE(roles.join(QLatin1Char(' ')), q("other attention attention norm"));
    }

    void equalTieKeysAreOneGroup()
    {
        Tracer t(plain);
        {
            const auto root = t.module("", "Net");
            const auto weight = [&](std::string_view name, std::string_view tie) {
                t.parameter(name, {4, 2}, {.tie = tie});
            };
            weight("table", "words");
            weight("free", "");
            weight("other", "positions");
            weight("head", "words");
            weight("table", "words"); // entered again, still the first one
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        QCOMPARE(trace->parameters.size(), 4U);
        const auto group = [&](std::size_t i) { return trace->parameters[i].tieGroup; };
        QVERIFY(group(0) >= 0);
        QCOMPARE(group(1), -1);
        QVERIFY(group(2) >= 0 && group(2) != group(0));
        QCOMPARE(group(3), group(0));
    }

    void blockFormatsHoldMatricesOfWholeBlocks()
    {
        Tracer t({DType::Q4_K, DType::F16});
        {
            const auto root = t.module("", "Net");
            t.parameter("matrix", {3, 512});
            t.parameter("ragged", {3, 300});
            t.parameter("vector", {512});
            t.parameter("filter", {8, 3, 16, 256});
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        QStringList formats;
        for (const Parameter& parameter : trace->parameters)
            formats << q(info(parameter.dtype).id);
        QCOMPARE(formats.join(QLatin1Char(' ')), q("q4_k fp16 fp16 fp16"));
    }

    void gradientsFlowFromTheFirstTrainableWeight()
    {
        Tracer t(training);
        const auto root = t.module("", "Net");
        const Tensor input = t.input({1, 2});
        const Tensor frozen = layer(t, "frozen", input, 3, {.trainable = false});
        const Tensor trained = layer(t, "trained", frozen, 4);
        const Tensor later = layer(t, "later", trained, 4, {.trainable = false});
        QVERIFY(!input.operand.requiresGradient);
        QVERIFY(!frozen.operand.requiresGradient);
        QVERIFY(trained.operand.requiresGradient);
        QVERIFY(later.operand.requiresGradient);
        QVERIFY(add(frozen, slice(trained, frozen.shape())).operand.requiresGradient);
        QVERIFY2(!argmax(trained).operand.requiresGradient, "integers have no gradient");
    }

    void withoutAutogradNothingRequiresAGradient()
    {
        Tracer t(plain);
        const auto root = t.module("", "Net");
        QVERIFY(!layer(t, "head", t.input({1, 2}), 3).operand.requiresGradient);
    }

    void viewsShareMemoryAndResultsDoNot()
    {
        Tracer t(plain);
        const auto root = t.module("", "Net");
        const Tensor x = t.input({2, 6});
        QCOMPARE(view(x, {3, 4}).operand.storage, x.operand.storage);
        QCOMPARE(transpose(x, 0, 1).operand.storage, x.operand.storage);
        QCOMPARE(slice(x, {1, 6}).operand.storage, x.operand.storage);
        QVERIFY(neg(x).operand.storage != x.operand.storage);
        QVERIFY(t.input({1}).operand.storage != t.input({1}).operand.storage);
        QCOMPARE(t.number().operand.storage, -1);
    }

    void cachesBelongToTheirModule()
    {
        Tracer t(plain);
        {
            const auto root = t.module("", "Net", {.order = {"a", "b"}});
            {
                const auto b = t.module("b", "Attention");
                t.keep(2 * 147 * 256, DType::F16);
            }
            const auto a = t.module("a", "Attention");
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        QCOMPARE(trace->caches.size(), 1U);
        QCOMPARE(q(trace->path(trace->caches[0].module)), q("b"));
        QCOMPARE(trace->caches[0].elements.value(), 2 * 147 * 256);
        QVERIFY(trace->caches[0].dtype == DType::F16);
    }

    void keepsTheFirstErrorAndItsModule()
    {
        Tracer t(plain);
        {
            const auto root = t.module("", "Net");
            {
                const auto layers = t.module("layers", "ModuleList");
                const auto run = t.module("3", "Block", {.repeat = 4});
                t.fail(ErrorKind::Unsupported, "the first");
            }
            t.fail(ErrorKind::Shape, "the second");
        }
        const auto trace = t.finish();
        QVERIFY(!trace);
        QCOMPARE(q(trace.error().text()), q("layers.3-6: the first"));
        QCOMPARE(trace.error().kind, ErrorKind::Unsupported);
    }

    void anErrorOfTheModelItselfSaysSo()
    {
        Tracer t(plain);
        {
            const auto root = t.module("", "Net");
            t.fail(ErrorKind::Shape, "wrong");
        }
        QCOMPARE(q(t.finish().error().text()), q("model: wrong"));
    }
};

QTEST_APPLESS_MAIN(TestTracer)
#include "tst_tracer.moc"
