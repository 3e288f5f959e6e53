// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/torchsave/saved_checkpoint.h"
#include "tests/support/text.h"
#include "tests/support/written_files.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

Result<SavedCheckpoint> saved(const std::string& value, const std::vector<std::size_t>& storages)
{
    return readSaved(Bytes::of(savedArchive(value, storages)));
}

/// Pickles of a magic number, 1001, the system, a value and the storages' keys, then storages.
std::string legacy(const std::string& value, std::size_t dataBytes)
{
    return pickleOf("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19") + pickleOf("M\xe9\x03") +
           pickleOf(pickledDict({{"little_endian", "\x88"}})) + pickleOf(value) + pickleOf("]") +
           std::string(dataBytes, '\0');
}

/// torch.nn.Linear(3, 4) as a whole: its weight in storage 0, its bias in storage 1.
std::string wholeLinear()
{
    const std::string weight =
        pickledParameter({.key = "0", .stored = 12, .sizes = {4, 3}, .strides = {3, 1}});
    const std::string bias = pickledParameter({.key = "1", .stored = 4, .sizes = {4}, .strides = {1}});
    return pickledClass("torch.nn.modules.linear", "Linear") + ")\x81" +
           pickledDict({{"training", "\x89"},
                        {"_parameters", pickledDict({{"weight", weight}, {"bias", bias}})},
                        {"_buffers", "}"},
                        {"_modules", "}"},
                        {"in_features", "K\3"},
                        {"out_features", "K\4"}}) +
           "b";
}

const SavedTensor matrix{.key = "0", .stored = 12, .sizes = {4, 3}, .strides = {3, 1}};
const SavedTensor vector{.type = "Half", .key = "1", .stored = 4, .sizes = {4}, .strides = {1}};

} // namespace

