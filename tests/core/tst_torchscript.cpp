// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/format.h"
#include "core/formats/torchscript/arguments.h"
#include "core/formats/torchscript/code.h"
#include "core/formats/torchscript/examples.h"
#include "core/formats/torchscript/keys.h"
#include "tests/support/script_archive.h"

#include <QScopeGuard>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace sunflop;
using test::ArchiveMember;
using test::LinearScript;

namespace {

/// The archive, read from memory: without its operators.
Result<Source> opened(const std::vector<ArchiveMember>& members)
{
    const auto format = std::ranges::find(formats(), "torchscript", &Format::id);
    return format->read({Bytes::of(test::storedArchive(members)), "net", {}});
}

ScriptClasses forward(const std::string& parameters, const std::string& body = {})
{
    ScriptClasses classes;
    readScriptClasses("code/__torch__.py",
                      "class Net(Module):\n  def forward(self: __torch__.Net,\n    " + parameters +
                          ") -> Tensor:\n    " + body + "\n",
                      classes);
    return classes;
}

/// Ids of the inputs that a forward() with these parameters offers, and their defaults.
std::string offered(const std::string& parameters, const std::string& body = {})
{
    auto arguments = scriptArguments(forward(parameters, body), "__torch__.Net");
    if (!arguments)
        return arguments.error().text();
    for (ScriptArgument* tensor : tensorsOf(*arguments))
        tensor->example = {{{2, 3}}, "float32"};
    Program program;
    offerInputs(*arguments, program);
    std::string text;
    for (const Input& input : program.arguments)
        text += std::string(input.id) + "=" + input.defaultValue + " ";
    return text;
}

/// Shapes that are tried on a model of one layer.
std::vector<Sizes> likelyOf(const char* className, const char* tensor, const Shape& shape,
                            const char* detail = "")
{
    Stored stored;
    stored.modules.push_back({.path = "", .className = "Net"});
    stored.modules.push_back({.path = "a", .className = className, .detail = detail});
    stored.tensors.push_back({.name = std::string("a.") + tensor, .shape = shape});
    std::vector<Sizes> sizes;
    for (const ExampleTensor& example : likelyTensors(stored))
        sizes.push_back(example.shapes.front());
    return sizes;
}

bool contains(const std::vector<Sizes>& all, const Sizes& one)
{
    return std::ranges::find(all, one) != all.end();
}

} // namespace

