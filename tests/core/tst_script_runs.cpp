// SPDX-License-Identifier: GPL-3.0-or-later
// TorchScript files in sunflop-torch, which needs LibTorch.
#include "core/formats/format.h"
#include "core/run/model.h"
#include "core/sunflop.h"
#include "core/worker/torch_worker.h"
#include "tests/support/reference.h"
#include "tests/support/sanitized.h"
#include "tests/support/script_archive.h"
#include "tests/support/written_pickle.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <random>

#include <sys/wait.h>
#include <unistd.h>

using namespace sunflop;
using namespace std::chrono_literals;
using test::ArchiveMember;
using test::LinearScript;

namespace {

std::vector<Argument> defaultsOf(const Program& program)
{
    std::vector<Argument> values;
    for (const Input& input : program.arguments)
        values.push_back({std::string(input.id), input.defaultValue});
    return values;
}

/// Why there is no program, for a failing comparison.
const char* reasonOf(const Result<Source>& source)
{
    return !source                 ? source.error().detail.c_str()
           : source->notes.empty() ? ""
                                   : source->notes.front().c_str();
}

/// The program's operators with its first argument of this shape.
Result<Recorded> recorded(const Source& source, const std::string& shape, Mode mode = Mode::Inference)
{
    auto values = defaultsOf(*source.program);
    values.front().text = shape;
    return source.program->record(values, mode);
}

/// The fields of /proc/PID/stat behind the name; empty where there is no such process.
std::vector<std::string> statusOf(pid_t process)
{
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string name;
    std::getline(file, name, ')');
    return {std::istream_iterator<std::string>(file), {}};
}

/// Gone, or only waiting for whoever started it to ask how it ended.
bool hasEnded(pid_t process)
{
    const auto status = statusOf(process);
    return status.empty() || status.front() == "Z";
}

/// Hundredths of a second that a process has computed.
long processorTicks(pid_t process)
{
    constexpr std::size_t userTime = 11; // proc(5), counted from the state on
    const auto status = statusOf(process);
    return status.size() > userTime ? std::stol(status[userTime]) : 0;
}

const RecordedTensor* tensorOf(const Recording& graph, const RecordedCall& call, std::string_view name)
{
    const auto argument = std::ranges::find(call.arguments, name, &RecordedArgument::name);
    const auto* index =
        argument == call.arguments.end() ? nullptr : std::get_if<TensorIndex>(&argument->value);
    return index == nullptr || index->index < 0 ? nullptr
                                                : &graph.tensors[static_cast<std::size_t>(index->index)];
}

std::int64_t elementsOf(const RecordedTensor& tensor, std::size_t from = 0)
{
    std::int64_t elements = 1;
    for (std::size_t i = from; i < tensor.sizes.size(); ++i)
        elements *= tensor.sizes[i].value;
    return elements;
}

std::int64_t lastOf(const RecordedTensor& tensor)
{
    return tensor.sizes.back().value;
}

/// Products of one call, by the rules of PyTorch's FlopCounterMode: matrix products, convolutions, attention.
std::int64_t productsOf(const Recording& graph, const RecordedCall& call)
{
    const std::string name = call.target.substr(0, call.target.rfind('.'));
    const auto tensor = [&](std::string_view argument) { return tensorOf(graph, call, argument); };
    if (call.results.empty() || call.results[0].index < 0)
        return 0;
    const RecordedTensor& result = graph.tensors[static_cast<std::size_t>(call.results[0].index)];
    if (name == "aten.linear")
        return elementsOf(result) * lastOf(*tensor("weight"));
    if (name == "aten.matmul" || name == "aten.bmm" || name == "aten.mm")
        return elementsOf(result) * lastOf(*tensor("self"));
    if (name == "aten.conv2d" || name == "aten._convolution" || name == "aten.convolution") {
        const auto transposed = std::ranges::find(call.arguments, "transposed", &RecordedArgument::name);
        const bool isTransposed = transposed != call.arguments.end() && std::get<bool>(transposed->value);
        // Each input element of a transposed convolution meets the whole filter, each output element of
        // another.
        return elementsOf(isTransposed ? *tensor("input") : result) * elementsOf(*tensor("weight"), 1);
    }
    if (name == "aten.scaled_dot_product_attention") {
        const RecordedTensor& query = *tensor("query");
        const RecordedTensor& value = *tensor("value");
        const std::int64_t keys = value.sizes[value.sizes.size() - 2].value;
        return elementsOf(query) * keys + elementsOf(result) * keys;
    }
    return 0;
}

std::int64_t productsOf(const Recording& graph)
{
    std::int64_t products = 0;
    for (const RecordedCall& call : graph.calls)
        products += productsOf(graph, call);
    return products;
}

bool hasNote(const Recorded& recorded, std::string_view text)
{
    return std::ranges::any_of(recorded.notes,
                               [&](const std::string& note) { return note.find(text) != std::string::npos; });
}

} // namespace

