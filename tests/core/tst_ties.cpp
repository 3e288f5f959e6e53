// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/cost_tree.h"
#include "tests/support/text.h"
#include "tests/support/tied_trees.h"

#include <QtTest>

#include <map>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// Unfolds a trace into every single module and names the tensors that each holds. A tie group is one tensor
/// in each instance of the deepest module that holds all its members.
class Unfolded {
public:
    explicit Unfolded(const Trace& trace) : m_trace(trace)
    {
        for (const Parameter& parameter : trace.parameters) {
            if (parameter.tieGroup < 0)
                continue;
            const auto [holder, isNew] = m_holders.emplace(parameter.tieGroup, parameter.module);
            while (!(holder->second <= parameter.module && parameter.module < moduleAt(holder->second).end))
                holder->second = moduleAt(holder->second).parent;
        }
    }

    /// Elements of the distinct tensors in one instance of `module`; with `activeOnly`, of those that one
    /// token passes.
    std::int64_t elements(std::int32_t module, bool activeOnly) const
    {
        std::map<std::string, std::int64_t> tensors;
        std::vector<std::int64_t> instances(depth(module), 0);
        collect(module, activeOnly, instances, tensors);
        std::int64_t sum = 0;
        for (const auto& [identity, size] : tensors)
            sum += size;
        return sum;
    }

private:
    const Module& moduleAt(std::int32_t id) const { return m_trace.modules[static_cast<std::size_t>(id)]; }

    std::size_t depth(std::int32_t module) const
    {
        std::size_t depth = 0;
        for (; module > 0; module = moduleAt(module).parent)
            ++depth;
        return depth;
    }

    /// Which tensor the parameter is in the module with these instance numbers from the root down.
    std::string identity(std::size_t parameter, const std::vector<std::int64_t>& instances) const
    {
        const std::int32_t group = m_trace.parameters[parameter].tieGroup;
        std::string text = group < 0 ? "own " + std::to_string(parameter) : "tied " + std::to_string(group);
        const std::size_t significant = group < 0 ? instances.size() : depth(m_holders.at(group));
        for (std::size_t i = 0; i < significant; ++i)
            text += "." + std::to_string(instances[i]);
        return text;
    }

    void collect(std::int32_t module, bool activeOnly, std::vector<std::int64_t>& instances,
                 std::map<std::string, std::int64_t>& tensors) const
    {
        for (std::size_t i = 0; i < m_trace.parameters.size(); ++i)
            if (m_trace.parameters[i].module == module)
                tensors[identity(i, instances)] = m_trace.parameters[i].shape.elements().value();
        for (std::int32_t child = module + 1; child < moduleAt(module).end; child = moduleAt(child).end) {
            const std::int64_t count = activeOnly ? moduleAt(child).visited : moduleAt(child).repeat;
            for (std::int64_t i = 0; i < count; ++i) {
                instances.push_back(i);
                collect(child, activeOnly, instances, tensors);
                instances.pop_back();
            }
        }
    }

    const Trace& m_trace;
    std::map<std::int32_t, std::int32_t> m_holders; ///< by tie group
};

} // namespace

class TestTies : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aTensorCountsOnceInEveryModuleThatHoldsIt_data()
    {
        QTest::addColumn<std::size_t>("index");
        for (std::size_t i = 0; i < tiedTrees.size(); ++i)
            QTest::newRow(tiedTrees[i].name) << i;
    }

    void aTensorCountsOnceInEveryModuleThatHoldsIt()
    {
        QFETCH(std::size_t, index);
        const Trace trace = traced(tiedTrees[index]);
        const CostTree tree = cost(trace, conventions().front());
        const Unfolded unfolded(trace);
        for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
            const auto id = static_cast<std::int32_t>(i);
            const QString path = q(trace.path(id)) + q(": ");
            const auto text = [&](Count count) { return path + QString::number(count.value()); };
            QCOMPARE(text(tree.nodes[i].each.params), text(unfolded.elements(id, false)));
            QCOMPARE(text(tree.nodes[i].each.weightBytes), text(2 * unfolded.elements(id, false)));
            QCOMPARE(text(tree.nodes[i].each.activeParams), text(unfolded.elements(id, true)));
        }
    }

    void theUnfoldingItselfCountsByHand()
    {
        Tracer t({DType::BF16, DType::BF16});
        {
            const auto root = t.module("", "Net");
            weight(t, "table", 7, "words");
            weight(t, "0", 5, {}, {.repeat = 4, .visited = 3});
            weight(t, "head", 7, "words");
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        const Unfolded unfolded(*trace);
        QCOMPARE(unfolded.elements(0, false), 7 * 3 + 4 * (5 * 3));
        QCOMPARE(unfolded.elements(0, true), 7 * 3 + 3 * (5 * 3));
        QCOMPARE(unfolded.elements(3, false), 7 * 3);
    }
};

QTEST_APPLESS_MAIN(TestTies)
#include "tst_ties.moc"