class TestTorchScript : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sizesAreGuessedFromTheFirstLayers()
    {
        // An LSTM of 5 inputs and 7 states; a linear layer of 11; convolutions of 4 channels, in 2 groups
        // of 4.
        QCOMPARE(likelyOf("LSTM", "weight_ih_l0", {4 * 7, 5}).front(), (Sizes{1, 64, 5}));
        QCOMPARE(likelyOf("GRU", "weight_ih_l0", {3 * 7, 5}).front(), (Sizes{1, 64, 5}));
        QCOMPARE(likelyOf("Linear", "weight", {3, 11}).front(), (Sizes{1, 11}));
        QCOMPARE(likelyOf("Conv2d", "weight", {8, 4, 3, 3}).front(), (Sizes{1, 4, 224, 224}));
        QCOMPARE(likelyOf("Conv2d", "weight", {8, 4, 3, 3}, "groups=2").front(), (Sizes{1, 8, 224, 224}));
        QCOMPARE(likelyOf("Conv1d", "weight", {8, 4, 3}).front(), (Sizes{1, 4, 256}));
        QCOMPARE(likelyOf("Embedding", "weight", {100, 8}).front(), (Sizes{2, 64}));
    }

    void otherSizesAreTriedWhereTheFirstDoNotFit()
    {
        const auto pictures = likelyOf("Conv2d", "weight", {6, 1, 5, 5});
        QVERIFY(contains(pictures, {1, 1, 32, 32}) && contains(pictures, {1, 1, 28, 28}));
        QVERIFY(contains(pictures, {1, 1, 299, 299}));
        QVERIFY(contains(likelyOf("Linear", "weight", {10, 3 * 32 * 32}), {1, 3, 32, 32}));
        QVERIFY(contains(likelyOf("Linear", "weight", {10, 28 * 28}), {1, 1, 28, 28}));
        QVERIFY(contains(likelyOf("Linear", "weight", {10, 48}), {1, 64, 48}));
        QVERIFY(contains(likelyOf("Conv1d", "weight", {512, 1, 10}), {1, 1, 16'000}));
        QVERIFY(contains(likelyOf("Embedding", "weight", {100, 8}), {2, 16}));
    }

    void theTreeComesFromThePickle()
    {
        const auto source = opened(test::membersOf({}));
        QVERIFY2(source, source ? "" : source.error().text().c_str());
        const Stored& stored = *source->stored;
        QCOMPARE(stored.modules.size(), std::size_t(2));
        QCOMPARE(stored.modules[0].className, std::string("Net"));
        QCOMPARE(stored.modules[1].path, std::string("fc"));
        QCOMPARE(stored.modules[1].className, std::string("Linear"));
        QCOMPARE(stored.modules[1].detail, std::string("in_features=3, out_features=5, bias=True"));
        QCOMPARE(stored.tensors.size(), std::size_t(2));
        QCOMPARE(stored.tensors[0].name, std::string("fc.weight"));
        QVERIFY(stored.tensors[0].shape == (Shape{5, 3}));
        QCOMPARE(stored.tensors[0].kind, StoredTensor::Kind::Parameter);
        QCOMPARE(stored.tensors[0].bytes, Count(5 * 3 * 4));
    }

    void bytesInMemoryHaveNoOperatorsAndSaySo()
    {
        const auto source = opened(test::membersOf({}));
        QVERIFY(source);
        QVERIFY(!source->program);
        QCOMPARE(source->notes.size(), std::size_t(1));
    }

    /// With figures missing for every file alike, an estimate would only look like an answer.
    void aBrokenWorkerIsNoEstimate()
    {
        const QTemporaryDir folder;
        const auto write = [&](const char* name, const std::string& contents) {
            const std::string path = folder.filePath(QString::fromLatin1(name)).toStdString();
            std::ofstream(path, std::ios::binary) << contents;
            return path;
        };
        const std::string worker = write("worker", "#!/bin/sh\nkill -ABRT $$\n");
        std::filesystem::permissions(worker, std::filesystem::perms::owner_all);
        const QScopeGuard restored([before = qgetenv("SUNFLOP_TORCH")] {
            before.isEmpty() ? qunsetenv("SUNFLOP_TORCH") : qputenv("SUNFLOP_TORCH", before);
        });
        qputenv("SUNFLOP_TORCH", QByteArray::fromStdString(worker));
        for (const char* name : {"one.pt", "two.pt"}) {
            const auto source = openFile(write(name, test::storedArchive(test::membersOf({}))));
            QVERIFY(!source);
            QCOMPARE(source.error().kind, ErrorKind::Installation);
            const std::string text = source.error().text();
            for (const std::string& part : {worker, std::string("signal 6"), std::string("broken")})
                QVERIFY2(text.find(part) != std::string::npos, text.c_str());
        }
    }

    void otherArchivesAreNotTorchScript()
    {
        const auto format = std::ranges::find(formats(), "torchscript", &Format::id);
        auto members = test::membersOf({});
        QVERIFY(format->sniff(Bytes::of(test::storedArchive(members))));
        members.erase(members.begin() + 1, members.begin() + 3);
        QVERIFY(!format->sniff(Bytes::of(test::storedArchive(members))));
        QVERIFY(!format->sniff(Bytes::of("PK\x03\x04")));
        QVERIFY(!format->sniff(Bytes::of("")));
    }

    void hostilePicklesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("data");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("no pickle") << QByteArray("hello");
        QTest::newRow("a number") << QByteArray("\x80\x02K\x01.");
        QTest::newRow("a class") << QByteArray("\x80\x02"
                                               "c__torch__\nNet\n.");
        QTest::newRow("cut off") << QByteArray("\x80\x02"
                                               "c__torch__\nNet\n)\x81}(X");
    }
    void hostilePicklesAreRefused()
    {
        QFETCH(QByteArray, data);
        auto members = test::membersOf({});
        members[0].contents = data.toStdString();
        QVERIFY(!opened(members));
    }

    void hostileModelsAreRefused_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("reason"); // empty: it opens
        const auto row = [](const char* name, const char* module, const char* tensors, const char* reason) {
            QTest::newRow(name) << QStringLiteral(R"({"mainModule": %1, "tensors": %2})")
                                       .arg(QString::fromLatin1(module), QString::fromLatin1(tensors))
                                << QString::fromLatin1(reason);
        };
        const char* const one = R"({"name": "Net", "parameters": [{"name": "w", "tensorId": "0"}]})";
        row("whole", one, R"([{"dims": ["2", 3], "dataType": "FLOAT"}])", "");
        row("a scalar", one, R"([{"dataType": "DOUBLE"}])", "");
        row("no tensor", one, "[]", "no tensor of its number");
        row("a negative size", one, R"([{"dims": ["-2"], "dataType": "FLOAT"}])", "not negative");
        row("a size that is none", one, R"([{"dims": ["x"], "dataType": "FLOAT"}])", "not negative");
        row("too large", one, R"([{"dims": ["9000000000", "9000000000"], "dataType": "FLOAT"}])", "sizes");
        row("no type", one, R"([{"dims": ["2"]}])", "element type");
        row("no list of tensors", one, "7", "mainModule");
        row("no module", "[]", "[]", "mainModule");
        QTest::newRow("no JSON") << QStringLiteral("{") << QStringLiteral("mainModule");
        const QString deep = QStringLiteral(R"({"submodules": [)").repeated(200) + QStringLiteral("{}") +
                             QStringLiteral("]}").repeated(200);
        QTest::newRow("too deep") << QStringLiteral(R"({"mainModule": %1, "tensors": []})").arg(deep)
                                  << QStringLiteral("deep");
    }
    void hostileModelsAreRefused()
    {
        QFETCH(QString, model);
        QFETCH(QString, reason);
        const auto source = opened({{"net/model.json", model.toStdString()}, {"net/code/net.py", ""}});
        QCOMPARE(source.has_value(), reason.isEmpty());
        if (!source)
            QVERIFY2(source.error().text().find(reason.toStdString()) != std::string::npos,
                     source.error().text().c_str());
    }

    void aModuleThatHoldsItselfEnds()
    {
        // The object is put into the memo before it gets its state, which refers to it.
        auto members = test::membersOf({});
        members[0].contents = "\x80\x02"
                              "c__torch__\nNet\n)\x81q\x01}(X\x02";
        members[0].contents += std::string(3, '\0') + "fch\x01ub.";
        const auto source = opened(members);
        QVERIFY(source);
        QCOMPARE(source->stored->modules.size(), std::size_t(1));
    }

    void classesDeclareParametersBuffersAndConstants()
    {
        ScriptClasses classes;
        readScriptClasses("code/__torch__/torch/nn/modules/conv/___torch_mangle_3.py",
                          "class Conv2d(Module):\n"
                          "  __parameters__ = [\"weight\", \"bias\", ]\n"
                          "  __buffers__ = [\"mean\", ]\n"
                          "  weight : Tensor\n"
                          "  in_channels : Final[int] = 3\n"
                          "  kernel_size : Final[Tuple[int, int]] = (3, 3)\n"
                          "  padding_mode : Final[str] = \"ze, ros\"\n"
                          "  def forward(self: __torch__.torch.nn.modules.conv.___torch_mangle_3.Conv2d,\n"
                          "    input: Tensor,\n"
                          "    scale: Optional[float]=None) -> Tensor:\n"
                          "    in_channels : Final[int] = 4\n"
                          "    return input\n",
                          classes);
        QCOMPARE(classes.size(), std::size_t(1));
        const ScriptClass& type = classes.begin()->second;
        QCOMPARE(classes.begin()->first,
                 std::string("__torch__.torch.nn.modules.conv.___torch_mangle_3.Conv2d"));
        QVERIFY(type.isModule);
        QCOMPARE(type.parameters, (std::vector<std::string>{"weight", "bias"}));
        QCOMPARE(type.buffers, (std::vector<std::string>{"mean"}));
        QCOMPARE(*type.constant("in_channels"), std::string("3"));
        QCOMPARE(*type.constant("kernel_size"), std::string("(3, 3)"));
        QCOMPARE(*type.constant("padding_mode"), std::string("\"ze, ros\""));
        const std::vector<ScriptParameter> parameters{{"input", "Tensor", {}},
                                                      {"scale", "Optional[float]", "None"}};
        QVERIFY(type.method("forward")->parameters == parameters);
    }

    void severalClassesOfAFileAreToldApart()
    {
        ScriptClasses classes;
        readScriptClasses(
            "code/__torch__.py",
            "op_version_set = 1\nclass A(Module):\n  x : Tensor\nclass B(NamedTuple):\n  y : int\n"
            "class C(Module):\n  n : Final[int] = 7\n",
            classes);
        QCOMPARE(classes.size(), std::size_t(3));
        QVERIFY(classes["__torch__.A"].isModule);
        QVERIFY(!classes["__torch__.B"].isModule);
        QCOMPARE(*classes["__torch__.C"].constant("n"), std::string("7"));
    }

    void brokenSourceIsPassedOver_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("empty") << "";
        QTest::newRow("a head alone") << "class ";
        QTest::newRow("no bracket") << "class A\n  __parameters__ = [";
        QTest::newRow("open brackets") << "class A(Module):\n  def forward(self, x: Tuple[";
        QTest::newRow("closed too often") << "class A(Module):\n  def forward(self, x: ]]])) -> ]";
        QTest::newRow("open quote") << "class A(Module):\n  n : Final[str] = \"";
        QTest::newRow("a list that is none") << "class A(Module):\n  __parameters__ = ]\n";
    }
    void brokenSourceIsPassedOver()
    {
        QFETCH(QString, text);
        ScriptClasses classes;
        readScriptClasses("code/__torch__.py", text.toStdString(), classes);
        QVERIFY(classes.size() <= 1);
    }

    void everyArgumentIsAnInput()
    {
        QCOMPARE(offered("x: Tensor"), std::string("x=2x3 x.dtype=float32 "));
        QCOMPARE(offered("x: Tensor, steps: int"), std::string("x=2x3 steps=1 x.dtype=float32 "));
        QCOMPARE(offered("steps: int=4, x: Tensor"), std::string("x=2x3 steps=4 x.dtype=float32 "));
        QCOMPARE(offered("x: Tensor, deep: bool"), std::string("x=2x3 deep=false x.dtype=float32 "));
        QCOMPARE(offered("x: Tensor, mask: Optional[Tensor]=None"),
                 std::string("x=2x3 mask=2x3 mask.given=no x.dtype=float32 mask.dtype=float32 "));
        QCOMPARE(offered("xs: List[Tensor]"), std::string("xs=2x3 xs.dtype=float32 "));
        QCOMPARE(offered("x: Tuple[Tensor, Tensor]"),
                 std::string("x.0=2x3 x.1=2x3 x.0.dtype=float32 x.1.dtype=float32 "));
        QCOMPARE(offered("x: Dict[str, Tensor]", "return torch.add(x[\"a\"], x[\"b\"])"),
                 std::string("x.a=2x3 x.b=2x3 x.a.dtype=float32 x.b.dtype=float32 "));
        QCOMPARE(offered("x: Tensor, other: Optional[List[Dict[str, Tensor]]]=None"),
                 std::string("x=2x3 x.dtype=float32 "));
    }

    void keysAreFoundWhereTheDictionaryIsHandedOn()
    {
        ScriptClasses classes;
        readScriptClasses("code/__torch__.py",
                          "class Net(Module):\n"
                          "  part : __torch__.Part\n"
                          "  parts : __torch__.Parts\n"
                          "  def forward(self: __torch__.Net,\n    x: Dict[str, Tensor]) -> Tensor:\n"
                          "    part = self.part\n"
                          "    _0 = getattr(self.parts, \"0\")\n"
                          "    y = torch.add(x[\"a\"], (part).other([1, 2], x, ))\n"
                          "    z = torch.add(y, (_0).forward(torch.neg(y), 2., x, ))\n"
                          "    z0 = (self).forward(x, )\n"
                          "    xx = z0[\"not x\"]\n"
                          "    return __torch__.tools.helped(z, x, )\n"
                          "class Parts(Module):\n"
                          "  __annotations__[\"0\"] = __torch__.Part\n"
                          "class Part(Module):\n"
                          "  def forward(self: __torch__.Part,\n    y: Tensor,\n    n: float,\n"
                          "    given: Dict[str, Tensor]) -> Tensor:\n"
                          "    return torch.add(given[\"c\"], x[\"of another\"])\n"
                          "  def other(self: __torch__.Part,\n    n: List[int],\n"
                          "    given: Dict[str, Tensor]) -> Tensor:\n"
                          "    return given[\"b\"]\n",
                          classes);
        readScriptClasses("code/__torch__/tools.py",
                          "def helped(z: Tensor,\n    held: Dict[str, Tensor]) -> Tensor:\n"
                          "  return torch.add(held[\"d\"], held[\"a\"])\n"
                          "def unused(held: Dict[str, Tensor]) -> Tensor:\n  return held[\"e\"]\n",
                          classes);
        QStringList keys;
        for (const std::string& key : keysRead(classes, "__torch__.Net", "x"))
            keys << QString::fromStdString(key);
        QCOMPARE(keys.join(QLatin1Char(' ')), QStringLiteral("a b c d"));
    }

    /// The first parameter of a method is its object, as in Python; a function has none.
    void theObjectMayHaveAnyName()
    {
        ScriptClasses classes;
        readScriptClasses("code/__torch__.py",
                          "class Net(Module):\n"
                          "  part : __torch__.Part\n"
                          "  def forward(s: __torch__.Net,\n    x: Dict[str, Tensor]) -> Tensor:\n"
                          "    return (s.part).forward(x, )\n"
                          "class Part(Module):\n"
                          "  def forward(module: __torch__.Part,\n    self: Dict[str, Tensor]) -> Tensor:\n"
                          "    return self[\"a\"]\n"
                          "def helped(self: Tensor) -> Tensor:\n  return self\n",
                          classes);
        const auto arguments = scriptArguments(classes, "__torch__.Net");
        QVERIFY2(arguments, arguments ? "" : arguments.error().text().c_str());
        QCOMPARE(arguments->size(), std::size_t{1});
        QCOMPARE(keysRead(classes, "__torch__.Net", "x"), (std::vector<std::string>{"a"}));
        QCOMPARE(classes.at("__torch__").method("helped")->parameters.size(), std::size_t{1});
    }

    void anArgumentThatCannotBeMadeIsAnError()
    {
        QVERIFY(!scriptArguments(forward("x: __torch__.Thing"), "__torch__.Net"));
        QVERIFY(!scriptArguments({}, "__torch__.Net"));
    }

    void valuesOfInputsReachTheCall()
    {
        auto arguments = scriptArguments(
            forward(
                "x: Tensor, y: Optional[Tensor]=None, n: int=3, flag: bool=True, p: float=0.5, s: str=\"k\""),
            "__torch__.Net");
        QVERIFY(arguments);
        for (ScriptArgument* tensor : tensorsOf(*arguments))
            tensor->example = {{{2, 3}}, "float32"};
        QCOMPARE(givenArguments(*arguments, {}).dump(),
                 std::string(R"([{"dtype":"float32","shape":[2,3]},null,3,true,0.5,"k"])"));
        const std::vector<Argument> values{
            {"x", "4x5", true}, {"y.given", "yes"}, {"n", "7"}, {"flag", "false"}, {"x.dtype", "int64"}};
        QCOMPARE(
            givenArguments(*arguments, values).dump(),
            std::string(
                R"([{"dtype":"int64","shape":[4,5]},{"dtype":"float32","shape":[2,3]},7,false,0.5,"k"])"));
    }

    void aShapeOfAnotherRankMayBeGiven()
    {
        auto arguments = scriptArguments(forward("x: Tensor"), "__torch__.Net");
        tensorsOf(*arguments)[0]->example = {{{2, 3}}, "float32"};
        Program program;
        offerInputs(*arguments, program);
        const std::vector<Assignment> other{{"x", "2x3x4"}};
        QCOMPARE(shapesOf(program.arguments, other)->front().text, std::string("2x3x4"));
        const std::vector<Assignment> dimension{{"x[1]", "9"}};
        QCOMPARE(shapesOf(program.arguments, dimension)->front().text, std::string("2x9"));
        const std::vector<Assignment> neither{{"x", "7"}, {"x[1]", "9"}};
        QVERIFY(!shapesOf(program.arguments, neither));
    }
};

QTEST_GUILESS_MAIN(TestTorchScript)
#include "tst_torchscript.moc"