class TestScriptRuns : public QObject {
    Q_OBJECT

private:
    std::string write(const std::string& bytes)
    {
        const std::string path = m_folder.filePath(QString::fromLatin1("%1.pt").arg(m_files++)).toStdString();
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }
    Result<Source> open(const LinearScript& script)
    {
        return openFile(write(test::storedArchive(test::membersOf(script))));
    }

    QTemporaryDir m_folder;
    int m_files = 0;

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto program = torchProgram(); !program)
            QSKIP(program.error().text().c_str());
    }

    void operatorsAreRecordedWithModuleAndShapes()
    {
        const auto source = open({.example = test::tracedExample(2, 3)});
        QVERIFY2(source && source->program, reasonOf(source));
        QCOMPARE(source->program->arguments.front().defaultValue, std::string("2x3"));
        const auto run = recorded(*source, "7x3");
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        QCOMPARE(run->graph->calls.size(), std::size_t(1));
        const RecordedCall& call = run->graph->calls.front();
        QCOMPARE(call.target, std::string("aten.linear.default"));
        QCOMPARE(source->stored->modules[static_cast<std::size_t>(call.module)].path, std::string("fc"));
        QCOMPARE(tensorOf(*run->graph, call, "weight")->stored, 0);
        QCOMPARE(productsOf(*run->graph), std::int64_t(7 * 3 * 5));
        QVERIFY(run->notes.empty());
    }

    void anArgumentWithoutExampleIsGuessedFromTheWeights()
    {
        const auto source = open({});
        QVERIFY(source && source->program);
        QCOMPARE(source->program->arguments.front().defaultValue, std::string("1x3"));
    }

    void sizesThatWereGuessedAreSaidWhenTheyDoNotFit()
    {
        // No example is stored, and no shape that is tried has 11 * 13 elements.
        const auto source = open({.body = "return (self.fc).forward(torch.reshape(x, [11, 13]), )"});
        QVERIFY(source && source->program);
        const std::string guessed = source->program->arguments.front().defaultValue;
        const auto run = recorded(*source, guessed);
        QVERIFY(!run);
        QVERIFY2(run.error().detail.find("were guessed") != std::string::npos, run.error().detail.c_str());
        QVERIFY(run.error().detail.find("--set x=" + guessed) != std::string::npos);
        // Sizes that the user has set are nobody's guess.
        QVERIFY(recorded(*source, "2x2").error().detail.find("guessed") == std::string::npos);
        const auto traced = open({.body = "return (self.fc).forward(torch.reshape(x, [11, 13]), )",
                                  .example = test::tracedExample(2, 3)});
        QVERIFY(recorded(*traced, "2x3").error().detail.find("guessed") == std::string::npos);
    }

    void aProgramThatDoesNotRunOpensWithItsParameters()
    {
        const auto source = open({.body = "return (self.fc).forward(torch.reshape(x, [11, 13]), )"});
        QVERIFY(source && source->program);
        const auto family = familyOf(*source);
        const auto offered = inputsOf(*source);
        QVERIFY(family && offered);
        const Attempt opened =
            attempt({.source = *source, .family = *family, .inputs = *offered}, {}, conventions().front());
        QVERIFY(opened.run && opened.problem);
        QCOMPARE(opened.run->costs.root().total.params.value(), 5 * 3 + 5);
        QVERIFY(opened.problem->detail.find("--set x=") != std::string::npos);
    }

    void viewsShareMemoryAndCopiesDoNot()
    {
        const auto source = open({.body = "y = (self.fc).forward(x, )\n    z = torch.add_(torch.t(y), 1)\n"
                                          "    return torch.clone(z)",
                                  .example = test::tracedExample(2, 3)});
        QVERIFY(source && source->program);
        const auto run = recorded(*source, "2x3");
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        QCOMPARE(run->graph->calls.size(), std::size_t(4));
        const auto memory = [&](std::size_t call) {
            return run->graph->tensors[static_cast<std::size_t>(run->graph->calls[call].results[0].index)]
                .memory;
        };
        QCOMPARE(memory(1), memory(0));
        QCOMPARE(memory(2), memory(0));
        QVERIFY(memory(3) != memory(0));
        QCOMPARE(run->graph->calls[2].spelling, Spelling::InPlace);
    }

    void aBatchThatIsBakedInIsSaid()
    {
        const auto source = open({.body = "return torch.reshape((self.fc).forward(x, ), [1, 10])",
                                  .example = test::tracedExample(2, 3)});
        QVERIFY(source && source->program);
        const auto run = recorded(*source, "2x3");
        QVERIFY(run);
        QVERIFY(hasNote(*run, "first dimension of its example baked in"));
    }

    void aLoopThatWasWrittenOutIsSaid()
    {
        // Two rows, taken one by one: more rows are no more work.
        const auto source = open({.body = "return torch.add((self.fc).forward(torch.select(x, 0, 0), ), "
                                          "(self.fc).forward(torch.select(x, 0, 1), ))",
                                  .example = test::tracedExample(2, 3)});
        QVERIFY(source && source->program);
        const auto run = recorded(*source, "2x3");
        QVERIFY(run);
        QVERIFY(hasNote(*run, "no more work"));
    }

    void aFailureNamesTheModuleAndTheCause()
    {
        const auto source = open({.example = test::tracedExample(2, 3)});
        QVERIFY(source && source->program);
        const auto run = recorded(*source, "2x4");
        QVERIFY(!run);
        QCOMPARE(run.error().where, std::string("fc"));
        QVERIFY2(run.error().detail.find("shapes cannot be multiplied") != std::string::npos,
                 run.error().detail.c_str());
        QVERIFY(recorded(*source, "4x3"));
    }

    void aStopAtValuesKeepsWhatRanAndSaysSo_data()
    {
        QTest::addColumn<QString>("call");
        QTest::addColumn<QString>("name");
        QTest::newRow("nonzero") << "torch.nonzero(y)"
                                 << "nonzero";
        QTest::newRow("as many classes as the largest number asks for") << "torch.one_hot(torch.argmax(y, 1))"
                                                                        << "one_hot";
        QTest::newRow("a size out of a tensor") << "torch.zeros([int(torch.argmax(y))])"
                                                << "item";
        QTest::newRow("as many repeats as numbers say") << "torch.repeat_interleave(torch.argmax(y, 1))"
                                                        << "repeat_interleave";
    }
    void aStopAtValuesKeepsWhatRanAndSaysSo()
    {
        QFETCH(QString, call);
        QFETCH(QString, name);
        const auto source = open({.body = "y = (self.fc).forward(x, )\n    return " + call.toStdString(),
                                  .example = test::tracedExample(2, 3)});
        QVERIFY2(source && source->program, reasonOf(source));
        const auto run = recorded(*source, "2x3");
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        QCOMPARE(productsOf(*run->graph), std::int64_t(2 * 3 * 5));
        QVERIFY(run->graph->outputs.empty());
        QVERIFY(hasNote(*run, name.toStdString()));
    }

    void newerOperatorsAreKnown()
    {
        const auto source =
            open({.body = "q = torch.unsqueeze(x, 0)\n"
                          "    return torch.scaled_dot_product_attention(q, q, q, None, 0., False, "
                          "scale=0.5)",
                  .example = test::tracedExample(6, 3)});
        QVERIFY2(source && source->program, reasonOf(source));
        const auto run = recorded(*source, "6x3");
        QVERIFY(run);
        // Six queries meet six keys and six values, of three numbers each.
        QCOMPARE(productsOf(*run->graph), std::int64_t(6 * 6 * 3 + 6 * 6 * 3));
    }

    void layersThatRunAsOneOperatorAreTakenApart()
    {
        // Attention of 4 heads over 8 numbers, weights made up on the spot: 3 * 8 for queries, keys and
        // values.
        const auto source = open(
            {.body = "w = torch.zeros([24, 8])\n    b = torch.zeros([24])\n    o = torch.zeros([8, 8])\n"
                     "    c = torch.zeros([8])\n    s = torch.reshape(x, [2, 3, 8])\n"
                     "    y, _0 = torch._native_multi_head_attention(s, s, s, 8, 4, w, b, o, c, None, False, "
                     "False)\n    return y",
             .example = test::tracedExample(6, 8)});
        QVERIFY2(source && source->program, reasonOf(source));
        const auto run = recorded(*source, "6x8");
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        const std::int64_t projections = 6 * 8 * 24 + 6 * 8 * 8;
        const std::int64_t products = 2 * (2 * 3 * 3 * 8); // two images of three tokens, scores and context
        QCOMPARE(productsOf(*run->graph), projections + products);
    }

    void whatIsForkedIsWrittenDown()
    {
        const auto source = sunflop::open(TEST_DATA "/programs/files/forked_script.pt");
        QVERIFY2(source && source->program, reasonOf(source));
        const auto run = recorded(*source, "3x8");
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        const std::int64_t rows = 3;
        QCOMPARE(productsOf(*run->graph), rows * 8 * 16 + rows * 8 * 4 + 3 * (rows * 16 * 2));
    }

    void anEndlessLoopEndsInTime()
    {
        TorchWorker worker(*torchProgram(),
                           write(test::storedArchive(test::membersOf(
                               {.body = "n = 0\n    while True:\n      n = torch.add(n, 1)\n    return x"}))),
                           {.runTime = 500ms});
        QVERIFY(worker.open());
        const auto run = worker.run({{{"shape", {1, 3}}, {"dtype", "float32"}}});
        QVERIFY(!run);
        QVERIFY2(run.error().detail.find("did not end within") != std::string::npos,
                 run.error().detail.c_str());
    }

    void anEndlessLoopIsTriedOnce()
    {
        TorchWorker worker(*torchProgram(),
                           write(test::storedArchive(test::membersOf(
                               {.body = "n = 0\n    while True:\n      n = torch.add(n, 1)\n    return x"}))),
                           {.runTime = 500ms});
        const auto first = worker.run({{{"shape", {2, 3}}, {"dtype", "float32"}}});
        QVERIFY(!first);
        const auto start = std::chrono::steady_clock::now();
        for (const int rows : {2, 3, 1000}) {
            const auto next = worker.run({{{"shape", {rows, 3}}, {"dtype", "float32"}}});
            QVERIFY(!next);
            QCOMPARE(next.error().text(), first.error().text());
        }
        QVERIFY(std::chrono::steady_clock::now() - start < 250ms);
        // Less may take less.
        const auto less = worker.run({{{"shape", {1, 3}}, {"dtype", "float32"}}});
        QVERIFY(!less && std::chrono::steady_clock::now() - start >= 500ms);
    }

    void anEndlessLoopEndsWithItsCaller()
    {
        const auto file = write(test::storedArchive(
            test::membersOf({.body = "n = 0\n    while True:\n      n = torch.add(n, 1)\n    return x"})));
        int isOpen[2];
        QVERIFY(::pipe(isOpen) == 0);
        const pid_t caller = ::fork();
        if (caller == 0) {
            TorchWorker worker(*torchProgram(), file, {});
            if (worker.open() && ::write(isOpen[1], "x", 1) == 1)
                static_cast<void>(worker.run({{{"shape", {1, 3}}, {"dtype", "float32"}}}));
            ::_exit(0);
        }
        char byte = 0;
        QVERIFY(::read(isOpen[0], &byte, 1) == 1);
        pid_t process = 0;
        std::ifstream("/proc/" + std::to_string(caller) + "/task/" + std::to_string(caller) + "/children") >>
            process;
        QVERIFY(process > 0);
        const long before = processorTicks(process);
        QTRY_VERIFY(processorTicks(process) > before + 20); // it computes
        ::kill(caller, SIGKILL);
        ::waitpid(caller, nullptr, 0);
        QTRY_VERIFY(hasEnded(process));
        ::close(isOpen[0]);
        ::close(isOpen[1]);
    }

    void aFileThatWritesWhileItLoadsWritesNothing_data()
    {
        QTest::addColumn<QString>("call");
        QTest::addColumn<QString>("name");
        QTest::newRow("save") << "torch.save(state, \"%1\")"
                              << "aten::save";
        QTest::newRow("from_file") << "torch.from_file(\"%1\", True, 100)"
                                   << "aten::from_file";
    }
    void aFileThatWritesWhileItLoadsWritesNothing()
    {
        QFETCH(QString, call);
        QFETCH(QString, name);
        const QString target = m_folder.filePath(QStringLiteral("written"));
        const auto source = open(
            {.methods = "  def __getstate__(self: __torch__.Net) -> int:\n    return 1\n"
                        "  def __setstate__(self: __torch__.Net,\n    state: int) -> NoneType:\n    _0 = " +
                        call.arg(target).toStdString() + "\n    return None\n",
             .rootState = test::pickled(std::int64_t{1})});
        QVERIFY(!QFile::exists(target));
        QVERIFY2(source, source ? "" : source.error().text().c_str());
        QVERIFY(!source->program);
        // It got as far as the operator, which is not there.
        QVERIFY2(source->notes.front().find(name.toStdString()) != std::string::npos, reasonOf(source));
    }

    void referenceProgramsCountAsMeasured_data()
    {
        QTest::addColumn<QString>("file");
        for (const char* name : {"resnet50", "convnext_tiny", "swin_t", "mobilenet_v3_large_script", "odd"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }
    void referenceProgramsCountAsMeasured()
    {
        QFETCH(QString, file);
        const auto folder = test::referenceFolder() / "programs";
        const std::string name = file.toStdString() + ".pt";
        const auto source = openFile(write(test::readText(folder / (name + ".gz"))));
        QVERIFY2(source && source->program, reasonOf(source));
        const auto measured = test::readJson(folder / "programs.json")[name];
        for (const auto& [shape, flops] : measured["flops"].items()) {
            const auto run = recorded(*source, shape);
            QVERIFY2(run, run ? "" : run.error().text().c_str());
            QCOMPARE(2 * productsOf(*run->graph), flops.get<std::int64_t>());
        }
    }

    void whateverAFileHoldsTheNextOneWorks()
    {
        // More with SUNFLOP_MUTATIONS.
        const int asked = qEnvironmentVariableIntValue("SUNFLOP_MUTATIONS");
        const int count = asked > 0 ? asked : 30;
        std::mt19937 random(1);
        int opened = 0;
        for (int i = 0; i < count; ++i) {
            auto members = test::membersOf({.example = test::tracedExample(2, 3)});
            // The tree, or code: not the version or the weights.
            std::string& text = members[random() % 3].contents;
            const std::string_view pieces[] = {
                "self", "Tensor", "(",      ")", "\n",   "0", "-1", "9223372036854775807",
                "int",  "None",   "return", "x", "\x80", "R", "b",  "."};
            for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
                const std::size_t at = random() % text.size();
                switch (random() % 4) {
                case 0: text[at] = static_cast<char>(random()); break;
                case 1: text.erase(at, 1 + random() % 20); break;
                case 2: text.insert(at, text.substr(random() % text.size(), 1 + random() % 60)); break;
                default: text.insert(at, pieces[random() % std::size(pieces)]);
                }
                text += text.empty() ? "x" : "";
            }
            const auto source = openFile(write(test::storedArchive(members)));
            if (source && source->program && recorded(*source, "2x3"))
                ++opened;
        }
        qInfo("%d of %d changed files still ran", opened, count);
        const auto next = open({});
        QVERIFY2(next && next->program, reasonOf(next));
    }

    void billionsOfWeightsStayOnTheDisk()
    {
        // Eight matrices of 2^28 half-precision numbers: 2.1 billion, 4.3 GB, all of them a hole in the file.
        constexpr std::int64_t edge = 1 << 14;
        const std::string path = m_folder.filePath(QStringLiteral("large.pt")).toStdString();
        test::writeLargeScript(path, 8, edge);
        // A sanitizer keeps some more than a byte for every eight of LibTorch's own.
        constexpr std::int64_t mebibytes = test::isSanitized ? 2048 : 300;
        TorchWorker worker(*torchProgram(), path, {.residentBytes = mebibytes << 20});
        const auto opened = worker.open();
        QVERIFY2(opened, opened ? "" : opened.error().text().c_str());
        const auto source = openFile(path);
        QVERIFY2(source && source->program, reasonOf(source));
        QCOMPARE(source->stored->tensors.size(), std::size_t(8));
        QCOMPARE(source->stored->tensors[7].bytes, Count(edge * edge * 2));
        const auto run = recorded(*source, "2x16384");
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        QCOMPARE(productsOf(*run->graph), 8 * 2 * edge * edge);
    }
};

QTEST_GUILESS_MAIN(TestScriptRuns)
#include "tst_script_runs.moc"