class TestTorchsave : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsAStateDict()
    {
        const auto found = saved(pickledDict({{"fc.weight", test::pickledTensor(matrix)},
                                              {"fc.bias", test::pickledTensor(vector)}}),
                                 {12 * 4, 4 * 2});
        QVERIFY2(found, found ? "" : found.error().text().c_str());
        const auto& tensors = found->stored.tensors;
        QCOMPARE(tensors.size(), 2u);
        QCOMPARE(q(tensors[0].name), q("fc.weight"));
        QCOMPARE(tensors[0].shape, (Shape{4, 3}));
        QCOMPARE(tensors[0].bytes.value(), 4 * 3 * 4);
        QCOMPARE(tensors[1].dtype, DType::F16);
        QVERIFY(tensors[0].memory != tensors[1].memory);
        QVERIFY(found->notes.empty());
    }

    void tensorsOfOneStorageAreTied()
    {
        const std::string tensor = test::pickledTensor(matrix);
        const auto found = saved(pickledDict({{"embed.weight", tensor}, {"head.weight", tensor}}), {12 * 4});
        QVERIFY(found);
        QCOMPARE(found->stored.tensors[0].memory, found->stored.tensors[1].memory);
    }

    void viewsTakeTheirStorageOnce()
    {
        const auto row = [](std::int64_t first) {
            return test::pickledTensor(
                {.key = "0", .stored = 12, .offset = first, .sizes = {4}, .strides = {1}});
        };
        const auto parts = saved(pickledDict({{"q", row(0)}, {"k", row(4)}, {"v", row(8)}}), {12 * 4});
        QVERIFY(parts);
        for (const StoredTensor& tensor : parts->stored.tensors)
            QCOMPARE(tensor.bytes.value(), 4 * 4);
        // A view of four elements keeps the whole storage of twelve.
        const auto one = saved(pickledDict({{"q", row(4)}}), {12 * 4});
        QCOMPARE(one->stored.tensors[0].bytes.value(), 12 * 4);
        // 40 elements that are one element repeated.
        const auto spread = saved(
            pickledDict(
                {{"q", test::pickledTensor({.key = "0", .stored = 1, .sizes = {8, 5}, .strides = {0, 0}})}}),
            {4});
        QCOMPARE(spread->stored.tensors[0].shape, (Shape{8, 5}));
        QCOMPARE(spread->stored.tensors[0].bytes.value(), 4);
    }

    void findsTheModelOfATrainingCheckpoint()
    {
        const std::string model = pickledDict({{"fc.weight", test::pickledTensor(matrix)}});
        const std::string optimizer =
            pickledDict({{"state", pickledDict({{"0", test::pickledTensor(vector)}})}});
        const auto found = saved(pickledDict({{"epoch", "K\3"},
                                              {"rng", test::pickledTensor(vector)},
                                              {"optimizer", optimizer},
                                              {"model", model}}),
                                 {48, 8});
        QVERIFY2(found, found ? "" : found.error().text().c_str());
        QCOMPARE(found->stored.tensors.size(), 1u);
        QCOMPARE(q(found->notes[0]), q("The model was found under \"model\"."));
        QCOMPARE(q(found->notes[1]), q("Also in the file, and not counted: epoch, rng, optimizer."));
    }

    void nestedPartsKeepTheirPrefix()
    {
        const auto found =
            saved(pickledDict({{"encoder", pickledDict({{"w", test::pickledTensor(matrix)}})},
                               {"decoder", pickledDict({{"w", test::pickledTensor(vector)}})}}),
                  {48, 8});
        QVERIFY(found);
        QCOMPARE(q(found->stored.tensors[0].name), q("encoder.w"));
        QCOMPARE(q(found->stored.tensors[1].name), q("decoder.w"));
    }

    void prefixesOfWrappersAreLeftOut()
    {
        const auto found = saved(pickledDict({{"module.a", test::pickledTensor(matrix)},
                                              {"module.b", test::pickledTensor(vector)}}),
                                 {48, 8});
        QCOMPARE(q(found->stored.tensors[0].name), q("a"));
        QVERIFY(q(found->notes[0]).contains(q("\"module.\"")));
    }

    void wholeModelsHaveTheirTree()
    {
        const std::string model = pickledClass("mine", "Net") + ")\x81" +
                                  pickledDict({{"_parameters", "}"},
                                               {"_buffers", "}"},
                                               {"width", "K\x07"},
                                               {"_modules", pickledDict({{"fc", wholeLinear()}})}}) +
                                  "b";
        const auto found = saved(model, {48, 16});
        QVERIFY2(found, found ? "" : found.error().text().c_str());
        const auto& modules = found->stored.modules;
        QCOMPARE(modules.size(), 2u);
        QCOMPARE(q(modules[0].className), q("Net"));
        QCOMPARE(q(modules[0].detail), q("width=7"));
        QCOMPARE(q(modules[1].path), q("fc"));
        QCOMPARE(q(modules[1].detail), q("in_features=3, out_features=4, bias=True"));
        QCOMPARE(q(found->stored.tensors[1].name), q("fc.bias"));
    }

    void parametersThatAreNotTrainedAreKnown()
    {
        std::string model = wholeLinear();
        model[model.rfind('\x88')] = '\x89'; // requires_grad of the bias
        const auto found = saved(model, {48, 16});
        QVERIFY2(found, found ? "" : found.error().text().c_str());
        QVERIFY(found->stored.tensors[0].trainable);
        QVERIFY(!found->stored.tensors[1].trainable);
        // A state_dict() holds detached tensors, whatever the model trains.
        const auto state = saved(pickledDict({{"fc.weight", test::pickledTensor(matrix)}}), {48});
        QVERIFY(state && state->stored.tensors[0].trainable);
    }

    void legacyFilesKeepClassesBesideTheirSource()
    {
        const std::string plain = pickledClass("torch.nn.modules.linear", "Linear");
        const std::string kept =
            pickledTuple({pickled("module"), plain, pickled("linear.py"), pickled("class ...")}) + "Q";
        std::string model = wholeLinear();
        model.replace(0, plain.size(), kept);
        const auto found = readSaved(Bytes::of(legacy(model, 48 + 16)));
        QVERIFY2(found, found ? "" : found.error().text().c_str());
        QCOMPARE(q(found->stored.modules[0].className), q("Linear"));
        QCOMPARE(q(found->stored.modules[0].detail), q("in_features=3, out_features=4, bias=True"));
    }

    void readsLegacyFiles()
    {
        const auto found =
            readSaved(Bytes::of(legacy(pickledDict({{"w", test::pickledTensor(matrix)}}), 8 + 48)));
        QVERIFY2(found, found ? "" : found.error().text().c_str());
        QCOMPARE(found->stored.tensors[0].bytes.value(), 48);
        const auto truncated =
            readSaved(Bytes::of(legacy(pickledDict({{"w", test::pickledTensor(matrix)}}), 40)));
        QVERIFY(!truncated);
        QVERIFY(q(truncated.error().text()).contains(q("48 bytes of storages expected, 40 are left")));
    }

    void refusesWhatDoesNotFit_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const std::string& bytes, const char* reason) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << q(reason);
        };
        const std::string model = pickledDict({{"w", test::pickledTensor(matrix)}});
        row("storage missing", savedArchive(model, {}), "is not in the archive");
        row("storage too short", savedArchive(model, {47}), "has 47 bytes, 48 expected");
        row("no tensors", savedArchive(pickledDict({{"epoch", "K\1"}}), {}), "holds no tensors");
        row("no pickle", zipOf({{"model/version", "3"}}), "has no data.pkl");
        row("truncated pickle", zipOf({{"m/data.pkl", "\x80\2}("}}), "bytes expected");
        row("truncated archive", savedArchive(model, {48}).substr(0, 100), "no readable ZIP archive");
        std::string nested = test::pickledTensor(matrix);
        for (int i = 0; i < 200; ++i)
            nested = pickledDict({{"a", nested}});
        row("too deep",
            savedArchive("}" + pickled("w") + test::pickledTensor(matrix) + "s" + pickled("x") + nested + "s",
                         {48}),
            "");
    }

    void refusesWhatDoesNotFit()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, reason);
        const auto found = readSaved(Bytes::of(bytes.toStdString()));
        if (reason.isEmpty()) { // what lies that deep is no model's
            QVERIFY(found);
            QCOMPARE(found->stored.tensors.size(), 1u);
            return;
        }
        QVERIFY(!found);
        QVERIFY2(q(found.error().text()).contains(reason), found.error().text().c_str());
    }

    void aDictThatContainsItselfEnds()
    {
        // {"w": tensor, "self": the dict}
        const std::string value =
            "}q\1" + pickled("w") + test::pickledTensor(matrix) + "s" + pickled("self") + "h\1s";
        const auto found = saved(value, {48});
        QVERIFY(!found);
        QVERIFY2(q(found.error().text()).contains(q("values within values")), found.error().text().c_str());
    }

    void programsAreAnotherFormats()
    {
        QVERIFY(looksLikeSaved(Bytes::of(savedArchive("}", {}))));
        QVERIFY(
            !looksLikeSaved(Bytes::of(zipOf({{"m/data.pkl", "\x80\2}."}, {"m/constants.pkl", "\x80\2)."}}))));
        QVERIFY(looksLikeSaved(Bytes::of(legacy("}", 0))));
        QVERIFY(!looksLikeSaved(Bytes::of("{}")));
    }
};

QTEST_APPLESS_MAIN(TestTorchsave)
#include "tst_torchsave.moc"
