// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/cost_tree.h"
#include "core/model/held.h"
#include "tests/support/tied_trees.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

class TestHeld : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sumsAgreeWithTheCostTree_data()
    {
        QTest::addColumn<std::size_t>("index");
        for (std::size_t i = 0; i < tiedTrees.size(); ++i)
            QTest::newRow(tiedTrees[i].name) << i;
    }

    void sumsAgreeWithTheCostTree()
    {
        QFETCH(std::size_t, index);
        const Trace trace = traced(tiedTrees[index]);
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
        const Trace trace = traced({"a table and every layer", [](Tracer& t) {
                                        weight(t, "table", 7, "words");
                                        const auto block = t.module("0", "Block", {.repeat = 4});
                                        weight(t, "copy", 7, "words");
                                        weight(t, "proj", 5);
                                    }});
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
