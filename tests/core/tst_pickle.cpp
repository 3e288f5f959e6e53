// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/containers/pickle.h"
#include "core/formats/torchsave/pickled_tensor.h"
#include "tests/support/text.h"
#include "tests/support/written_pickle.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

using Kind = PickleValue::Kind;

namespace {

Result<Pickle> readText(std::string text)
{
    return Pickle::read(Bytes::of(std::move(text)));
}

/// Why a text is refused; empty where it is not.
std::string refusal(std::string text)
{
    const auto pickle = readText(std::move(text));
    return pickle ? std::string() : pickle.error().text();
}

bool contains(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

/// The tensor that a pickle's root makes.
Result<PickledTensor> tensorIn(const std::string& value)
{
    const auto pickle = readText(pickleOf(value));
    if (!pickle)
        return failure(pickle.error());
    if (!isPickledTensor(pickle->root()))
        return failure(ErrorKind::NotFound, {}, "no tensor");
    return pickledTensor(pickle->root());
}

} // namespace

class TestPickle : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsTheNumbersOfEveryProtocol_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<qlonglong>("number");
        const auto row = [](const char* name, const QByteArray& bytes, qlonglong number) {
            QTest::newRow(name) << bytes << number;
        };
        row("decimal", "I147\n.", 147);
        row("negative decimal", "I-5\n.", -5);
        row("long decimal", "L123456789012L\n.", 123456789012);
        row("one byte", QByteArray("K\xff.", 3), 255);
        row("two bytes", QByteArray("M\x01\x02.", 4), 0x0201);
        row("four bytes", QByteArray("J\xfe\xff\xff\xff.", 6), -2);
        row("long of no bytes", QByteArray("\x8a\x00.", 3), 0);
        row("long of one byte", QByteArray("\x8a\x01\x80.", 4), -128);
        row("long of five bytes", QByteArray("\x8a\x05\x00\x00\x00\x00\x01.", 8), 1LL << 32);
        row("long of eight bytes", QByteArray("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\xff.", 11), -1);
        row("long with a wide length", QByteArray("\x8b\x02\x00\x00\x00\x00\x01.", 8), 256);
        row("true", "\x88.", 1);
        row("true of protocol 0", "I01\n.", 1);
    }

    void readsTheNumbersOfEveryProtocol()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(qlonglong, number);
        const auto pickle = readText(bytes.toStdString());
        QVERIFY(pickle);
        QVERIFY(pickle->root().integer());
        QCOMPARE(*pickle->root().integer(), number);
    }

    void readsRealNumbersAsTextAndAsBits()
    {
        QCOMPARE(*readText("F-1.5\n.")->root().real(), -1.5);
        // 1.5 is 0x3ff8 and six zero bytes, most significant first.
        QCOMPARE(*readText(std::string("G\x3f\xf8\0\0\0\0\0\0.", 10))->root().real(), 1.5);
    }

    void keepsTheBytesOfLongIntegers()
    {
        const std::string magic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
        const auto pickle = readText("\x8a\x0a" + magic + ".");
        QVERIFY(pickle->root().is(Kind::Long));
        QCOMPARE(q(pickle->root().text()), q(magic));
    }

    void readsTextsOfEveryProtocol_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("quoted") << QByteArray("S'abc'\n.");
        QTest::newRow("line") << QByteArray("Vabc\n.");
        QTest::newRow("binary string") << QByteArray("T\3\0\0\0abc.", 9);
        QTest::newRow("short binary string") << QByteArray("U\3abc.");
        QTest::newRow("unicode") << QByteArray("X\3\0\0\0abc.", 9);
        QTest::newRow("short unicode") << QByteArray("\x8c\3abc.");
        QTest::newRow("wide unicode") << QByteArray("\x8d\3\0\0\0\0\0\0\0abc.", 13);
        QTest::newRow("framed") << QByteArray("\x80\4\x95\7\0\0\0\0\0\0\0\x8c\3abc\x94.", 18);
    }

    void readsTextsOfEveryProtocol()
    {
        QFETCH(QByteArray, bytes);
        const auto pickle = readText(bytes.toStdString());
        QVERIFY2(pickle, pickle ? "" : pickle.error().text().c_str());
        QVERIFY(pickle->root().is(Kind::Text));
        QCOMPARE(q(pickle->root().text()), QStringLiteral("abc"));
    }

    void longTextsAreSkipped()
    {
        const std::string text(Pickle::longestText + 1, 'x');
        const auto pickle = readText("(" + pickled(text) + pickled("y") + "t.");
        QVERIFY(pickle);
        QVERIFY(pickle->root().item(0).is(Kind::Text));
        QCOMPARE(pickle->root().item(0).text().size(), 0u);
        QCOMPARE(q(pickle->root().item(1).text()), QStringLiteral("y"));
    }

    void putsContainersTogether()
    {
        const auto list = readText("](K\1K\2eK\3a.");
        QVERIFY(list->root().is(Kind::List));
        QCOMPARE(list->root().size(), 3u);
        QCOMPARE(*list->root().item(2).integer(), 3);
        QVERIFY(!list->root().item(3));

        const auto dict =
            readText(pickleOf(pickledDict({{"a", "K\1"}, {"b", "K\2"}}) + pickled("c") + "K\3s"));
        QCOMPARE(dict->root().entries(), 3u);
        QCOMPARE(*dict->root()["c"].integer(), 3);
        QVERIFY(!dict->root()["d"]);

        QCOMPARE(readText("K\1K\2K\3\x87.")->root().size(), 3u);
        QCOMPARE(readText("(K\1K\2l.")->root().size(), 2u);
        QCOMPARE(readText("(K\1K\2d.")->root().entries(), 1u);
        QCOMPARE(readText("\x8f(K\1K\2\x90.")->root().size(), 2u);
        QVERIFY(readText("(K\1\x91.")->root().is(Kind::Set));
    }

    void aKeyThatRepeatsKeepsItsLastValue()
    {
        const auto dict = readText(pickleOf(pickledDict({{"a", "K\1"}, {"a", "K\2"}})));
        QCOMPARE(*dict->root()["a"].integer(), 2);
    }

    void theMemoGivesTheSameValue()
    {
        const auto pair = readText(std::string("]q\0h\0\x86.", 7));
        QCOMPARE(pair->root().item(0).index(), pair->root().item(1).index());
        const auto sparse = readText(std::string("]r\7\0\0\0j\7\0\0\0\x86.", 13));
        QCOMPARE(sparse->root().item(0).index(), sparse->root().item(1).index());
        const auto numbered = readText("]p0\ng0\n\x86.");
        QCOMPARE(numbered->root().item(0).index(), numbered->root().item(1).index());
    }

    void aListMayContainItself()
    {
        const auto list = readText(std::string("]q\0h\0a.", 7));
        QVERIFY(list);
        QCOMPARE(list->root().item(0).index(), list->root().index());
    }

    void callsBecomeRecords()
    {
        const std::string system = pickledClass("os", "system");
        const auto pickle = readText(pickleOf(pickledCall(system, pickledTuple({pickled("echo")}))));
        QVERIFY(pickle);
        const PickleValue root = pickle->root();
        QVERIFY(root.is(Kind::Object));
        QCOMPARE(q(root.typeName()), QStringLiteral("os.system"));
        QCOMPARE(q(root.arguments().item(0).text()), QStringLiteral("echo"));
        QVERIFY(!root.state());
    }

    void objectsKeepWhatTheyAreGiven_data()
    {
        QTest::addColumn<QByteArray>("made");
        QTest::newRow("new object") << QByteArray("cpackage.module\nClass\n)\x81");
        QTest::newRow("named by texts") << QByteArray("\x8c\016package.module\x8c\5Class\x93)\x81");
        QTest::newRow("with keywords") << QByteArray("cpackage.module\nClass\n)}\x92");
        QTest::newRow("instance of protocol 0") << QByteArray("(ipackage.module\nClass\n");
        QTest::newRow("object of protocol 1") << QByteArray("(cpackage.module\nClass\no");
    }

    void objectsKeepWhatTheyAreGiven()
    {
        QFETCH(QByteArray, made);
        const auto pickle = readText(made.toStdString() + pickledDict({{"width", "K\x07"}}) + "b.");
        QVERIFY2(pickle, pickle ? "" : pickle.error().text().c_str());
        QCOMPARE(q(pickle->root().typeName()), QStringLiteral("package.module.Class"));
        QCOMPARE(*pickle->root().attribute("width").integer(), 7);
        QVERIFY(!pickle->root().attribute("height"));
    }

    void attributesAreFoundAmongSlotsToo()
    {
        const std::string state = "N" + pickledDict({{"width", "K\x07"}}) + "\x86";
        const auto pickle = readText("cm\nC\n)\x81" + state + "b.");
        QCOMPARE(*pickle->root().attribute("width").integer(), 7);
    }

    void anOrderedDictIsReadAsADict()
    {
        const std::string empty = pickledCall(pickledClass("collections", "OrderedDict"), ")");
        const auto pickle = readText(pickleOf(empty + "(" + pickled("a") + "K\1u" + pickled("b") + "K\2s"));
        QCOMPARE(pickle->root().entries(), 2u);
        QCOMPARE(*pickle->root()["b"].integer(), 2);
    }

    void whatADictIsCalledWithAreItsEntries()
    {
        const std::string a = "](" + pickled("a") + "K\1e"; // Python 2 writes lists, others tuples
        const std::string b = pickledTuple({pickled("b"), "K\2"});
        for (const char* type : {"collections\nOrderedDict\n", "__builtin__\ndict\n"}) {
            const std::string called = std::string("c") + type + "](" + a + b + "e\x85R";
            const auto pickle = readText(pickleOf(called + pickled("c") + "K\3s"));
            QCOMPARE(pickle->root().entries(), 3u);
            QCOMPARE(*pickle->root()["a"].integer(), 1);
            QCOMPARE(*pickle->root()["b"].integer(), 2);
            QCOMPARE(*pickle->root()["c"].integer(), 3);
        }
        // Of something else, or of no pairs, they are arguments alone.
        QCOMPARE(readText(pickleOf("cm\nC\n](" + a + "e\x85R"))->root().entries(), 0u);
        QCOMPARE(readText(pickleOf("ccollections\nOrderedDict\n](K\1e\x85R"))->root().entries(), 0u);
    }

    void persistentValuesKeepTheirIdentity()
    {
        QCOMPARE(q(readText("Pweights\n.")->root().identity().text()), QStringLiteral("weights"));
        QCOMPARE(*readText("K\5Q.")->root().identity().integer(), 5);
    }

    void severalPicklesMayFollowEachOther()
    {
        ByteReader reader(Bytes::of("K\1.K\2."));
        QCOMPARE(*Pickle::read(reader)->root().integer(), 1);
        QCOMPARE(*Pickle::read(reader)->root().integer(), 2);
        QCOMPARE(reader.left(), 0u);
    }

    void refusesWhatIsNoPickle_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const QByteArray& bytes, const char* reason) {
            QTest::newRow(name) << bytes << QString::fromUtf8(reason);
        };
        row("empty", "", "1 bytes expected, 0 are left");
        row("truncated", "X\5\0", "bytes expected");
        row("unknown opcode", "\x01", "0x01 is no opcode");
        row("newer protocol", "\x80\x06", "protocol 6, expected at most 5");
        row("stack underflow", "0.", "empty stack");
        row("nothing at the end", ".", "empty stack");
        row("below a mark", "K\1(a.", "empty stack");
        row("no mark", "t.", "no mark");
        row("unknown memo", QByteArray("h\0.", 3), "nothing was remembered as 0");
        row("memo that is no number", "gx\n.", "\"x\" is no place");
        row("integer that is none", "Ix\n.", "\"x\" is no integer");
        row("key without value", "}(K\1u.", "has no value");
        row("elements of a number", "K\1K\2a.", "holds none");
        row("entries of a list", "]K\1K\2s.", "holds none");
        row("object without class", "(o.", "no class");
        row("class named by numbers", "K\1K\2\x93.", "no texts");
        row("extension registry", "\x82\1.", "extension registry");
        row("length past the end", "\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.", "bytes expected");
    }

    void refusesWhatIsNoPickle()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, reason);
        const std::string found = refusal(bytes.toStdString());
        QVERIFY2(contains(found, reason.toStdString()), found.c_str());
    }

    void boundsTheMemoryOfValues()
    {
        // Two bytes a value: 40 million empty lists would take more than the budget.
        std::string bomb;
        for (int i = 0; i < 20'000'000; ++i)
            bomb += "]]";
        QVERIFY(contains(refusal(std::move(bomb)), "bytes of memory"));
    }

    void nestingIsNoDepth()
    {
        // A million lists within each other: nothing recurses over them.
        std::string nested(1'000'000, ']');
        nested += std::string(999'999, 'a') + ".";
        const auto pickle = readText(std::move(nested));
        QVERIFY(pickle);
        QCOMPARE(pickle->root().size(), 1u);
    }

    void readsAStoredTensor()
    {
        const auto tensor = tensorIn(test::pickledTensor(
            {.type = "Half", .key = "7", .stored = 20, .offset = 2, .sizes = {3, 4}, .strides = {4, 1}}));
        QVERIFY2(tensor, tensor ? "" : tensor.error().text().c_str());
        QCOMPARE(tensor->dtype, DType::F16);
        QCOMPARE(tensor->sizes, (Sizes{3, 4}));
        QCOMPARE(tensor->strides, (Sizes{4, 1}));
        QCOMPARE(q(tensor->storage), QStringLiteral("7"));
        QCOMPARE(tensor->storageBytes, 20 * 2);
        QCOMPARE(tensor->offset, 2);
        QVERIFY(!tensor->isParameter);
    }

    void readsAParameter()
    {
        const auto tensor =
            tensorIn(pickledParameter({.type = "BFloat16", .stored = 12, .sizes = {12}, .strides = {1}}));
        QVERIFY(tensor);
        QVERIFY(tensor->isParameter);
        QCOMPARE(tensor->dtype, DType::BF16);
    }

    void readsATensorOfASubclass()
    {
        const std::string type = pickledClass("mine", "Weight");
        const std::string inner =
            pickledTuple({type, pickledClass("torch", "bfloat16"), pickledSizes({8, 64})});
        const std::string state = pickledDict(
            {{"packed",
              test::pickledTensor({.type = "Byte", .stored = 256, .sizes = {8, 32}, .strides = {32, 1}})}});
        const auto tensor = tensorIn(pickledCall(
            pickledClass("torch._tensor", "_rebuild_from_type_v2"),
            pickledTuple({pickledClass("torch._utils", "_rebuild_wrapper_subclass"), type, inner, state})));
        QVERIFY2(tensor, tensor ? "" : tensor.error().text().c_str());
        QCOMPARE(tensor->sizes, (Sizes{8, 64}));
        QCOMPARE(tensor->dtype, DType::BF16);
        QCOMPARE(q(tensor->subclass), QStringLiteral("mine.Weight"));
        QCOMPARE(tensor->parts.size(), 1u);
        QCOMPARE(tensor->parts.front().storageBytes, 8 * 32);
    }

    void readsASparseTensor()
    {
        const std::string indices = test::pickledTensor(
            {.type = "Long", .key = "1", .stored = 2 * 5, .sizes = {2, 5}, .strides = {5, 1}});
        const std::string values =
            test::pickledTensor({.key = "2", .stored = 5, .sizes = {5}, .strides = {1}});
        const std::string data = pickledTuple({indices, values, pickledSizes({1000, 300})});
        const auto tensor = tensorIn(pickledCall(pickledClass("torch._utils", "_rebuild_sparse_tensor"),
                                                 pickledTuple({pickledClass("torch", "sparse_coo"), data})));
        QVERIFY2(tensor, tensor ? "" : tensor.error().text().c_str());
        QCOMPARE(tensor->sizes, (Sizes{1000, 300}));
        QCOMPARE(tensor->dtype, DType::F32);
        QCOMPARE(tensor->parts[0].storageBytes + tensor->parts[1].storageBytes, 2 * 5 * 8 + 5 * 4);
    }

    void readsAnUntypedStorage()
    {
        const std::string storage =
            pickledTuple({pickled("storage"), pickledClass("torch.storage", "UntypedStorage"), pickled("0"),
                          pickled("cpu"), pickled(6 * 2)}) +
            "Q";
        const auto tensor = tensorIn(
            pickledCall(pickledClass("torch._utils", "_rebuild_tensor_v3"),
                        pickledTuple({storage, pickled(std::int64_t{0}), pickledSizes({2, 3}),
                                      pickledSizes({3, 1}), "\x89", "N", pickledClass("torch", "uint16")})));
        QVERIFY2(tensor, tensor ? "" : tensor.error().text().c_str());
        QCOMPARE(tensor->dtype, DType::U16);
        QCOMPARE(tensor->storageBytes, 12);
    }

    void refusesImpossibleTensors_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const SavedTensor& tensor, const char* reason) {
            QTest::newRow(name) << QByteArray::fromStdString(test::pickledTensor(tensor))
                                << QString::fromUtf8(reason);
        };
        const std::int64_t big = std::int64_t{1} << 40;
        row("past its storage", {.stored = 11, .sizes = {3, 4}, .strides = {4, 1}},
            "element 12 of a storage");
        row("offset past its storage", {.stored = 12, .offset = 1, .sizes = {12}, .strides = {1}},
            "element 13");
        row("negative size", {.stored = 1, .sizes = {-1}, .strides = {1}}, "integers from 0 on");
        row("negative offset", {.stored = 1, .offset = -1, .sizes = {1}, .strides = {1}}, "offset");
        row("negative storage", {.stored = -4, .sizes = {1}, .strides = {1}}, "-4 elements");
        row("sizes that overflow", {.stored = 1, .sizes = {big, big}, .strides = {0, 0}}, "expected at most");
        row("strides that overflow", {.stored = 1, .sizes = {2, 2}, .strides = {1L << 62, 1L << 62}},
            "of a storage");
        row("fewer strides", {.stored = 12, .sizes = {3, 4}, .strides = {1}}, "1 strides for 2 sizes");
        row("unknown storage", {.type = "Odd", .stored = 1, .sizes = {1}, .strides = {1}},
            "unknown element type");
        row("no key", {.key = "", .stored = 1, .sizes = {1}, .strides = {1}}, "no key");
    }

    void refusesImpossibleTensors()
    {
        QFETCH(QByteArray, value);
        QFETCH(QString, reason);
        const auto tensor = tensorIn(value.toStdString());
        QVERIFY(!tensor);
        QVERIFY2(contains(tensor.error().text(), reason.toStdString()), tensor.error().text().c_str());
    }

    void aParameterOfItselfIsRefused()
    {
        // _rebuild_parameter(x) where x is a list that holds the parameter itself.
        const std::string value = "ctorch._utils\n_rebuild_parameter\n]q" + std::string(1, '\0') + "Rq\x01h" +
                                  std::string(1, '\0') + "h\x01" + "a0";
        const auto tensor = tensorIn(value);
        QVERIFY(!tensor);
        QVERIFY(contains(tensor.error().text(), "calls within calls"));
    }

    void otherCallsAreNoTensors()
    {
        const auto pickle = readText(pickleOf(pickledCall(pickledClass("os", "system"), ")")));
        QVERIFY(!isPickledTensor(pickle->root()));
    }
};

QTEST_APPLESS_MAIN(TestPickle)
#include "tst_pickle.moc"
