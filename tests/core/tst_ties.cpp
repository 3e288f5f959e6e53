// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cost/cost_tree.h"
#include "core/model/tracer.h"
#include "tests/support/text.h"

#include <QtTest>

#include <array>
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
    Tree{"siblings",
         [](Tracer& t) {
             weight(t, "table", 7, "words");
             weight(t, "head", 7, "words");
         }},
    Tree{"one deeper than the other",
         [](Tracer& t) {
             {
                 const auto model = t.module("model", "Model");
                 weight(t, "table", 7, "words");
                 weight(t, "proj", 5);
             }
             weight(t, "head", 7, "words");
         }},
    Tree{"two in one branch, one in another",
         [](Tracer& t) {
             {
                 const auto encoder = t.module("encoder", "Encoder");
                 weight(t, "table", 7, "words");
                 weight(t, "other", 7, "words");
             }
             const auto decoder = t.module("decoder", "Decoder");
             weight(t, "table", 7, "words");
             weight(t, "proj", 5);
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
    Tree{"a module and its child",
         [](Tracer& t) {
             const auto outer = t.module("outer", "Outer");
             t.parameter("weight", {7, 3}, {.tie = "words"});
             weight(t, "inner", 7, "words");
         }},
    Tree{"within every layer",
         [](Tracer& t) {
             const auto layers = t.module("layers", "ModuleList", {.isContainer = true});
             const auto block = t.module("0", "Block", {.repeat = 4});
             weight(t, "a", 7, "own");
             weight(t, "b", 7, "own");
         }},
    Tree{"a table and every layer",
         [](Tracer& t) {
             weight(t, "table", 7, "words");
             const auto layers = t.module("layers", "ModuleList", {.isContainer = true});
             const auto block = t.module("0", "Block", {.repeat = 4});
             weight(t, "copy", 7, "words");
             weight(t, "proj", 5);
         }},
    Tree{"every layer and a head",
         [](Tracer& t) {
             {
                 const auto layers = t.module("layers", "ModuleList", {.isContainer = true});
                 const auto block = t.module("0", "Block", {.repeat = 4});
                 weight(t, "copy", 7, "words");
             }
             weight(t, "head", 7, "words");
         }},
    Tree{"layers in layers",
         [](Tracer& t) {
             const auto outer = t.module("0", "Outer", {.repeat = 3});
             weight(t, "table", 7, "own");
             const auto inner = t.module("inner", "Inner", {.repeat = 4});
             weight(t, "copy", 7, "own");
             weight(t, "twice", 7, "own");
         }},
    Tree{"inside experts",
         [](Tracer& t) {
             const auto experts = t.module("experts", "ModuleList", {.isContainer = true});
             const auto expert = t.module("0", "Expert", {.repeat = 8, .visited = 2});
             weight(t, "a", 7, "own");
             weight(t, "b", 7, "own");
         }},
    Tree{"between a shared expert and the others",
         [](Tracer& t) {
             weight(t, "shared", 7, "all");
             weight(t, "0", 7, "all", {.repeat = 8, .visited = 2});
         }},
};

} // namespace

class TestTies : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aTensorCountsOnceInEveryModuleThatHoldsIt_data()
    {
        QTest::addColumn<std::size_t>("index");
        for (std::size_t i = 0; i < trees.size(); ++i)
            QTest::newRow(trees[i].name) << i;
    }

    void aTensorCountsOnceInEveryModuleThatHoldsIt()
    {
        QFETCH(std::size_t, index);
        Tracer t({DType::BF16, DType::BF16});
        {
            const auto root = t.module("", "Net");
            trees[index].build(t);
        }
        const auto trace = t.finish();
        QVERIFY(trace);
        const CostTree tree = cost(*trace, conventions().front());
        const Unfolded unfolded(*trace);
        for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
            const auto id = static_cast<std::int32_t>(i);
            const QString path = q(trace->path(id)) + q(": ");
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
