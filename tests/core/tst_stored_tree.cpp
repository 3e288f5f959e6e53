// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/held.h"
#include "core/playback/roles.h"
#include "core/playback/stored_tree.h"
#include "tests/support/text.h"
#include "tests/support/trace_text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

StoredTensor tensor(std::string name, Shape shape, std::int64_t memory = -1)
{
    return {.name = std::move(name),
            .shape = shape,
            .dtype = DType::F32,
            .bytes = byteSize(shape, DType::F32),
            .memory = memory};
}

StoredModule module(std::string path, std::string className)
{
    return {.path = std::move(path), .className = std::move(className), .detail = {}};
}

} // namespace

class TestStoredTree : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void modulesStandInTheOrderOfTheFile()
    {
        const Stored stored{.modules = {module("", "Net"), module("late", "Linear"), module("early", "Block"),
                                        module("early.norm", "LayerNorm")},
                            .tensors = {tensor("early.norm.weight", {8}), tensor("late.weight", {4, 8})}};
        const StoredTree tree = storedTree(stored);
        QCOMPARE(lines(treeText(tree.trace)), lines("model: Net dormant\n"
                                                    "  late: Linear dormant weight [4, 8]\n"
                                                    "  early: Block dormant\n"
                                                    "    norm: LayerNorm dormant weight [8]\n"));
        QCOMPARE(tree.trace.modules[2].end, 4);
        QCOMPARE(tree.trace.modules[3].parent, 2);
        QCOMPARE(tree.modules, (std::vector<std::int32_t>{0, 1, 2, 3}));
        QVERIFY(tree.trace.ops.empty());
        QCOMPARE(tree.trace.phases.size(), 1U);
    }

    void modulesThatOnlyNamesTellOfAreMade()
    {
        const Stored stored{
            .modules = {module("", "GPT"), module("h.0.mlp", "MLP"), module("h.1.mlp", "MLP")},
            .tensors = {tensor("embed.table", {5, 2}), tensor("h.1.mlp.up", {2, 2})}};
        QCOMPARE(lines(treeText(storedTree(stored).trace)), lines("model: GPT dormant\n"
                                                                  "  h: ModuleList list dormant\n"
                                                                  "    0: Module dormant\n"
                                                                  "      mlp: MLP dormant\n"
                                                                  "    1: Module dormant\n"
                                                                  "      mlp: MLP dormant up [2, 2]\n"
                                                                  "  embed: Module dormant table [5, 2]\n"));
    }

    void numberedModulesOfSortedNamesStandByNumber()
    {
        const Stored stored{.modules = {},
                            .tensors = {tensor("layers.0.weight", {1}), tensor("layers.1.weight", {2}),
                                        tensor("layers.10.weight", {3}), tensor("layers.2.weight", {4})}};
        QCOMPARE(lines(treeText(storedTree(stored).trace)), lines("model: Module dormant\n"
                                                                  "  layers: ModuleList list dormant\n"
                                                                  "    0: Module dormant weight [1]\n"
                                                                  "    1: Module dormant weight [2]\n"
                                                                  "    2: Module dormant weight [4]\n"
                                                                  "    10: Module dormant weight [3]\n"));
    }

    void parametersOfTheModelItselfAreTheRoots()
    {
        const Stored stored{.modules = {}, .tensors = {tensor("scale", {3})}};
        QCOMPARE(lines(treeText(storedTree(stored).trace)), lines("model: Module dormant scale [3]\n"));
    }

    void oneMemoryOfOneSizeIsOneTensor()
    {
        const Stored stored{.modules = {},
                            .tensors = {tensor("embed.weight", {6, 4}, 7), tensor("head.weight", {6, 4}, 7),
                                        tensor("slice.weight", {4}, 7), tensor("own.weight", {6, 4}, 9)}};
        const Trace trace = storedTree(stored).trace;
        QVERIFY(trace.parameters[0].tieGroup >= 0);
        QCOMPARE(trace.parameters[1].tieGroup, trace.parameters[0].tieGroup);
        QCOMPARE(trace.parameters[2].tieGroup, -1);
        QCOMPARE(trace.parameters[3].tieGroup, -1);
        QCOMPARE(heldTensors(trace).size(), 3U);
        QCOMPARE(trace.storages[1].tieGroup, trace.storages[0].tieGroup);
    }

    void everyTensorIsAParameterWithAStorage()
    {
        const Stored stored{.modules = {}, .tensors = {tensor("a.weight", {2, 3}), tensor("b.bias", {5})}};
        const StoredTree tree = storedTree(stored);
        QCOMPARE(tree.tensors, (std::vector<std::int32_t>{0, 1}));
        QCOMPARE(tree.trace.storages.size(), 2U);
        QVERIFY(tree.trace.storages[0].kind == Storage::Kind::Parameter);
        QCOMPARE(tree.trace.storages[0].bytes.size, 2 * 3 * 4);
        QCOMPARE(tree.trace.storages[1].bytes.size, 5 * 4);
        QCOMPARE(tree.trace.storages[1].module, tree.trace.parameters[1].module);
    }

    void endlessNamesAreOneModule()
    {
        std::string name;
        for (int i = 0; i < 100000; ++i)
            name += "a.";
        const Stored stored{.modules = {},
                            .tensors = {tensor(name + "weight", {2}), tensor(name + "bias", {2})}};
        const Trace trace = storedTree(stored).trace;
        QCOMPARE(trace.modules.size(), 2U);
        QCOMPARE(trace.parameters[1].module, 1);
    }

    void oddNamesAreNames()
    {
        const Stored stored{.modules = {}, .tensors = {tensor("", {1}), tensor(".", {2}), tensor("..", {3})}};
        const Trace trace = storedTree(stored).trace;
        QCOMPARE(trace.parameters.size(), 3U);
        for (const Module& module : trace.modules)
            QVERIFY(module.end <= static_cast<std::int32_t>(trace.modules.size()));
    }

    void namesTellRoles_data()
    {
        QTest::addColumn<QString>("className");
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("parent");
        QTest::addColumn<int>("role");
        const auto row = [](const char* className, const char* name, Role parent, Role role) {
            QTest::addRow("%s %s", className, name)
                << QString::fromLatin1(className) << QString::fromLatin1(name) << static_cast<int>(parent)
                << static_cast<int>(role);
        };
        row("Conv2d", "conv1", Role::Other, Role::Conv);
        row("Conv2dNormActivation", "0", Role::Other, Role::Conv);
        row("Conv1D", "c_attn", Role::Attention, Role::Attention);
        row("FrozenBatchNorm2d", "bn1", Role::Other, Role::Norm);
        row("LlamaRMSNorm", "input_layernorm", Role::Other, Role::Norm);
        row("LayerNorm2d", "norm", Role::Conv, Role::Norm);
        row("ReLU", "relu", Role::Other, Role::Activation);
        row("SiLUActivation", "act_fn", Role::Mlp, Role::Activation);
        row("Linear", "fc", Role::Other, Role::Head);
        row("Linear", "fc1", Role::Mlp, Role::Mlp);
        row("Linear", "q_proj", Role::Attention, Role::Attention);
        row("Linear", "lm_head", Role::Other, Role::Head);
        row("Linear", "gate", Role::Mlp, Role::Router);
        row("Linear", "gate_proj", Role::Mlp, Role::Mlp);
        row("Qwen2Attention", "self_attn", Role::Other, Role::Attention);
        row("MultiheadAttention", "self_attention", Role::Other, Role::Attention);
        row("MLPBlock", "mlp", Role::Other, Role::Mlp);
        row("BertIntermediate", "intermediate", Role::Other, Role::Mlp);
        row("BertEncoder", "encoder", Role::Other, Role::Other);
        row("ConvNextModel", "convnext", Role::Other, Role::Other);
        row("Embedding", "wte", Role::Other, Role::Embedding);
        row("Sequential", "layer1", Role::Other, Role::Other);
        row("Sequential", "classifier", Role::Other, Role::Head);
        row("LlavaMultiModalProjector", "multi_modal_projector", Role::Other, Role::Projector);
        row("Dropout", "dropout", Role::Attention, Role::Attention);
    }

    void namesTellRoles()
    {
        QFETCH(QString, className);
        QFETCH(QString, name);
        QFETCH(int, parent);
        QFETCH(int, role);
        const Role found = roleOf(className.toStdString(), name.toStdString(), static_cast<Role>(parent));
        QCOMPARE(q(roleName(found)), q(roleName(static_cast<Role>(role))));
    }
};

QTEST_APPLESS_MAIN(TestStoredTree)
#include "tst_stored_tree.moc"
