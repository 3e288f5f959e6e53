// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/cost_tree.h"
#include "core/memory/held.h"
#include "core/model/tracer.h"

#include <QtTest>

#include <array>

using namespace sunflop;

namespace {

void weight(Tracer& t, std::string_view module, std::int64_t rows, std::string_view tie = {},
            const ModuleTraits& traits = {})
{
    const auto scope = t.module(module, "Linear", traits);
    t.parameter("weight", {rows, 3}, {.tie = tie});
}

struct Tree {
    const char* name;
    void (*build)(Tracer&);
};

const std::array trees{
    Tree{"nothing tied",
         [](Tracer& t) {
             weight(t, "a", 7);
             const auto layers = t.module("0", "Block", {.repeat = 4});
             weight(t, "b", 5);
         }},
    Tree{"a table and a head",
         [](Tracer& t) {
             {
                 const auto model = t.module("model", "Model");
                 weight(t, "table", 7, "words");
                 weight(t, "proj", 5);
             }
             weight(t, "head", 7, "words");
         }},
    Tree{"within every layer",
         [](Tracer& t) {
             const auto block = t.module("0", "Block", {.repeat = 4});
             weight(t, "a", 7, "own");
             weight(t, "b", 7, "own");
         }},
    Tree{"a table and every layer",
         [](Tracer& t) {
             weight(t, "table", 7, "words");
             const auto block = t.module("0", "Block", {.repeat = 4});
             weight(t, "copy", 7, "words");
             weight(t, "proj", 5);
         }},
    Tree{"layers in layers",
         [](Tracer& t) {
             const auto outer = t.module("0", "Outer", {.repeat = 3});
             weight(t, "table", 7, "own");
             const auto inner = t.module("inner", "Inner", {.repeat = 4});
             weight(t, "copy", 7, "own");
             weight(t, "twice", 7, "own");
         }},
    Tree{"two groups that cross",
         [](Tracer& t) {
             {
                 const auto left = t.module("left", "Left");
                 weight(t, "a", 7, "one");
                 weight(t, "b", 5, "two");
             }
             const auto right = t.module("right", "Right");
             weight(t, "b", 5, "two");
             weight(t, "a", 7, "one");
         }},
};

Trace traced(void (*build)(Tracer&))
{
    Tracer t({DType::BF16, DType::BF16});
    {
        const auto root = t.module("", "Net");
        build(t);
    }
    return t.finish().value();
}

} // namespace

class TestHeld : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sumsAgreeWithTheCostTree_data()
    {
        QTest::addColumn<std::size_t>("index");
        for (std::size_t i = 0; i < trees.size(); ++i)
            QTest::newRow(trees[i].name) << i;
    }

    void sumsAgreeWithTheCostTree()
    {
        QFETCH(std::size_t, index);
        const Trace trace = traced(trees[index].build);
        const CostTree tree = cost(trace, conventions().front());
        const std::vector<HeldTensor> tensors = heldTensors(trace);
        std::vector<Count> amounts;
        for (const HeldTensor& tensor : tensors) {
            const Parameter& parameter = trace.parameters[static_cast<std::size_t>(tensor.parameter)];
            amounts.push_back(parameter.shape.elements() * tensor.instances);
        }
        const std::vector<Count> sums = summedByModule<Count>(trace, tensors, amounts);
        for (std::size_t i = 0; i < sums.size(); ++i)
            QCOMPARE(sums[i].value(), tree.nodes[i].total.params.value());
    }

    void tiedParametersAreOneTensorOfTheirOwner()
    {
        const Trace trace = traced(trees[3].build);
        const std::vector<HeldTensor> tensors = heldTensors(trace);
        QCOMPARE(tensors.size(), std::size_t{2});
        QCOMPARE(tensors[0].owner, 0);
        QCOMPARE(tensors[0].instances.value(), 1);
        QCOMPARE(tensors[0].holders.size(), std::size_t{2});
        QCOMPARE(tensors[1].instances.value(), 4);
        QVERIFY(tensors[1].holders.empty());
    }
};

QTEST_APPLESS_MAIN(TestHeld)
#include "tst_held.moc"
