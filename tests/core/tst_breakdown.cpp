// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/breakdown.h"
#include "core/cost/measure.h"
#include "core/model/ops.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

namespace {

Tensor layer(Tracer& t, std::string_view name, std::int64_t out, std::int64_t in, Role role,
             std::string_view tie = {})
{
    const auto scope = t.module(name, "Linear", {.role = role});
    return linear(t.input({5, in}), t.parameter("weight", {out, in}, {.tie = tie}));
}

/// Three equal blocks of two layers, and a head that shares the first block's table.
Trace smallNet()
{
    Tracer t({DType::BF16, DType::BF16});
    {
        const auto root = t.module("", "Net");
        {
            const auto body = t.module("0", "Body", {.repeat = 3});
            layer(t, "up", 7, 2, Role::Mlp);
            layer(t, "down", 2, 7, Role::Mlp);
        }
        layer(t, "embed", 11, 2, Role::Embedding, "table");
        layer(t, "head", 11, 2, Role::Head, "table");
        add(t.input({5, 2}), t.input({5, 2}));
    }
    return *t.finish();
}

const Convention& exact()
{
    return **conventionNamed("exact");
}

const Group& named(const std::vector<Group>& groups, std::string_view name)
{
    const auto found = std::ranges::find(groups, name, &Group::name);
    if (found == groups.end())
        qFatal("no group of this name");
    return *found;
}

} // namespace

class TestBreakdown : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void branchesAreTheChildrenAndTheModuleItself()
    {
        const Trace trace = smallNet();
        const auto groups = breakdown(trace, cost(trace, exact()), exact(), Grouping::Branch);
        QCOMPARE(groups.size(), std::size_t{4});
        QCOMPARE(named(groups, "").costs.forward.flops.value(), 5 * 2); // the addition
        QCOMPARE(named(groups, "").node, 0);
        const Group& body = named(groups, "0-2");
        QCOMPARE(body.costs.params.value(), 3 * (7 * 2 + 2 * 7));
        QCOMPARE(body.costs.forward.macs.value(), 3 * (5 * 7 * 2 + 5 * 2 * 7));
        QCOMPARE(body.members.value(), 3 * (1 + 2));
    }

    void aTiedTensorBelongsToItsFirstHolder()
    {
        const Trace trace = smallNet();
        const auto groups = breakdown(trace, cost(trace, exact()), exact(), Grouping::Branch);
        QCOMPARE(named(groups, "embed").costs.params.value(), 11 * 2);
        QCOMPARE(named(groups, "head").costs.params.value(), 0);
        QCOMPARE(named(groups, "head").costs.forward.macs.value(), 5 * 2 * 11);
    }

    void rolesStandInTheirOrder()
    {
        const Trace trace = smallNet();
        const auto groups = breakdown(trace, cost(trace, exact()), exact(), Grouping::Role);
        QVERIFY(std::ranges::is_sorted(groups, {}, &Group::role));
        QCOMPARE(named(groups, "mlp").costs.params.value(), 3 * 2 * 7 * 2);
        QCOMPARE(named(groups, "mlp").members.value(), 3 * 2);
        QCOMPARE(named(groups, "head").costs.forward.flops.value(), 2 * 5 * 2 * 11);
    }

    void operatorsCountCalls()
    {
        const Trace trace = smallNet();
        const auto groups = breakdown(trace, cost(trace, exact()), exact(), Grouping::Operator);
        QCOMPARE(groups.size(), std::size_t{2});
        QCOMPARE(named(groups, "linear").members.value(), 3 * 2 + 2);
        QCOMPARE(named(groups, "linear").costs.forward.macs.value(), 3 * 2 * (5 * 7 * 2) + 2 * (5 * 2 * 11));
        QCOMPARE(named(groups, "add").costs.forward.flops.value(), 5 * 2);
    }

    void groupsSumToTheTotalOfEveryModule_data()
    {
        QTest::addColumn<QString>("family");
        QTest::addColumn<bool>("tied");
        for (const char* family : {"llama", "qwen2", "mistral", "qwen3"})
            for (const bool tied : {false, true})
                QTest::addRow("%s%s", family, tied ? ", tied" : "") << QString::fromLatin1(family) << tied;
    }

    void groupsSumToTheTotalOfEveryModule()
    {
        QFETCH(const QString, family);
        QFETCH(const bool, tied);
        const auto config = smallDecoder(family.toStdString(), {{"tie_word_embeddings", tied}});
        const Run run = runOf(config, {{"text_tokens", "9"}, {"new_tokens", "5"}});
        for (std::int32_t node = 0; node < static_cast<std::int32_t>(run.costs.nodes.size()); ++node)
            for (const Grouping grouping :
                 {Grouping::Branch, Grouping::Role, Grouping::Class, Grouping::Operator}) {
                Costs sum;
                for (const Group& group : breakdown(run.trace, run.costs, *run.convention, grouping, node))
                    sum = sum + group.costs;
                const Costs& total = run.costs.nodes[static_cast<std::size_t>(node)].total;
                for (const Measure& measure : measures())
                    if (grouping != Grouping::Operator || measure.id == "macs" || measure.id == "flops")
                        QCOMPARE(measure.of(sum).value(), measure.of(total).value());
            }
    }
};

QTEST_APPLESS_MAIN(TestBreakdown)
#include "tst_breakdown.moc"
